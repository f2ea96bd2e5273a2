"""Stop a test without a readable clip."""

import logging
from collections.abc import Sequence

from mmengine.dist import all_gather_object
from mmengine.hooks import Hook
from mmengine.logging import print_log
from mmengine.runner import Runner

from ..media import MediaError
from ..registry import HOOKS
from ..structures import LocalizationDataSample


@HOOKS.register_module()
class MissingClipsHook(Hook):
    """Stop a test without a readable clip, and name the clips that some metrics count as wrong.

    Metrics that report ``evaluated`` samples name the missing clips themselves.

    Raises:
        MediaError: After a test without a readable clip.
    """

    def __init__(self) -> None:
        #: Reasons of unreadable clips by identifier; empty for readable clips.
        self.reasons: dict[str, str] = {}

    def before_test_epoch(self, runner: Runner) -> None:
        """Reset the counts."""
        self.reasons = {}

    def after_test_iter(
        self,
        runner: Runner,
        batch_idx: int,
        data_batch: dict | None = None,
        outputs: Sequence[LocalizationDataSample] | None = None,
    ) -> None:
        """Note the readable samples of a batch."""
        for number, sample in enumerate(outputs or ()):
            name = str(sample.get('video_id', f'sample {batch_idx}/{number}'))
            self.reasons[name] = str(sample.get('unreadable') or '')

    def after_test_epoch(self, runner: Runner, metrics: dict[str, float] | None = None) -> None:
        """Report the missing clips of all processes; raise the error if all are missing."""
        told = {name: why for part in all_gather_object(self.reasons) for name, why in part.items()}
        missing = {name: why for name, why in told.items() if why}
        first = next((f'{name}: {why}' for name, why in missing.items()), '')
        if missing and len(missing) == len(told):
            raise MediaError(
                f'none of the {len(told)} clips could be read, so nothing is measured: {first}; '
                'is the folder of the data set right (--data-root)?'
            )
        if missing and not any(name.endswith('/evaluated') for name in metrics or ()):
            counts = f'{len(missing)} of {len(told)} clips could not be read and count as wrong'
            print_log(f'{counts}. {first}', 'current', logging.WARNING)
