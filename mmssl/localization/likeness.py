"""Similarity of the maps of two methods, with any units and sizes."""

import cv2
import numpy as np


def map_correlation(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Pearson correlation of two maps of the same picture, for every picture.

    The smaller map is enlarged linearly to the size of the larger one. The correlation does not
    depend on the scale of either map: 1 means the same map, -1 its negative.

    Args:
        first: ``(T, h, w)``.
        second: ``(T, h', w')``.

    Returns:
        float64 ``(T,)`` in [-1, 1]; 0 where a map has one value everywhere.

    Raises:
        ValueError: If the numbers of maps differ.

    >>> map_correlation(np.eye(2)[None], 3 * np.eye(2)[None] + 1)
    array([1.])
    """
    if len(first) != len(second):
        raise ValueError(f'{len(first)} and {len(second)} maps are given, expected equal numbers')
    size = max(first.shape[1:], second.shape[1:], key=lambda shape: shape[0] * shape[1])
    return np.array([_correlation(*pair, size) for pair in zip(first, second)])


def _correlation(one: np.ndarray, other: np.ndarray, size: tuple[int, int]) -> float:
    a, b = (_centred(values, size) for values in (one, other))
    lengths = np.sqrt((a @ a) * (b @ b))
    return float(np.clip(a @ b / lengths, -1, 1)) if lengths else 0.0


def _centred(values: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    large = cv2.resize(np.asarray(values, np.float64), size[::-1]).ravel()
    # The mean of equal values may differ from them by rounding, which would look like a slope.
    return large - large.mean() if np.ptp(large) else np.zeros_like(large)
