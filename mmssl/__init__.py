"""Find where in a video the sound comes from: a plugin for MMAction2 1.x."""

from .compat import repair
from .version import __version__

repair()

__all__ = ['__version__']
