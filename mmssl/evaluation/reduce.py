"""Second half of an evaluation: from the scores of all samples to a result.

The protocol computes metrics from columns. This module calls it for the maps, the priors and the
best predictions, and resamples the metrics (:mod:`table`).
"""

from collections.abc import Collection, Hashable, Sequence
from dataclasses import dataclass, field

import numpy as np

from . import functional as F
from .protocols import Columns, Protocol
from .samples import columns
from .table import Table

#: Default number of bootstrap draws.
RESAMPLES = 1000
#: Names of the counts in a result; see :class:`EvaluationResult`.
COUNTS = ('samples', 'constant_maps', 'empty_truths', 'positives', 'negatives', 'groups')


@dataclass(frozen=True)
class EvaluationResult:
    """The result of an evaluation.

    Attributes:
        metrics: Name to value in [0, 1]; a metric without samples (for instance, of an absent
            object size) is left out.
        per_sample: Name to array, one value per sample; NaN if it is undefined.
        priors: Name to metrics of a prediction that needs no model: ``centre_disc``,
            ``whole_frame``, ``uniform_noise``; empty if the protocol has no such prior.
        ceiling: Metrics of the best possible maps.
        intervals: Name to the ends of the 95 % bootstrap interval.
        counts: Numbers of ``samples``, ``constant_maps``, ``empty_truths``
            and, where they exist, ``positives``, ``negatives``, ``groups``.
        ids: Identifier of every sample, or None.
    """

    metrics: dict[str, float]
    per_sample: dict[str, np.ndarray]
    priors: dict[str, dict[str, float]]
    ceiling: dict[str, float]
    intervals: dict[str, tuple[float, float]]
    counts: dict[str, int]
    ids: tuple[str, ...] | None
    _table: Table = field(repr=False, compare=False)

    def numbers(self, names: Collection[str] | None = None) -> dict[str, float]:
        """All numbers as one flat dict, for logs and tables.

        Args:
            names: Metrics to include; all by default.

        Returns:
            ``NAME``, ``PRIOR/NAME``, ``ceiling/NAME``, ``low/NAME``, ``high/NAME``
            and the counts, all floats.
        """
        ends = {
            end: {name: pair[i] for name, pair in self.intervals.items()}
            for i, end in enumerate(('low', 'high'))
        }
        flat = {k: v for k, v in self.metrics.items() if names is None or k in names}
        for reference, values in {**self.priors, 'ceiling': self.ceiling, **ends}.items():
            flat.update({f'{reference}/{name}': values[name] for name in flat if name in values})
        # Floats, because MMEngine's logger writes integers as null.
        return {**flat, **{name: float(n) for name, n in self.counts.items()}}


def nothing_scored() -> EvaluationResult:
    """The result without samples, which has no metric."""
    return EvaluationResult({}, {}, {}, {}, {}, {'samples': 0}, (), Table(0))


def check_resamples(resamples: int) -> None:
    """Refuse a negative number of bootstrap draws, before anything is scored.

    Raises:
        ValueError: If it is negative.
    """
    if resamples < 0:
        raise ValueError(f'resamples is {resamples}, expected 0 (no intervals) or more')


def reduce_scores(
    protocol: Protocol,
    rows: np.ndarray,
    groups: Sequence[Hashable] | None = None,
    *,
    ids: Sequence[Hashable] | None = None,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> EvaluationResult:
    """Reduce the scores of all samples.

    Args:
        protocol: As for :func:`samples.score_samples`.
        rows: Rows from this function, ``(n, C)``, at least one.
        groups: Group of every sample. If groups are known, the bootstrap draws groups.
        ids: Identifiers for the result.
        resamples: Number of bootstrap draws, 0 for no intervals.
        seed: Seed of the draws.

    Returns:
        The result.

    Raises:
        ValueError: If ``resamples`` is negative, or the protocol returns a metric that is not in
            its ``metric_names``.
    """
    check_resamples(resamples)
    scores = columns(protocol, rows)
    index = None if groups is None else F.group_index(groups)

    def tabulated(made: Columns) -> Table:
        table = Table(len(rows), index)
        protocol.tabulate(table, made)
        if unknown := [name for name in table.names if name not in protocol.metric_names]:
            raise ValueError(
                f'tabulate() of protocol {protocol.name!r} returns {unknown}, expected names in '
                f'its metric_names, which are {protocol.metric_names}'
            )
        return table

    def values(made: Columns | None) -> dict[str, float]:
        """Metrics of columns; empty for a prior that the protocol does not have."""
        return {} if made is None else tabulated(made).values()

    table = tabulated(scores)
    metrics = table.values()
    noises = [values(protocol.noise(scores, seed)) for seed in F.NOISE_SEEDS]
    return EvaluationResult(
        metrics={name: metrics[name] for name in protocol.metric_names if name in metrics},
        per_sample=protocol.per_sample(scores),
        priors={
            'centre_disc': values(protocol.centre_disc(scores)),
            'whole_frame': values(protocol.whole_frame(scores)),
            'uniform_noise': {k: float(np.mean([n[k] for n in noises])) for k in noises[0]},
        },
        ceiling=values(protocol.ceiling(scores)),
        intervals=table.intervals(resamples, seed) if resamples else {},
        counts=_counts(protocol, scores, index),
        ids=None if ids is None else tuple(map(str, ids)),
        _table=table,
    )


def flat_names(names: Collection[str]) -> set[str]:
    """Names that :meth:`EvaluationResult.numbers` can return for the chosen metrics."""
    references = ('centre_disc', 'whole_frame', 'uniform_noise', 'ceiling', 'low', 'high')
    return {*names, *COUNTS, *(f'{reference}/{name}' for reference in references for name in names)}


def paired_differences(
    first: EvaluationResult, second: EvaluationResult, resamples: int = RESAMPLES, seed: int = 0
) -> dict[str, dict[str, float]]:
    """Compare two methods on the same samples with a paired bootstrap.

    Args:
        first, second: Results of one protocol with the same ``ids`` in the same order.
        resamples, seed: Number of draws and seed of the bootstrap.

    Returns:
        Metric to ``difference`` (first - second), ``low`` and ``high`` (95 %
        interval), and ``above``, the share of draws in which first is higher; without draws, to
        ``difference`` alone.

    Raises:
        ValueError: If the samples differ.
    """
    if first.ids is None or first.ids != second.ids:
        raise ValueError(
            f'{len(first.ids or ())} and {len(second.ids or ())} samples with different ids: '
            'evaluate both methods on their common ids, in the same order, with ids='
        )
    check_resamples(resamples)
    report = {
        name: {'difference': first.metrics[name] - second.metrics[name]}
        for name in filter(second.metrics.__contains__, first.metrics)
    }
    if not resamples:
        return report
    drawn = [r._table.resampled(resamples, seed) for r in (first, second)]
    for name, found in report.items():
        differences = drawn[0][name] - drawn[1][name]
        low, high = F.interval(differences)
        found.update(low=low, high=high, above=float((differences > 0).mean()))
    return report


def _counts(protocol: Protocol, scores: Columns, index: np.ndarray | None) -> dict[str, int]:
    counts = {
        'samples': len(scores['pixels']),
        'constant_maps': int(np.count_nonzero(scores['constant'])),
        'empty_truths': int((scores['some'] == 0).sum()),
    }
    if protocol.needs_sounding:
        positives = int(scores['sounding'].sum())
        counts.update(positives=positives, negatives=counts['samples'] - positives)
    if index is not None:
        counts['groups'] = int(index.max()) + 1
    return counts
