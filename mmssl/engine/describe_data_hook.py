"""Summary of the data of a training or a test, and expected duration of the training."""

import os.path as osp
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mmaction.datasets import BaseActionDataset
from mmengine.hooks import Hook
from mmengine.runner import Runner

from ..media import MediaError
from ..media.files import write_rows
from ..progress import track
from ..registry import HOOKS

#: Number of classes whose numbers of clips fit in one line.
_MOST_CLASSES = 20
#: Numbers of steps before timing and during it.
_FIRST, _TIMED = 2, 20


@dataclass(frozen=True)
class _Clip:
    """A clip, its class, and its length in seconds or the reason why it is unreadable."""

    name: str
    label: str
    seconds: float = 0.0
    reason: str = ''


@HOOKS.register_module()
class DescribeDataHook(Hook):
    """Log clips, hours, classes, clips of each class, and the unreadable clips that are skipped.

    ``train_clips.csv``, ``val_clips.csv`` and, after a test, ``test_clips.csv`` in the work
    directory list all clips with their class and their seconds, or the reason. After some steps,
    the log reports the duration of an epoch. This hook needs data sets that cache decoded clips
    (``OpenClip(cache_dir=...)``). It opens every clip, and clips that are not in the cache are
    decoded first.
    """

    def __init__(self) -> None:
        self._steps = 0

    def before_train(self, runner: Runner) -> None:
        """Describe the data of training and validation."""
        self._steps = 0
        if runner.rank:
            return
        parts = {'train': runner.train_dataloader.dataset}
        if runner.val_loop is not None:
            parts['val'] = runner.val_dataloader.dataset
        for part, dataset in parts.items():
            clips = list(_clips(dataset, part))
            for line in _described(part, clips, dataset.metainfo.get('classes') or ()):
                runner.logger.info(line)
            _write(runner, part, clips)

    def after_test(self, runner: Runner) -> None:
        """List the clips of the test, which its loaders have decoded by then."""
        if not runner.rank:
            _write(runner, 'test', list(_clips(runner.test_dataloader.dataset, 'test')))

    def after_train_iter(
        self,
        runner: Runner,
        batch_idx: int,
        data_batch: dict | None = None,
        outputs: dict | None = None,
    ) -> None:
        """Log the duration after the first steps were timed."""
        self._steps += 1
        if self._steps != _FIRST + _TIMED:
            return
        step = float(runner.message_hub.get_scalar('train/time').mean(_TIMED))
        per_epoch, epochs = len(runner.train_dataloader), runner.max_epochs - runner.epoch
        runner.logger.info(
            f'an epoch takes about {_duration(step * per_epoch)}, the {epochs} epochs '
            f'{_duration(step * per_epoch * epochs)}, without validations'
        )


def _write(runner: Runner, part: str, clips: Sequence[_Clip]) -> None:
    rows = [[c.name, c.label, f'{c.seconds:.2f}', c.reason] for c in clips]
    path = osp.join(runner.work_dir, f'{part}_clips.csv')
    write_rows(path, [['clip', 'class', 'seconds', 'skipped because'], *rows])


def _clips(dataset: BaseActionDataset, part: str) -> Iterator[_Clip]:
    """Opened clips of a data set that caches decoded clips."""
    first = dataset.pipeline.transforms[0]
    classes = dataset.metainfo.get('classes') or ()
    for index in track(range(len(dataset)), f'reading {part}'):
        info = dataset.get_data_info(index)
        label = classes[info['label']] if 'label' in info and classes else ''
        if not getattr(first, 'cache_dir', None):
            yield _Clip(info['video_id'], label)
            continue
        try:
            yield _Clip(info['video_id'], label, first(dict(info))['clip_duration'])
        except MediaError as error:
            yield _Clip(info['video_id'], label, reason=str(error))


def _described(part: str, clips: Sequence[_Clip], classes: Sequence[str]) -> Iterator[str]:
    read = [clip for clip in clips if not clip.reason]
    counts = Counter({name: 0 for name in classes})
    counts.update(clip.label for clip in read if clip.label)
    hours = sum(clip.seconds for clip in read) / 3600
    length = f', {hours:.2f} hours' if hours else ''
    yield f'{part}: {len(read)} clips{length}, {len(counts)} classes'
    order = counts.most_common()
    shown = order if len(order) <= _MOST_CLASSES else [*order[:5], ('...', ''), *order[-5:]]
    if counts:
        yield f'{part}: clips of each class: ' + ', '.join(f'{n} {c}'.strip() for n, c in shown)
    if len(read) < len(clips):
        lost = [f'{clip.name}: {clip.reason}' for clip in clips if clip.reason]
        yield (
            f'{part}: {len(lost)} clips cannot be read and are skipped ({part}_clips.csv), e.g. '
            f'{lost[0]}'
        )


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f'{seconds:.0f} s'
    return f'{seconds / 60:.0f} min' if seconds < 5400 else f'{seconds / 3600:.1f} h'
