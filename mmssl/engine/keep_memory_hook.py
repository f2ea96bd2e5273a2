"""Keep freed memory in the process while training on a CPU."""

import ctypes

from mmengine.hooks import Hook
from mmengine.runner import Runner

from ..registry import HOOKS

#: Parameters of glibc's mallopt, from malloc.h.
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
#: Bytes of the largest block that stays in the process. Larger blocks would leave gaps in the
#: heap: the paper's model took 1.7 times the memory when they stayed, too.
_LARGEST = 32 << 20


@HOOKS.register_module()
class KeepMemoryHook(Hook):
    """Keep the memory of a training step for the next step, see :func:`keep_freed_memory`.

    It does nothing if the model is on another device, which has an allocator of its own.
    """

    def before_train(self, runner: Runner) -> None:
        """Change the process's allocator. Loaders that start later inherit it."""
        if next(runner.model.parameters()).device.type == 'cpu':
            keep_freed_memory()


def keep_freed_memory() -> bool:
    """Let malloc keep freed blocks of up to 32 MiB, instead of returning them to the system.

    Every training step allocates the same blocks. The system zeroes a returned block again, page by
    page, when it is next used (docs/reference/measured.md, ``benchmarks/kept_memory.py``).

    Returns:
        Whether malloc has accepted the settings. Only glibc has them.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):  # musl, macOS; Windows
        return False
    return bool(mallopt(_M_MMAP_THRESHOLD, _LARGEST) and mallopt(_M_TRIM_THRESHOLD, -1))
