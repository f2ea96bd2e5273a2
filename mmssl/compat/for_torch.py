"""Repairs of torch."""

import gc
from types import ModuleType

from .. import threads
from .hook import after


@after('torch')
def _limit_threads(_: ModuleType) -> None:
    """torch respects the CPU affinity of the process, but not the CPU quota of a container."""
    threads.limit_torch()


def leave_process_group() -> None:
    """End gloo's threads before Python exits.

    A thread that releases its last tensors while Python exits is killed, and the process with it:
    "terminate called without an active exception" (pytorch/pytorch#179291). The group waits for its
    threads once nothing refers to it. A runner refers to it, and reference cycles keep the runner
    alive; hence the garbage collection.
    """
    import torch.distributed

    if torch.distributed.is_initialized():
        gc.collect()
        torch.distributed.destroy_process_group()
