"""Find where in a video the sound comes from: a plugin for MMAction2 1.x."""

from . import threads

# Before torch is imported, which the repairs do.
threads.wait_asleep()

from .compat import repair  # noqa: E402
from .version import __version__  # noqa: E402

repair()
threads.limit_torch()

__all__ = ['__version__']
