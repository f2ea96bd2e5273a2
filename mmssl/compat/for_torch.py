"""Repairs of torch."""

import gc
from types import ModuleType

from .. import threads
from .hook import after


@after('torch')
def _limit_threads(_: ModuleType) -> None:
    """torch counts the cores of the machine's affinity, but not those of a container's quota."""
    threads.limit_torch()


def leave_process_group() -> None:
    """Let gloo's threads end before Python does.

    A thread that lets go of its last tensors while Python ends is killed, and the process with it:
    "terminate called without an active exception" (pytorch/pytorch#179291). The group waits for its
    threads when nothing refers to it any more. A runner refers to it, and lives on in cycles.
    """
    import torch.distributed

    if torch.distributed.is_initialized():
        gc.collect()
        torch.distributed.destroy_process_group()
