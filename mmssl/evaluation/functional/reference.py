"""Reference values of a score: uninformed maps, and the best possible map.

Conventions: truths are bool or weights ``(B, H, W)``; ``size`` is the number of pixels that a rule
predicts. Priors predict as many pixels as the rule does on a map without ties; with a fixed
threshold, they predict as many as the evaluated map.

- :func:`centre_map`, :func:`centre_discs`: a disc in the middle of the frame
- :func:`noise_overlap`: overlap of uniform noise
- :func:`ciou_of_counts`: cIoU from numbers of pixels
- :func:`best_possible`: the ceiling, in closed form
"""

from functools import lru_cache

import numpy as np

from .ground_truth import GRID
from .scores import ratio

#: Number of seeds over which uniform noise is averaged.
NOISE_SEEDS = range(20)


def centre_map(height: int = GRID, width: int = GRID) -> np.ndarray:
    """A map that decreases with the distance from the frame's centre, ``(H, W)``.

    Its values are minus the squared distance in half pixels. These are whole
    numbers, so pixels at equal distance tie exactly.
    """
    rows = (2 * np.arange(height) - (height - 1)) ** 2
    columns = (2 * np.arange(width) - (width - 1)) ** 2
    return -(rows[:, None] + columns[None, :]).astype(np.int32)


@lru_cache(maxsize=8)
def _ordered_centre(height: int, width: int) -> tuple[np.ndarray, np.ndarray]:
    values = centre_map(height, width)
    return values, np.sort(values, axis=None)


def centre_discs(
    sizes: np.ndarray, height: int = GRID, width: int = GRID, strict: bool = False
) -> np.ndarray:
    """Centre discs: the centre map under ``>= sort[N - size]``, or ``>`` if strict.

    Args:
        sizes: Number of pixels of every disc, ``(B,)``. Tied pixels belong to the disc,
            unless ``strict`` excludes them. A disc of size 0 is empty.

    Returns:
        Bool ``(B, H, W)``.
    """
    values, ordered = _ordered_centre(height, width)
    sizes = np.asarray(sizes).astype(int)
    bound = ordered[np.minimum(len(ordered) - sizes, len(ordered) - 1)][:, None, None]
    discs = values > bound if strict else values >= bound
    discs[sizes == 0] = False
    return discs


def noise_overlap(
    some: np.ndarray, full: np.ndarray, sizes: np.ndarray, pixels: np.ndarray, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Score of uniform noise under a rule that predicts ``sizes`` pixels.

    Such a prediction is a uniformly random set of pixels, so its overlap with
    the truth has a hypergeometric distribution. The overlap is drawn from it,
    without making a map.

    Args:
        some: Number of pixels with any weight, ``(B,)``.
        full: Number of pixels with weight 1; the others have weight 0.5.
        sizes: Number of predicted pixels.
        pixels: Number of pixels of the frame.
        seed: Seed of the draw.

    Returns:
        Number of hit pixels with any weight, and with weight 1, ``(B,)`` each.
    """
    rng = np.random.default_rng(seed)
    some, full, sizes, pixels = (
        np.asarray(a).astype(np.int64) for a in (some, full, sizes, pixels)
    )
    met = rng.hypergeometric(some, pixels - some, sizes)
    binary = bool((some == full).all())
    return met, met if binary else rng.hypergeometric(full, some - full, met)


def ciou_of_counts(
    met: np.ndarray, met_full: np.ndarray, some: np.ndarray, full: np.ndarray, sizes: np.ndarray
) -> np.ndarray:
    """cIoU from numbers of pixels; arguments as for :func:`noise_overlap`, float64 ``(B,)``."""
    return ratio((met + met_full) / 2, (some + full) / 2 + sizes - met)


def best_possible(truth: np.ndarray, low: np.ndarray | int, high: np.ndarray | int) -> np.ndarray:
    """Ceiling: the best cIoU of a mask with ``low`` to ``high`` pixels.

    The best mask of K pixels contains the pixels with the largest weights. Under the half rule
    (low = high = N / 2) and a binary truth, the ceiling is ``min(|G|, N/2) / max(|G|, N/2)``. A map
    with many equal values can exceed it, because ties change the number of selected pixels.

    Args:
        truth: Bool ``(B, H, W)``, or weights in {0, 0.5, 1}.
        low, high: Whole numbers, ``(B,)`` or one for all.

    Returns:
        float64 ``(B,)``.
    """
    truth = np.asarray(truth).reshape(len(truth), -1)
    some = np.array([np.count_nonzero(row) for row in truth])
    full = some if truth.dtype == bool else np.array([np.count_nonzero(r == 1) for r in truth])
    return best_of_counts(some, full, low, high)


def best_of_counts(
    some: np.ndarray, full: np.ndarray, low: np.ndarray | int, high: np.ndarray | int
) -> np.ndarray:
    """:func:`best_possible` from the numbers of pixels with weight > 0 and with weight 1."""
    # cIoU rises with every selected true pixel and falls with every other selected pixel.
    size = np.clip(some, low, high)
    return ciou_of_counts(np.minimum(size, some), np.minimum(size, full), some, full, size)
