"""Object-guided fusion of an audio-visual map and an object map.

Conventions: both maps ``(B, H, W)`` are already on the evaluation grid; alpha
is the share of the audio-visual map.

- :func:`fuse`: EZ-VSL: ``norm(alpha norm(av) + (1 - alpha) norm(obj))``
- :func:`fuse_scaled`: SLAVC: ``alpha s_av + (1 - alpha) s_obj``, ``s_obj = obj / 2.5``
"""

import numpy as np

from .resize import normalize, scale

#: Share of the audio-visual map in the published evaluators.
ALPHA = 0.4
#: Divisor of object maps in SLAVC.
OBJECT_SCALE = 2.5


def fuse(maps: np.ndarray, object_maps: np.ndarray, alpha: float = ALPHA) -> np.ndarray:
    """Fuse normalized maps (EZ-VSL), float, same shape, each in [0, 1]."""
    return normalize(alpha * normalize(maps) + (1 - alpha) * normalize(object_maps))


def fuse_scaled(
    maps: np.ndarray, object_maps: np.ndarray, tau: float, alpha: float = ALPHA
) -> np.ndarray:
    """Fuse maps scaled by the temperature with scaled object maps (SLAVC)."""
    return alpha * scale(maps, tau) + (1 - alpha) * (np.asarray(object_maps) / OBJECT_SCALE)
