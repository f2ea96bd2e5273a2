"""Bootstrap intervals.

Conventions: units (samples, or groups of samples) are drawn with replacement;
a draw is a row of counts. The same seed and number of units give the same
draws, so two methods that were scored on the same units are compared in pairs.

- :func:`draws`: counts of the units, in blocks
- :func:`interval`: percentiles of the resampled values
"""

from collections.abc import Iterator

import numpy as np

#: Largest number of counts in a block, so that memory does not grow with the number of units.
BLOCK = 2_000_000


def draws(units: int, resamples: int, seed: int) -> Iterator[np.ndarray]:
    """Counts of the units, float64 ``(r, units)``, in blocks of draws."""
    rng = np.random.default_rng(seed)
    rows = max(1, BLOCK // units)
    for start in range(0, resamples, rows):
        size = min(rows, resamples - start)
        chosen = rng.integers(0, units, (size, units), dtype=np.int32)
        chosen += (np.arange(size, dtype=np.int32) * units)[:, None]
        counts = np.bincount(chosen.ravel(), minlength=size * units)
        yield counts.reshape(size, units).astype(np.float64)


def interval(values: np.ndarray, level: float = 0.95) -> tuple[float, float]:
    """Percentile interval; values that are NaN (an empty resample) are left out."""
    values = values[~np.isnan(values)]
    if not len(values):
        return float('nan'), float('nan')
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)
