"""Find where in a video the sound comes from: a plugin for MMAction2 1.x.

The import itself loads nothing heavy. Configs that import the package (``custom_imports``) find
its types in MMEngine's registries, and repairs are applied as modules are imported.
"""

import importlib
from typing import Any

from . import interrupts, threads

# Everything below takes time.
interrupts.end_in_one_line()
# Must come before torch is imported.
threads.wait_asleep()

from .compat import repair  # noqa: E402
from .version import __version__  # noqa: E402

repair()

#: Names that are imported when they are asked for, by their module.
_LAZY = {
    'SoundLocalizationInferencer': '.apis.inferencer',
    'evaluate': '.evaluation',
    'localize': '.apis.own_model',
}

__all__ = ['SoundLocalizationInferencer', '__version__', 'evaluate', 'localize']


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f'module {__name__!r} has no attribute {name!r}')
    return getattr(importlib.import_module(_LAZY[name], __name__), name)
