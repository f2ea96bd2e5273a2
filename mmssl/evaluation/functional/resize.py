"""Resize maps to the grid of the ground truth, and scale their values.

Conventions: maps are float ``(B, h, w)``; float64 stays float64, other types are
computed in float32, as in the published evaluators. A constant map stays
constant: it skips interpolation, because interpolation rounds.

- :func:`resize`: resizes to the grid, bilinear or bicubic, with corners aligned or not
- :func:`normalize`: scales every map to [0, 1]
- :func:`invert_twice`: ``1 - norm(-map)``
- :func:`scale`: ``(map + 1 / tau) / (2 / tau)``
"""

import numpy as np
import torch
import torch.nn.functional as F

from .scores import Array


def resize(maps: Array, size: tuple[int, int], mode: str, align_corners: bool) -> np.ndarray:
    """Resize maps.

    Args:
        maps: Float ``(B, h, w)``.
        size: Height and width.
        mode: ``'bilinear'`` or ``'bicubic'``.
        align_corners: As in PyTorch.

    Returns:
        float32 or float64 ``(B, *size)``, a copy.
    """
    maps = torch.as_tensor(maps).detach().cpu()
    if maps.dtype != torch.float64:
        maps = maps.float()
    flat = maps.flatten(1)
    low, high = flat.amin(1), flat.amax(1)
    if tuple(maps.shape[1:]) == tuple(size):
        return maps.clone().numpy()  # interpolation would give the same values, but takes time
    large = F.interpolate(maps[:, None], size, mode=mode, align_corners=align_corners)[:, 0]
    constant = low == high
    if constant.any():
        large[constant] = low[constant][:, None, None]
    return large.numpy()


def normalize(
    maps: Array, out: np.ndarray | None = None, constant: float | None = None
) -> np.ndarray:
    """Scale every map of ``(B, ...)`` to [0, 1]; a constant map is returned unchanged.

    Args:
        maps: Float ``(B, ...)``.
        out: Array for the result, possibly ``maps`` itself; new memory by default.
        constant: Value of a constant map in the result, instead of its own value.
    """
    maps = np.asarray(maps)
    out = np.empty_like(maps) if out is None else out
    for values, row in zip(maps, out):
        low = values.min()
        span = values.max() - low
        if span > 0:
            np.subtract(values, low, out=row)
            row /= span
        elif constant is not None:
            row[...] = constant
        elif row is not values:
            row[...] = values
    return out


def invert_twice(maps: Array) -> np.ndarray:
    """``1 - norm(-map)``: equals the normalization, except for rounding and constant maps."""
    negative = -np.asarray(maps)
    inverted = normalize(negative, out=negative)
    return np.subtract(1, inverted, out=inverted)


def scale(maps: Array, tau: float) -> np.ndarray:
    """Similarities divided by a temperature, scaled: ``(map + 1 / tau) / (2 / tau)`` (SLAVC)."""
    return (np.asarray(maps) + 1 / tau) / (2 / tau)
