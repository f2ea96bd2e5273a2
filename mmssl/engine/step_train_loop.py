"""A training of a number of steps, independent of the number of clips."""

import math
from typing import Any

from mmengine.hooks import CheckpointHook
from mmengine.runner import EpochBasedTrainLoop, Runner
from torch.utils.data import DataLoader

from ..registry import LOOPS


@LOOPS.register_module()
class StepTrainLoop(EpochBasedTrainLoop):
    """Train for the number of epochs that gives a number of steps.

    Few clips make short epochs, but a model needs a number of steps. Schedules without ``end`` end
    with the training. Each validation writes a checkpoint.

    Args:
        runner, dataloader: As for MMEngine's ``EpochBasedTrainLoop``.
        steps: Least number of steps.
        least_epochs: Least number of epochs, for many clips.
        validations: Largest number of validations. The last one follows the last epoch.
        max_epochs: Number of epochs, overrides ``steps``.
        val_interval: Epochs between two validations, overrides ``validations``.
        **kwargs: As for ``EpochBasedTrainLoop``.

    Raises:
        ValueError: If a number is below 1.
    """

    def __init__(
        self,
        runner: Runner,
        dataloader: DataLoader | dict,
        steps: int,
        least_epochs: int = 1,
        validations: int = 8,
        max_epochs: int | None = None,
        val_interval: int | None = None,
        **kwargs: Any,
    ) -> None:
        numbers = dict(steps=steps, least_epochs=least_epochs, validations=validations)
        for name, number in numbers.items():
            if number < 1:
                raise ValueError(f'{name} is {number}, expected at least 1')
        if isinstance(dataloader, dict):
            dataloader = runner.build_dataloader(dataloader, runner.seed)
        # A loader without a batch is refused later.
        per_epoch = max(1, len(dataloader))
        epochs = max_epochs or max(least_epochs, math.ceil(steps / per_epoch))
        interval = val_interval or math.ceil(epochs / validations)
        super().__init__(runner, dataloader, epochs, val_interval=interval, **kwargs)
        for hook in runner.hooks:
            # A hook with its own interval keeps it.
            if isinstance(hook, CheckpointHook) and hook.by_epoch and hook.interval == 1:
                hook.interval = interval
        runner.logger.info(
            f'{epochs} epochs of {len(dataloader)} steps; validation after every {interval}'
        )
