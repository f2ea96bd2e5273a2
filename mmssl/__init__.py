"""Find where in a video the sound comes from: a plugin for MMAction2 1.x."""

from . import interrupts, threads

# Everything below takes time.
interrupts.end_in_one_line()
# Must come before the repairs, which import torch.
threads.wait_asleep()

from .compat import repair  # noqa: E402
from .version import __version__  # noqa: E402

repair()
threads.limit_torch()

__all__ = ['__version__']
