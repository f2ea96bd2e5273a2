"""Keep count of the clips that training could not read, or read after mending them."""

import os.path as osp
from collections.abc import Mapping

from mmengine.dist import all_gather_object, get_world_size
from mmengine.hooks import Hook
from mmengine.runner import Runner

from ..media import MediaError
from ..media.files import write_rows
from ..registry import HOOKS


@HOOKS.register_module()
class SkippedClipsHook(Hook):
    """Log unreadable clips once, count them in every epoch, stop when there are too many.

    ``skipped.csv`` in the work directory lists each with its reason, ``repaired.csv`` the clips
    that were mended while they were read, with what was mended.

    Args:
        max_share: Share of an epoch's clips that may be unreadable, in [0, 1].

    Raises:
        ValueError: If the share is outside [0, 1].
        MediaError: In training, as soon as more clips than that were skipped.
    """

    def __init__(self, max_share: float = 0.1) -> None:
        if not 0 <= max_share <= 1:
            raise ValueError(f'max_share is {max_share}, expected a share in [0, 1]')
        self.max_share = max_share
        #: Reasons by identifier, of all epochs and, after each, all processes.
        self.reasons: dict[str, str] = {}
        #: What was mended by identifier, likewise.
        self.repaired: dict[str, str] = {}
        self._count = 0
        self._told = 0

    def before_train_epoch(self, runner: Runner) -> None:
        """Count anew."""
        self._count = 0

    def after_train_iter(
        self, runner: Runner, batch_idx: int, data_batch: dict, outputs: dict | None = None
    ) -> None:
        """Note the clips that samples of this batch took the place of."""
        for sample in data_batch['data_samples']:
            if repairs := sample.get('repairs'):
                self.repaired[sample.video_id] = '; '.join(repairs)
            for video_id, reason in sample.get('skipped', ()):
                self._count += 1
                if video_id not in self.reasons:
                    self.reasons[video_id] = reason
                    runner.logger.warning(f'skipped {video_id}: {reason}')
        clips = len(runner.train_dataloader.dataset) / get_world_size()
        if self._count > self.max_share * clips:
            raise MediaError(
                f'{self._count} of the {clips:.0f} clips of this epoch could not be read, expected '
                f'at most {self.max_share:.0%} of them. Run tools/data/check.py and train on its '
                'clean.txt (subset_file of the data set), or raise max_share of SkippedClipsHook'
            )

    def after_train_epoch(self, runner: Runner) -> None:
        """Report the epoch, over all processes."""
        everyone = all_gather_object((self._count, self.reasons, self.repaired))
        for _, reasons, repaired in everyone:
            self.reasons.update(reasons)
            self.repaired.update(repaired)
        if runner.rank:
            return
        clips = len(runner.train_dataloader.dataset)
        if count := sum(number for number, *_ in everyone):
            runner.logger.warning(
                f'epoch {runner.epoch + 1}: {count} of {clips} clips could not be read and were '
                'skipped'
            )
            _write(runner, 'skipped.csv', 'reason', self.reasons)
        if len(self.repaired) > self._told:
            self._told = len(self.repaired)
            runner.logger.warning(
                f'{self._told} of {clips} clips were mended while they were read: see repaired.csv'
            )
            _write(runner, 'repaired.csv', 'mended', self.repaired)


def _write(runner: Runner, name: str, title: str, texts: Mapping[str, str]) -> None:
    rows = [('clip', title), *sorted(texts.items())]
    write_rows(osp.join(runner.work_dir, name), rows)
