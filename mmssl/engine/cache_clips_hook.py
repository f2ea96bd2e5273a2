"""Decode the clips of small collections on all cores before training starts."""

from contextlib import suppress

import torch
from mmaction.datasets import BaseActionDataset
from mmengine.hooks import Hook
from mmengine.runner import Runner
from torch.utils.data import DataLoader, Dataset

from ..media import MediaError
from ..progress import track
from ..registry import HOOKS

#: Number of clips that a process decodes before it reports them.
_AT_A_TIME = 8


@HOOKS.register_module()
class CacheClipsHook(Hook):
    """Fill the cache of decoded clips, on as many cores as torch has threads.

    Torch has a thread for each usable core, unless the user sets a number (:mod:`mmssl.threads`).

    ``OpenClip(cache_dir=...)`` decodes a clip when it is first read. If the training process reads
    the clips itself, this uses one core while the others are idle. The hook ignores data sets
    without a cache, and training reports an unreadable clip when it reads it.
    """

    def before_train(self, runner: Runner) -> None:
        """Decode the clips of the first epoch and the first validation."""
        datasets = [runner.train_dataloader.dataset]
        if runner.val_loop is not None:
            datasets.append(runner.val_dataloader.dataset)
        # With one thread, there is nothing to gain.
        if (threads := torch.get_num_threads()) > 1:
            for dataset in filter(_has_cache, datasets):
                share = _Opened(dataset, runner.rank, runner.world_size)
                # A separate generator, so that the generator of training does not change.
                own = torch.Generator()
                opened = DataLoader(share, _AT_A_TIME, num_workers=threads, generator=own)
                for _ in track(opened, 'decoding', disable=runner.rank > 0):
                    pass


class _Opened(Dataset):
    """A process's share of a data set; each clip is opened and discarded."""

    def __init__(self, dataset: BaseActionDataset, rank: int, processes: int) -> None:
        self.dataset = dataset
        self.indices = range(rank, len(dataset), processes)

    def __len__(self) -> int:
        return len(self.indices)

    def __getitem__(self, index: int) -> int:
        with suppress(MediaError):
            self.dataset.pipeline.transforms[0](self.dataset.get_data_info(self.indices[index]))
        return index


def _has_cache(dataset: Dataset) -> bool:
    first = next(iter(getattr(getattr(dataset, 'pipeline', None), 'transforms', ())), None)
    return bool(getattr(first, 'cache_dir', None))
