"""Rules that turn a map into a binary prediction.

Conventions: values are float ``(B, H, W)`` or ``(B, N)``; N is the number of pixels. Order
statistics are exact. ``sort`` is ascending, indices start at 0. The comparison decides ties: with
``>=`` all pixels equal to the threshold are predicted, with ``>`` none. ``>=`` selects every pixel
of a constant map, ``>`` selects none.

- :func:`order_statistics`: ``sort(p)[k]`` without sorting everything
- :func:`half_rule`: ``p >= sort(p)[N // 2]``
- :func:`adaptive_rule`: ``p > sort(p)[N - n]``, n the size of the truth
- :func:`select`: the comparisons of all presets
"""

from collections.abc import Sequence

import numpy as np

from .scores import Array

#: Every STRIDE-th pixel is in the sample that guides the search for an order statistic. The stride
#: is coprime to the grid's side, so that the sample covers all columns.
STRIDE = 49
#: Width of the bracket around the estimated value, in ranks of the sample to either side.
MARGIN = 20


def order_statistics(values: Array, ranks: Sequence[int] | np.ndarray) -> np.ndarray:
    """``sort(row)[rank]`` of every row.

    The sorted sample of a row brackets the value, and only values in the bracket are partitioned.
    If the bracket is wrong, the whole row is partitioned, so the result is always exact.

    Args:
        values: ``(B, N)``, or ``(B, H, W)``, no NaN.
        ranks: ``(B, K)`` or ``(B,)`` whole numbers in [0, N).

    Returns:
        Shape of ``ranks``, type of ``values``.
    """
    rows, ranks = _rows(values), np.asarray(ranks)
    statistics = np.empty(ranks.shape, rows.dtype)
    wanted, out = ranks.reshape(len(rows), -1), statistics.reshape(len(rows), -1)
    for row, row_ranks, row_out in zip(rows, wanted, out):
        sample = np.sort(row[::STRIDE]) if len(row) > 1000 else None
        for i, rank in enumerate(row_ranks.tolist()):
            row_out[i] = _order_statistic(row, rank, sample)
    return statistics


def _order_statistic(row: np.ndarray, rank: int, sample: np.ndarray | None) -> np.floating:
    if sample is not None:
        centre = rank * len(sample) // len(row)
        low = sample[centre - MARGIN] if centre >= MARGIN else -np.inf
        high = sample[centre + MARGIN] if centre + MARGIN < len(sample) else np.inf
        near = row >= low
        place = rank - (len(row) - np.count_nonzero(near))
        near &= row <= high
        inside = row[near]
        if 0 <= place < len(inside):
            return np.partition(inside, place)[place]
    return np.partition(row, rank)[rank]


def half_threshold(values: Array) -> np.ndarray:
    """``sort(p)[N // 2]`` of every map, ``(B,)``."""
    rows = _rows(values)
    return order_statistics(rows, np.full(len(rows), rows.shape[1] // 2))


def adaptive_ranks(sizes: np.ndarray, pixels: int) -> np.ndarray:
    """Rank ``N - n`` of the adaptive rule; an empty truth counts as ``n = N // 2``."""
    return pixels - np.where(sizes == 0, pixels // 2, sizes)


def select(values: Array, threshold: np.ndarray | float, comparison: str = '>=') -> np.ndarray:
    """Compare every map with its threshold.

    Args:
        values: ``(B, ...)``.
        threshold: ``(B,)``, or one number for all maps.
        comparison: ``'>='``, ``'>'``, or ``'> or 1'`` (``p > thr or p >= 1``).

    Returns:
        Bool, shape of ``values``.
    """
    values = np.asarray(values)
    # The threshold is cast to the values' type, as in the published evaluators.
    threshold = np.asarray(threshold, values.dtype)
    if threshold.ndim:
        threshold = threshold.reshape(-1, *[1] * (values.ndim - 1))
    if comparison == '>=':
        return values >= threshold
    above = values > threshold
    return above | (values >= 1) if comparison == '> or 1' else above


def half_rule(values: Array, comparison: str = '>=') -> np.ndarray:
    """The 50 % rule: ``M = p >= sort(p)[N // 2]``, which predicts half of the frame.

    Args:
        values: ``(B, H, W)``.
        comparison: See :func:`select`.

    Returns:
        Bool, same shape.
    """
    return select(values, half_threshold(values), comparison)


def adaptive_rule(values: Array, truth: Array) -> np.ndarray:
    """As many pixels as the truth has: ``M = p > sort(p)[N - n]``, ``n = |G != 0|``.

    Args:
        values: ``(B, H, W)``.
        truth: Same shape, bool or weights; an empty truth counts as half of the frame.

    Returns:
        Bool, same shape. The comparison is strict, so that at most n - 1 pixels are predicted.
    """
    rows = _rows(values)
    sizes = np.array([np.count_nonzero(mask) for mask in np.asarray(truth)])
    ranks = adaptive_ranks(sizes, rows.shape[1])
    return select(values, order_statistics(rows, ranks), '>')


def _rows(values: Array) -> np.ndarray:
    return np.asarray(values).reshape(len(values), -1)
