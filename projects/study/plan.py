"""The study's jobs, each of which is a command that a person could type.

Models are trained for a fixed number of epochs, and their last checkpoint is
tested; there is no selection. A job's folder is ``FOLDER/NAME``::

    data/                      SoundingShapes, with singles
    truth/                     moments of the true events
    SEED/HEAD-CLIPS/           classification model, trained
    SEED/HEAD-CLIPS-test/      its accuracies
    SEED/HEAD-CLIPS-modes/     its localization with every attention mode
    SEED/mined/                its moments and pseudo boxes of the training clips
    SEED/mined-score/          scores of the moments and boxes
    SEED/mined-truth/          the true boxes at those moments
    SEED/picture/, SEED/sound/ networks from which the second localizer starts
    SEED/localizer-KIND/       second localizer, trained
    SEED/localizer-KIND-test/  its metrics
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ..experiments import Job, Planner
from ..experiments.jobs import BOXES_STEP, MOMENTS, moment_options, overrides

#: Layers of the classification model's heads, as in Table 3 of the paper.
HEADS = ('individual', 'shared', 'joint')
#: Training sets of the second localizer: sets with boxes at selected moments, and all sets.
BOXES = ('pseudo-10', 'pseudo-50', 'pseudo-100', 'true-boxes')
LOCALIZERS = MOMENTS + BOXES


@dataclass(frozen=True)
class Scale:
    """Size of the study.

    Attributes:
        clips: Numbers of training clips, ascending; all comparisons except the
            comparison of sizes use the last number.
        singles: Number of clips of one object, for the picture classifier.
        test: Number of test clips.
        epochs: Epochs of the classification model.
        picture_epochs: Epochs of the picture classifier.
        sound_epochs: Epochs of the distilled sound network.
        localizer_epochs: Epochs of the second localizer.
        seeds: Number of seeds.
        duration: Length of a clip in seconds.
        data_seed: Seed of the clips, which only the study uses, so that nothing
            was ever chosen on its test split.

    Raises:
        ValueError: If a number is out of range.
    """

    clips: tuple[int, ...] = (400, 800, 1600)
    singles: int = 1600
    test: int = 400
    epochs: int = 12
    picture_epochs: int = 12
    sound_epochs: int = 6
    localizer_epochs: int = 8
    seeds: int = 3
    duration: float = 5.0
    data_seed: int = 2022

    def __post_init__(self) -> None:
        if not self.clips or list(self.clips) != sorted(set(self.clips)) or self.clips[0] < 1:
            raise ValueError(f'clips are {self.clips}, expected ascending positive numbers')
        epochs = ('epochs', 'picture_epochs', 'sound_epochs', 'localizer_epochs')
        for name in (*epochs, 'singles', 'test', 'seeds'):
            if getattr(self, name) < 1:
                raise ValueError(f'{name} is {getattr(self, name)}, expected at least 1')


def plan_study(folder: Path, scale: Scale, root: Path) -> list[Job]:
    """All jobs, each after the jobs that it needs.

    Args:
        folder: The study's folder.
        scale: Size of the study.
        root: The repository's folder.
    """
    return list(_Planner(folder, scale, root).jobs())


def seed_name(seed: int) -> str:
    """Folder of a seed's jobs."""
    return f'seed-{seed}'


class _Planner(Planner):
    def __init__(self, folder, scale, root):
        super().__init__(folder, root)
        self.scale = scale
        self.data = self.folder / 'data'

    def jobs(self) -> Iterator[Job]:
        seeds, largest = range(self.scale.seeds), self.scale.clips[-1]
        yield from self._data()
        for seed in seeds:
            yield from self._teachers(seed)
            yield from self._classifier(seed, 'individual', largest)
            yield from self._mining(seed)
        for seed in seeds:
            for kind in LOCALIZERS:
                yield from self._localizer(seed, kind)
        for seed in seeds:
            for head in HEADS[1:]:
                yield from self._classifier(seed, head, largest)
            for clips in self.scale.clips[:-1]:
                yield from self._classifier(seed, 'individual', clips)

    def _data(self):
        counts = {
            'train': self.scale.clips[-1],
            'val': 0,
            'test': self.scale.test,
            'pairs': 0,
            'negatives': 0,
            'singles': self.scale.singles,
            'duration': self.scale.duration,
            'seed': self.scale.data_seed,
        }
        options = [word for name, value in counts.items() for word in (f'--{name}', value)]
        yield self.job('data', 'tools/data/render_soundingshapes.py', self.data, *options)
        yield self.job(
            *('truth', 'projects/experiments/true_moments.py', self.data),
            *('--moments', self.folder / 'truth/moments.json', '--subsets', *self.scale.clips),
            needs=('data',),
        )

    def _teachers(self, seed):
        place = seed_name(seed)
        picture, sound = f'{place}/picture', f'{place}/sound'
        epochs = self.scale.picture_epochs
        config = 'audio_distiller/picture_r18_soundingshapes'
        yield self._training(picture, config, seed, epochs, 'truth')
        yield self._training(
            *(sound, 'audio_distiller/audio_distill_r18_soundingshapes', seed),
            *(self.scale.sound_epochs, picture),
            **{'model.teacher': self.folder / picture / f'epoch_{epochs}.pth'},
        )

    def _classifier(self, seed, head, clips):
        name = f'{seed_name(seed)}/{head}-{clips}'
        config, epochs = 'mmssl/mmssl_soundingshapes_large', self.scale.epochs
        yield self._training(
            *(name, config, seed, epochs, 'truth'),
            **{
                'model.cls_head.fc': head,
                'train_dataloader.dataset.subset_file': self.data / f'first-{clips}.txt',
            },
        )
        yield self._test(name, config, epochs, 'acc', **{'model.cls_head.fc': head})
        yield self.job(
            f'{name}-modes',
            'tools/analysis_tools/compare_attention.py',
            *(self.config(config), self.folder / name / f'epoch_{epochs}.pth'),
            *('--data-root', self.data, '--split', 'test', '--contexts', '1,1'),
            *('--out', self.folder / f'{name}-modes' / 'metrics.json'),
            needs=(name,),
        )

    def _mining(self, seed):
        model = f'{seed_name(seed)}/individual-{self.scale.clips[-1]}'
        name = f'{seed_name(seed)}/mined'
        out = self.folder / name
        config = self.config('mmssl/mmssl_soundingshapes_large')
        yield self.mining(name, config, model, self.data, self.scale.epochs)
        yield self.job(
            *(
                f'{name}-score',
                'tools/analysis_tools/score_mining.py',
                '--truth',
                self.data / 'truth',
            ),
            *('--moments', out / 'moments.json', '--boxes', out / 'boxes.json'),
            *('--out', self.folder / f'{name}-score/metrics.json'),
            needs=(name,),
        )
        yield self.job(
            *(f'{name}-truth', 'projects/experiments/true_moments.py', self.data),
            *('--at', out / 'moments.json', '--boxes', self.folder / f'{name}-truth/boxes.json'),
            needs=(name,),
        )

    def _localizer(self, seed, kind):
        place = seed_name(seed)
        name = f'{place}/localizer-{kind}'
        config = 'attention_localizer/attention_r18_soundingshapes'
        config += '_semi' if kind in BOXES else ''
        weights = {
            'model.weights.backbone': f'{place}/picture/epoch_{self.scale.picture_epochs}.pth',
            'model.weights.audio_backbone': f'{place}/sound/epoch_{self.scale.sound_epochs}.pth',
        }
        yield self._training(
            *(name, config, seed, self.scale.localizer_epochs),
            *(f'{place}/sound', f'{place}/mined-truth'),
            **{key: self.folder / path for key, path in weights.items()},
            **self._moments(kind, self.folder / place),
        )
        yield self._test(name, config, self.scale.localizer_epochs)

    def _moments(self, kind, place):
        """Options that set the localizer's training moments and boxes."""
        mined = place / 'mined/moments.json'
        sort = 'selected' if kind in BOXES else kind
        options = moment_options(sort, mined, self.folder / 'truth/moments.json')
        if kind in BOXES:
            true = kind == 'true-boxes'
            options[f'{BOXES_STEP}.boxes_file'] = (
                place / f'mined{"-truth" if true else ""}/boxes.json'
            )
            if not true:
                options[f'{BOXES_STEP}.share'] = int(kind.removeprefix('pseudo-')) / 100
        return options

    def _training(self, name, config, seed, epochs, *needs, **options):
        return self.training(
            *(name, self.config(config), self.data, seed, epochs), needs=needs, **options
        )

    def _test(self, name, config, epochs, *metrics, **options):
        folder = self.folder / f'{name}-test'
        chosen = ('--metrics', *metrics) if metrics else ()
        return self.job(
            *(f'{name}-test', 'tools/test.py', self.config(config)),
            *(self.folder / name / f'epoch_{epochs}.pth', '--work-dir', folder / 'work'),
            *('--data-root', self.data, '--out', folder / 'metrics.json', *chosen),
            *overrides(options),
            needs=(name,),
        )
