"""Count the clips that training could not read, and those that it repaired."""

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
    """Log unreadable clips once, count them in every epoch, and stop if there are too many.

    In the work directory, ``skipped.csv`` lists the unreadable clips with their reasons, and
    ``repaired.csv`` lists the clips that were repaired while they were read, with the repairs.

    Args:
        max_share: Share of an epoch's clips that may be unreadable, in [0, 1].
        few: Number of clips that may always be unreadable, as long as half of the clips are
            readable.

    Raises:
        ValueError: If the share is outside [0, 1], or the number below 0.
        MediaError: In training, as soon as an epoch has skipped more clips.
    """

    def __init__(self, max_share: float = 0.1, few: int = 20) -> None:
        if not 0 <= max_share <= 1:
            raise ValueError(f'max_share is {max_share}, expected a share in [0, 1]')
        if few < 0:
            raise ValueError(f'few is {few}, expected a number of clips, at least 0')
        self.max_share, self.few = max_share, few
        #: Reasons by identifier, from all epochs and, after each epoch, from all processes.
        self.reasons: dict[str, str] = {}
        #: Repairs by identifier.
        self.repaired: dict[str, str] = {}
        self._skipped: set[str] = set()
        self._told = 0

    def before_train_epoch(self, runner: Runner) -> None:
        """Reset the counts."""
        self._skipped = set()

    def after_train_iter(
        self, runner: Runner, batch_idx: int, data_batch: dict, outputs: dict | None = None
    ) -> None:
        """Note the clips that the samples of this batch replace."""
        for sample in data_batch['data_samples']:
            if repairs := sample.get('repairs'):
                self.repaired[sample.video_id] = '; '.join(repairs)
            for video_id, reason in sample.get('skipped', ()):
                self._skipped.add(video_id)
                if video_id not in self.reasons:
                    self.reasons[video_id] = reason
                    runner.logger.warning(f'skipped {video_id}: {reason}')
        total, processes = len(runner.train_dataloader.dataset), get_world_size()
        most = max(self.max_share * total, min(self.few, total / 2)) / processes
        if len(self._skipped) > most:
            raise MediaError(
                f'{len(self._skipped)} of the {total / processes:.0f} clips of this epoch could '
                f'not be read, expected at most {int(most)}. Run tools/data/check.py and train on '
                'its clean.txt (subset_file of the data set), or raise max_share '
                f'({self.max_share:g}) or few ({self.few}) of SkippedClipsHook'
            )

    def after_train_epoch(self, runner: Runner) -> None:
        """Report the epoch, over all processes."""
        everyone = all_gather_object((self._skipped, self.reasons, self.repaired))
        for _, reasons, repaired in everyone:
            self.reasons.update(reasons)
            self.repaired.update(repaired)
        if runner.rank:
            return
        clips = len(runner.train_dataloader.dataset)
        if count := len({name for skipped, *_ in everyone for name in skipped}):
            runner.logger.warning(
                f'epoch {runner.epoch + 1}: {count} of {clips} clips could not be read and were '
                'skipped'
            )
            _write(runner, 'skipped.csv', 'reason', self.reasons)
        if len(self.repaired) > self._told:
            self._told = len(self.repaired)
            runner.logger.warning(
                f'{self._told} of {clips} clips were repaired while they were read: '
                'see repaired.csv'
            )
            _write(runner, 'repaired.csv', 'mended', self.repaired)


def _write(runner: Runner, name: str, title: str, texts: Mapping[str, str]) -> None:
    rows = [('clip', title), *sorted(texts.items())]
    write_rows(osp.join(runner.work_dir, name), rows)
