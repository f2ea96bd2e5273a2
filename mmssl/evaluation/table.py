"""A table of metrics, filled by a protocol and resampled by the bootstrap.

Nearly every metric is a ratio of two sums over samples (a success rate, an AUC, a mean), so the
bootstrap draws, which are counts of samples, need only two matrix products. The few other metrics
are computed separately for each draw.

Conventions: values are float64 ``(n,)``, one per sample, never NaN; a metric without samples has no
value. The bootstrap draws units, which are samples or groups of samples.

- :meth:`Table.mean`, :meth:`Table.group_mean`: averages over samples and over groups
- :meth:`Table.best_of_curve`: the highest point of an averaged curve
- :meth:`Table.harmonic_mean`: harmonic mean of two metrics of the table
- :meth:`Table.ranked`: a function of samples ordered by their confidence
"""

from collections.abc import Callable

import numpy as np

from . import functional as F

#: Numerators and denominators by metric.
Sums = dict[str, tuple[np.ndarray, np.ndarray]]


class Table:
    """Metrics as functions of the counts of units.

    Args:
        size: Number of samples.
        index: Unit of every sample, whole numbers ``(size,)`` from 0, or None
            if samples are units.
    """

    def __init__(self, size: int, index: np.ndarray | None = None) -> None:
        self.size, self.index = size, index
        self.units = size if index is None else int(index.max()) + 1
        self._ratios: Sums = {}
        self._unit_values: dict[str, np.ndarray] = {}
        self._curves: Sums = {}
        self._harmonic: dict[str, tuple[str, str]] = {}
        self._ranked: dict[str, tuple[Callable[..., float], list[np.ndarray], np.ndarray]] = {}

    def mean(self, name: str, values: np.ndarray, chosen: np.ndarray | None = None) -> None:
        """Add the mean of values over samples.

        Args:
            name: Name of the metric.
            values: Numbers or flags, ``(n,)``.
            chosen: Bool ``(n,)``, the samples that count; all by default.
        """
        weights = np.ones(self.size) if chosen is None else chosen.astype(float)
        self._ratios[name] = (values * weights, weights)

    def group_mean(self, name: str, values: np.ndarray) -> None:
        """Add the mean of values over units, ``(units,)``."""
        self._unit_values[name] = values.astype(float)

    def best_of_curve(self, name: str, curves: np.ndarray, chosen: np.ndarray) -> None:
        """Add the highest value of the mean curve of the chosen samples.

        Args:
            name: Name of the metric.
            curves: ``(n, points)``.
            chosen: Bool ``(n,)``.
        """
        weights = chosen.astype(float)
        self._curves[name] = (curves * weights[:, None], weights)

    def harmonic_mean(self, name: str, first: str, second: str) -> None:
        """Add the harmonic mean of two other metrics."""
        self._harmonic[name] = (first, second)

    def ranked(
        self,
        name: str,
        function: Callable[..., float],
        confidence: np.ndarray,
        sounding: np.ndarray,
        hit: np.ndarray,
        chosen: np.ndarray,
    ) -> None:
        """Add a function of the confidence, sounding and hit of the drawn samples.

        Args:
            name: Name of the metric.
            function: Function of the three arrays of the drawn samples, by ascending confidence.
            confidence, sounding, hit: ``(n,)`` each; see :mod:`functional.extended`.
            chosen: Bool ``(n,)``, the samples that count.
        """
        order = np.flatnonzero(chosen)
        order = order[np.argsort(confidence[order], kind='stable')]
        self._ranked[name] = (function, [confidence, sounding, hit], order)

    @property
    def names(self) -> list[str]:
        """Names of the added metrics, ordered by kind."""
        kinds = self._ratios, self._unit_values, self._curves, self._harmonic, self._ranked
        return [name for kind in kinds for name in kind]

    def values(self) -> dict[str, float]:
        """Metrics with every unit counted once; undefined metrics are left out."""
        once = self._at(np.ones((1, self.units)), *self._sums())
        return {name: float(v[0]) for name, v in once.items() if not np.isnan(v[0])}

    def resampled(self, resamples: int, seed: int) -> dict[str, np.ndarray]:
        """Metrics of bootstrap draws, ``(resamples,)`` each."""
        sums = self._sums()
        blocks = [self._at(counts, *sums) for counts in F.draws(self.units, resamples, seed)]
        return {name: np.concatenate([b[name] for b in blocks]) for name in blocks[0]}

    def intervals(self, resamples: int, seed: int) -> dict[str, tuple[float, float]]:
        """Bootstrap intervals of the metrics that are defined."""
        drawn = self.resampled(resamples, seed)
        return {name: F.interval(drawn[name]) for name in self.values()}

    def _sums(self) -> tuple[np.ndarray, Sums]:
        """Numerators and denominators of each unit, side by side; the same for curves."""
        pairs = [part for pair in self._ratios.values() for part in pair]
        means = list(self._unit_values.values())
        blocks = [self._by_unit(np.stack(pairs, 1))] if pairs else []
        if means:
            blocks.append(np.stack(means, 1))
        flat = np.concatenate(blocks, 1) if blocks else np.zeros((self.units, 0))
        return flat, {
            name: (self._by_unit(numerator), self._by_unit(denominator[:, None]))
            for name, (numerator, denominator) in self._curves.items()
        }

    def _by_unit(self, values: np.ndarray) -> np.ndarray:
        if self.index is None:
            return values
        sums = np.zeros((self.units, values.shape[1]))
        np.add.at(sums, self.index, values)
        return sums

    def _at(self, counts: np.ndarray, flat: np.ndarray, curves: Sums) -> dict[str, np.ndarray]:
        totals = counts @ flat
        metrics = {}
        for i, name in enumerate(self._ratios):
            metrics[name] = _quotient(totals[:, 2 * i], totals[:, 2 * i + 1])
        for i, name in enumerate(self._unit_values):
            metrics[name] = totals[:, 2 * len(self._ratios) + i] / counts.sum(1)
        for name, (numerator, denominator) in curves.items():
            metrics[name] = _quotient(counts @ numerator, counts @ denominator).max(1)
        for name, (first, second) in self._harmonic.items():
            a, b = metrics[first], metrics[second]
            metrics[name] = np.where(np.isnan(a + b), np.nan, F.f_of_aucs(a, b))
        for name, (function, arrays, order) in self._ranked.items():
            times = counts.astype(int)
            times = times if self.index is None else times[:, self.index]
            drawn = (np.repeat(order, row[order]) for row in times)
            values = [function(*(a[d] for a in arrays)) if len(d) else np.nan for d in drawn]
            metrics[name] = np.array(values)
        return metrics


def _quotient(numerator: np.ndarray, denominator: np.ndarray) -> np.ndarray:
    # A draw without any chosen sample has no value.
    with np.errstate(invalid='ignore', divide='ignore'):
        return np.where(denominator > 0, numerator / denominator, np.nan)
