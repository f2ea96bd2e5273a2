"""Randomness that a resumed training repeats."""

import torch
from mmengine.hooks import Hook
from mmengine.runner import Runner

from ..registry import HOOKS


@HOOKS.register_module()
class EpochSeedHook(Hook):
    """Seed dropout and augmentation again in every epoch.

    MMEngine's checkpoints do not contain the state of the random generators, so a resumed training
    draws other augmentations than an uninterrupted one. With this hook, augmentations depend only
    on the run's seed, the epoch and the sample, with any number of loader workers.

    The data set must have a shared tensor ``epoch_seed``, like
    :class:`mmssl.datasets.AudioVisualDataset`; the hook ignores other data sets.
    """

    priority = 'VERY_HIGH'

    def before_train_epoch(self, runner: Runner) -> None:
        """Set the seeds of the next epoch."""
        seed = (runner.seed + 1_000_003 * runner.epoch) % 2**31
        torch.manual_seed(seed + runner.rank)
        shared = getattr(runner.train_dataloader.dataset, 'epoch_seed', None)
        if shared is not None:
            shared.fill_(seed)
