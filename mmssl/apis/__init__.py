"""What the tools call, and :class:`SoundLocalizationInferencer` for programs."""

from typing import Any

__all__ = ['SoundLocalizationInferencer']


def __getattr__(name: str) -> Any:
    # Imported when it is asked for: the tools that read files need no network.
    if name == 'SoundLocalizationInferencer':
        from .inferencer import SoundLocalizationInferencer

        return SoundLocalizationInferencer
    raise AttributeError(f'module {__name__!r} has no attribute {name!r}')
