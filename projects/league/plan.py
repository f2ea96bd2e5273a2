"""The league's jobs. A job's folder is ``FOLDER/level-N/NAME``::

data/                        SoundingShapes of this level
turns/                       clips in which two objects sound in turn
truth/                       moments of the true events
picture*/, sound/            networks from which methods start
METHOD/grid-I/               a training of the grid
METHOD/grid-I-val/           its score on validation clips
METHOD/chosen/config.py      the method's config with the best of these settings
METHOD/seed-S/               training with these settings
METHOD/seed-S-test/          its scores on the test split, under every protocol
METHOD/seed-S-follow/        delays of its maps after changes of the sound
METHOD/seed-S-modes/         our methods: scores of every attention mode
METHOD/seed-S-mined/         our methods: moments and pseudo boxes of the training clips
METHOD/KIND/seed-S*/         the same training on other moments, and its scores
"""

from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path

from ..experiments import Job, Planner
from ..experiments.jobs import BOXES_STEP, MOMENTS, moment_options
from .methods import METHODS, OURS, PICTURE_METHODS, RATES, Method
from .scale import Scale

LEVELS = (1, 2, 3)
#: The level on which moments and boxes are compared.
MOMENTS_LEVEL = 1
#: Other training data of methods of single pictures; the league itself trains on mid-frames.
KINDS = (*(kind for kind in MOMENTS if kind != 'mid-frame'), 'pseudo-boxes')
#: Steps of sound and picture in the comparison of attention modes.
MODE_CONTEXTS = (1, 5)
#: Parts that can run alone.
PARTS = (*(f'level-{level}' for level in LEVELS), 'moments')
#: Measured seconds on one core: start of a program, and per clip.
START = 8.0
SECONDS = {'render': 0.1, 'picture': 0.007, 'sound': 0.007, 'test': 0.02, 'mine': 0.05}


def plan_league(folder: Path, scale: Scale, root: Path) -> list[Job]:
    """All jobs, each after the jobs that it needs.

    Args:
        folder: The league's folder.
        scale: Size of the league.
        root: The repository's folder.
    """
    levels = {level: LevelPlanner(folder, scale, root, level) for level in LEVELS}
    tables = [job for level in levels.values() for job in level.table()]
    return [*tables, *levels[MOMENTS_LEVEL].moments()]


def select_jobs(
    jobs: Sequence[Job], parts: Sequence[str] = (), methods: Sequence[str] = ()
) -> list[Job]:
    """The jobs of some levels and methods, and all jobs that they need.

    Args:
        jobs: Jobs, each after the jobs that it needs.
        parts: ``'level-N'``, or ``'moments'``; all if empty.
        methods: Names of methods; all if empty.
    """
    by_name = {job.name: job for job in jobs}
    chosen: set[str] = set()
    waiting = [job for job in jobs if _asked(job.name, parts, methods)]
    while waiting:
        job = waiting.pop()
        if job.name not in chosen:
            chosen.add(job.name)
            waiting += [by_name[name] for name in job.needs]
    return [job for job in jobs if job.name in chosen]


def _asked(name: str, parts: Sequence[str], methods: Sequence[str]) -> bool:
    level, method, *rest = name.split('/')
    part = 'moments' if rest and rest[0] in KINDS else level
    return (not parts or part in parts) and (not methods or method in methods)


class LevelPlanner(Planner):
    """Jobs of a level."""

    def __init__(self, folder: Path, scale: Scale, root: Path, level: int) -> None:
        super().__init__(folder, root)
        self.scale, self.level = scale, level
        self.place = f'level-{level}'
        self.data = self.folder / self.place / 'data'

    def table(self) -> Iterator[Job]:
        """Data, initial networks, and for every method the choice, the trainings and the tests."""
        yield from self._data()
        yield from self._starts()
        for name in METHODS:
            yield from self._grid(name)
        for seed, name in product(range(self.scale.seeds), METHODS):
            yield from self._final(name, seed)

    def moments(self) -> Iterator[Job]:
        """The methods of single pictures on other moments."""
        for seed in range(self.scale.seeds):
            yield from self._mined(seed)
            for name, kind in product(PICTURE_METHODS, KINDS):
                yield from self._on_moments(name, kind, seed)

    def _data(self) -> Iterator[Job]:
        scale = self.scale
        names = ('val', 'test', 'pairs', 'negatives', 'singles')
        yield self._rendered('data', train=scale.clips, **{n: getattr(scale, n) for n in names})
        yield self._rendered('turns', **dict.fromkeys(('train', *names), 0), turns=scale.turns)
        yield self.job(
            *(f'{self.place}/truth', 'projects/experiments/true_moments.py', self.data),
            *('--moments', self.folder / self.place / 'truth/moments.json'),
            needs=(f'{self.place}/data',),
            seconds=START,
        )

    def _rendered(self, name: str, **counts: int) -> Job:
        """A collection with the given numbers of clips."""
        options = [word for kind, count in counts.items() for word in (f'--{kind}', count)]
        level = ('--level', self.level) if self.level > 1 else ()
        clips = sum(counts.values()) + counts['pairs']
        return self.job(
            *(f'{self.place}/{name}', 'tools/data/render_soundingshapes.py'),
            *(self.folder / self.place / name, *options, '--duration', self.scale.duration),
            *('--seed', self.scale.data_seed, *level),
            seconds=START + clips * SECONDS['render'],
        )

    def _starts(self) -> Iterator[Job]:
        """A picture network for each trunk, and the distilled sound network."""
        scale, needs = self.scale, (f'{self.place}/data',)
        config = self.config('audio_distiller/picture_r18_soundingshapes')
        trunks = {_picture(method): method.trunk for method in METHODS.values()}
        for name, options in trunks.items():
            yield self.training(
                *(f'{self.place}/{name}', config, self.data, 0, scale.picture_epochs),
                needs=needs,
                seconds=START + scale.singles * scale.picture_epochs * SECONDS['picture'],
                **options,
            )
        teacher = f'{self.place}/picture'
        yield self.training(
            f'{self.place}/sound',
            self.config('audio_distiller/audio_distill_r18_soundingshapes'),
            *(self.data, 0, scale.sound_epochs),
            needs=(teacher,),
            seconds=START + scale.clips * scale.sound_epochs * SECONDS['sound'],
            **{'model.teacher': self.checkpoint(teacher, scale.picture_epochs)},
        )

    def _options(self, method: Method) -> dict:
        """Settings of all trainings of a method."""
        picture = self.checkpoint(f'{self.place}/{_picture(method)}', self.scale.picture_epochs)
        options = {**method.options, 'model.weights.backbone': picture}
        if method.distilled:
            sound = self.checkpoint(f'{self.place}/sound', self.scale.sound_epochs)
            options['model.weights.audio_backbone'] = sound
        return options

    def _grid(self, name: str) -> Iterator[Job]:
        method, candidates, needs = METHODS[name], [], []
        config, common = self.config(method.config), self._options(method)
        starts = [f'{self.place}/{_picture(method)}']
        starts += [f'{self.place}/sound'] if method.distilled else []
        tried = [*product(RATES, method.values)][: self.scale.grid]
        for index, (rate, value) in enumerate(tried):
            training = f'{self.place}/{name}/grid-{index}'
            settings = {'optim_wrapper.optimizer.lr': rate, method.number: value}
            yield self.training(
                *(training, config, self.data, 0, self.scale.grid_epochs),
                needs=starts,
                seconds=self._training_seconds(method, self.scale.grid_epochs),
                **common,
                **settings,
            )
            yield self._score(training, config, 'val', self.scale.grid_epochs)
            needs.append(f'{training}-val')
            scores = self.folder / needs[-1] / 'scores.json'
            words = [f'{key}={value}' for key, value in settings.items()]
            candidates += ['--candidate', scores, *words]
        yield self.job(
            *(f'{self.place}/{name}/chosen', 'projects.league.choose', config),
            *('--cfg-options', *(f'{key}={value}' for key, value in common.items())),
            *candidates,
            *('--out', self._chosen(name)),
            needs=needs,
            seconds=START,
        )

    def _final(self, name: str, seed: int) -> Iterator[Job]:
        training, epochs = f'{self.place}/{name}/seed-{seed}', self.scale.epochs
        yield from self._trained(name, training, seed)
        yield self.job(
            *(f'{training}-follow', 'projects.league.follow', self.checkpoint(training, epochs)),
            *('--data-root', self.folder / self.place / 'turns'),
            *('--out', self.folder / f'{training}-follow/follow.json'),
            needs=(training, f'{self.place}/turns'),
            seconds=START + self.scale.turns * SECONDS['mine'],
        )
        if name in OURS:
            out = self.folder / f'{training}-modes'
            yield self.job(
                *(f'{training}-modes', 'tools/analysis_tools/compare_attention.py'),
                *(self._chosen(name), self.checkpoint(training, epochs), '--split', 'test'),
                *('--data-root', self.data),
                *('--contexts', *(f'{steps},{steps}' for steps in MODE_CONTEXTS)),
                *('--out', out / 'modes.json'),
                needs=(training,),
                seconds=START + self.scale.test * SECONDS['test'],
            )

    def _mined(self, seed: int) -> Iterator[Job]:
        training = f'{self.place}/ours/seed-{seed}'
        yield self.mining(
            *(f'{training}-mined', self._chosen('ours'), training, self.data, self.scale.epochs),
            seconds=START + self.scale.clips * SECONDS['mine'],
        )

    def _on_moments(self, name: str, kind: str, seed: int) -> Iterator[Job]:
        source = f'{self.place}/ours/seed-{seed}-mined'
        mined, event = (self.folder / p for p in (source, f'{self.place}/truth'))
        boxes = kind == 'pseudo-boxes'
        options = moment_options(
            'selected' if boxes else kind, mined / 'moments.json', event / 'moments.json'
        )
        if boxes:
            options[f'{BOXES_STEP}.boxes_file'] = mined / 'boxes.json'
            options |= METHODS[name].boxes
        needs = {'random': (), 'event': (f'{self.place}/truth',)}.get(kind, (source,))
        training = f'{self.place}/{name}/{kind}/seed-{seed}'
        yield from self._trained(name, training, seed, *needs, **options)

    def _trained(self, name, training, seed, *needs, **options) -> Iterator[Job]:
        """A training with the chosen settings, and its test."""
        yield self.training(
            *(training, self._chosen(name), self.data, seed, self.scale.epochs),
            needs=(f'{self.place}/{name}/chosen', *needs),
            seconds=self._training_seconds(METHODS[name], self.scale.epochs),
            **options,
        )
        yield self._score(training, self._chosen(name), 'test', self.scale.epochs)

    def _score(self, training: str, config: Path, split: str, epochs: int) -> Job:
        name = f'{training}-{split}'
        out, scale = self.folder / name, self.scale
        clips = scale.val
        if split == 'test':
            clips += scale.test + scale.negatives + 2 * scale.pairs
        maps = ('--maps', out / 'maps') if split == 'test' else ()
        return self.job(
            *(name, 'projects.league.score', config, self.checkpoint(training, epochs)),
            *('--data-root', self.data, '--split', split, '--out', out / 'scores.json', *maps),
            needs=(training,),
            seconds=START + clips * SECONDS['test'],
        )

    def _training_seconds(self, method: Method, epochs: int) -> float:
        return START + self.scale.clips * epochs * method.seconds

    def _chosen(self, name: str) -> Path:
        return self.folder / self.place / name / 'chosen/config.py'


def _picture(method: Method) -> str:
    """Name of the picture network from which a method starts."""
    return 'picture-coarse' if method.trunk else 'picture'
