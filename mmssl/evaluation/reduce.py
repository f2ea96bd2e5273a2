"""Second half of an evaluation: the numbers of all samples to a result.

Nearly every metric is a ratio of two sums over samples (a success rate, an
AUC, a mean), so a bootstrap draw, which counts the samples, needs two
products of matrices. The few that are not are computed draw by draw.
"""

from collections.abc import Collection, Hashable, Sequence
from dataclasses import dataclass, field

import numpy as np

from . import functional as F
from .functional.avsbench import f_score
from .functional.scores import SUCCESS, count
from .samples import columns, predicted_sizes
from .settings import SOUNDING, Settings

#: Bootstrap draws.
RESAMPLES = 1000

_CONFIDENCE_METRICS = {
    'ap': F.average_precision,
    'max_f1': F.max_f1,
    'ap_exact': F.exact_average_precision,
}


@dataclass(frozen=True)
class EvaluationResult:
    """What an evaluation gives.

    Attributes:
        metrics: Name to value in [0, 1]; a metric that no sample defines
            (say, of a size of which there is none) is left out.
        per_sample: Name to array, one value a sample; NaN where it is undefined.
        priors: Name to metrics of a prediction that needs no model:
            ``centre_disc``, ``whole_frame``, ``uniform_noise``.
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
    ids: tuple[str, ...] | None = None
    _table: '_Table | None' = field(default=None, repr=False, compare=False)


def check_resamples(resamples: int) -> None:
    """Refuse a number of bootstrap draws that is none, before anything is scored.

    Raises:
        ValueError: If it is negative.
    """
    if resamples < 0:
        raise ValueError(f'resamples is {resamples}, expected 0 (no intervals) or more')


def reduce_scores(
    settings: Settings,
    rows: np.ndarray,
    groups: Sequence[Hashable] | None = None,
    *,
    ids: Sequence[str] | None = None,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> EvaluationResult:
    """Reduce the scores of all samples.

    Args:
        settings: As for :func:`samples.score_samples`.
        rows: Its rows, ``(n, C)``, at least one.
        groups: Group of every sample. Groups, where they are known, are what
            the bootstrap draws.
        ids: Identifiers, passed on.
        resamples: Bootstrap draws, 0 for no intervals.
        seed: Of the draws.

    Returns:
        The result.

    Raises:
        ValueError: If ``resamples`` is negative.
    """
    check_resamples(resamples)
    found = columns(settings, rows)
    index = None if groups is None else F.group_index(groups)
    table = _tabulate(settings, found, index)
    values = table.values()
    priors = {
        'centre_disc': _values(settings, _centre_disc(settings, found), index),
        'whole_frame': _values(settings, _whole_frame(settings, found), index),
        'uniform_noise': _noise(settings, found, index),
    }
    return EvaluationResult(
        metrics={name: values[name] for name in settings.metric_names if name in values},
        per_sample=_per_sample(settings, found),
        priors=priors,
        ceiling=_values(settings, _ceiling(settings, found), index),
        intervals=table.intervals(resamples, seed) if resamples else {},
        counts=_counts(settings, found, index),
        ids=None if ids is None else tuple(map(str, ids)),
        _table=table,
    )


def flatten(result: EvaluationResult, names: Collection[str] | None = None) -> dict[str, float]:
    """A result as one flat dict, as it is logged and printed.

    Args:
        result: The result.
        names: The metrics that are wanted, all by default.

    Returns:
        ``NAME``, ``PRIOR/NAME``, ``ceiling/NAME``, ``low/NAME``, ``high/NAME``
        and the counts, all floats.
    """
    ends = {
        end: {name: pair[i] for name, pair in result.intervals.items()}
        for i, end in enumerate(('low', 'high'))
    }
    flat = {k: v for k, v in result.metrics.items() if names is None or k in names}
    for reference, values in {**result.priors, 'ceiling': result.ceiling, **ends}.items():
        flat.update({f'{reference}/{name}': values[name] for name in flat if name in values})
    # Floats: MMEngine's logger writes whole numbers as null.
    return {**flat, **{name: float(n) for name, n in result.counts.items()}}


def paired_differences(
    first: EvaluationResult,
    second: EvaluationResult,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> dict[str, dict[str, float]]:
    """Compare two methods on the same samples, drawn in pairs.

    Args:
        first, second: Results of one protocol with the same ``ids`` in the same order.
        resamples, seed: Of the bootstrap.

    Returns:
        Metric to ``difference`` (first - second), ``low`` and ``high`` (95 %
        interval), and ``above``, the share of draws in which first is higher.

    Raises:
        ValueError: If the samples differ.
    """
    if first.ids is None or first.ids != second.ids:
        raise ValueError(
            f'{len(first.ids or ())} and {len(second.ids or ())} samples with ids that differ: '
            'evaluate both methods on the ids that both have, in one order, with ids='
        )
    drawn = [r._table.resampled(resamples, seed) for r in (first, second)]
    report = {}
    for name in first.metrics:
        if name not in second.metrics:
            continue
        differences = drawn[0][name] - drawn[1][name]
        low, high = F.interval(differences)
        report[name] = {
            'difference': first.metrics[name] - second.metrics[name],
            'low': low,
            'high': high,
            'above': float((differences > 0).mean()),
        }
    return report


@dataclass
class _Table:
    """Metrics as functions of how often every unit is counted.

    Attributes:
        units: Number of what is drawn.
        index: Unit of every sample, or None where samples are units.
        ratios: Name to numerator and denominator of every sample.
        unit_values: Name to a value of every unit, to be averaged.
        curves: Name to the same as ratios, but of many points: the highest counts.
        harmonic: Name to the two metrics of which it is the harmonic mean.
        ranked: Name to a function of confidence, sounding, hit, and the three.
    """

    units: int
    index: np.ndarray | None = None
    ratios: dict = field(default_factory=dict)
    unit_values: dict = field(default_factory=dict)
    curves: dict = field(default_factory=dict)
    harmonic: dict = field(default_factory=dict)
    ranked: dict = field(default_factory=dict)

    def values(self) -> dict[str, float]:
        """Metrics with every unit counted once; undefined ones are left out."""
        found = self._at(np.ones((1, self.units)), self._sums())
        return {name: float(v[0]) for name, v in found.items() if not np.isnan(v[0])}

    def resampled(self, resamples: int, seed: int) -> dict[str, np.ndarray]:
        """Metrics of bootstrap draws, ``(resamples,)`` each."""
        sums = self._sums()
        blocks = [self._at(counts, sums) for counts in F.draws(self.units, resamples, seed)]
        return {name: np.concatenate([b[name] for b in blocks]) for name in blocks[0]}

    def intervals(self, resamples: int, seed: int) -> dict[str, tuple[float, float]]:
        """Bootstrap intervals of the metrics that are defined."""
        drawn = self.resampled(resamples, seed)
        return {name: F.interval(drawn[name]) for name in self.values()}

    def _sums(self):
        """Per unit: numerators and denominators, side by side; curves likewise."""
        pairs = [part for pair in self.ratios.values() for part in pair]
        means = list(self.unit_values.values())
        blocks = [self._by_unit(np.stack(pairs, 1))] if pairs else []
        if means:
            blocks.append(np.stack(means, 1))
        flat = np.concatenate(blocks, 1) if blocks else np.zeros((self.units, 0))
        return flat, {
            name: (self._by_unit(numerator), self._by_unit(denominator[:, None]))
            for name, (numerator, denominator) in self.curves.items()
        }

    def _by_unit(self, values):
        if self.index is None:
            return values
        sums = np.zeros((self.units, values.shape[1]))
        np.add.at(sums, self.index, values)
        return sums

    def _at(self, counts, sums):
        flat, curves = sums
        totals = counts @ flat
        found = {}
        for i, name in enumerate(self.ratios):
            found[name] = _quotient(totals[:, 2 * i], totals[:, 2 * i + 1])
        for i, name in enumerate(self.unit_values):
            found[name] = totals[:, 2 * len(self.ratios) + i] / counts.sum(1)
        for name, (numerator, denominator) in curves.items():
            found[name] = _quotient(counts @ numerator, counts @ denominator).max(1)
        for name, (first, second) in self.harmonic.items():
            a, b = found[first], found[second]
            found[name] = np.where(np.isnan(a + b), np.nan, F.f_of_aucs(a, b))
        for name, (function, *arrays) in self.ranked.items():
            found[name] = self._ranked_at(counts, function, *arrays)
        return found

    def _ranked_at(self, counts, function, confidence, sounding, hit, chosen):
        order = np.flatnonzero(chosen)
        order = order[np.argsort(confidence[order], kind='stable')]
        times = counts.astype(int)
        times = times if self.index is None else times[:, self.index]
        values = []
        for row in times:
            drawn = np.repeat(order, row[order])
            some = len(drawn) > 0
            values.append(
                function(confidence[drawn], sounding[drawn], hit[drawn]) if some else np.nan
            )
        return np.array(values)


def _quotient(numerator, denominator):
    # A draw without any sample that counts has no value.
    with np.errstate(invalid='ignore', divide='ignore'):
        return np.where(denominator > 0, numerator / denominator, np.nan)


def _tabulate(settings: Settings, found, index) -> _Table:
    """A protocol's metrics of given columns."""
    size = len(found['pixels'])
    table = _Table(size if index is None else int(index.max()) + 1, index)
    if settings.protocol == 'avsbench':
        _add_masks(table, found)
    elif settings.protocol == 'extended':
        _add_extended(table, found, settings)
    elif settings.protocol in SOUNDING:
        _add_areas(table, found, settings)
    else:
        _add_single(table, found, settings)
    return table


def _add_ciou(table, scores, chosen, suffix=''):
    chosen = chosen.astype(float)
    for name, values in (
        ('ciou', scores >= SUCCESS),
        ('auc', F.areas_above(scores)),
        ('mean_ciou', scores),
    ):
        table.ratios[name + suffix] = (values * chosen, chosen)


def _add_single(table, found, settings):
    everything = np.ones(len(found['ciou']))
    for suffix in ('', '_adaptive'):
        # The whole frame is no prediction of the adaptive rule.
        if (scores := found.get(f'ciou{suffix}')) is None:
            continue
        _add_ciou(table, scores, everything, suffix)
        if settings.protocol == 'interactive':
            lowest = F.lowest_of_groups(scores, table.index)
            table.unit_values[f'iiou{suffix}'] = (lowest >= SUCCESS).astype(float)
            table.unit_values[f'iauc{suffix}'] = F.areas_above(lowest)
    if 'pointing' in found:
        table.ratios['pointing'] = (found['pointing'], everything)
        if table.index is not None:
            table.unit_values['group_pointing'] = F.lowest_of_groups(found['pointing'], table.index)


def _add_extended(table, found, settings):
    sounding, hit = found['sounding'] > 0, found['ciou'] >= SUCCESS
    parts = {'': (np.ones_like(sounding), sounding)}
    for size, (low, high) in F.SIZES.items():
        # The size of a weighted truth is its sum.
        pixels = (found['some'] + found['full']) / 2
        chosen = sounding & (pixels >= low) & (pixels < high)
        parts[f'_{size}'] = (chosen, chosen)
    for suffix, (chosen, positives) in parts.items():
        if not chosen.any():
            continue
        weight = positives.astype(float)
        table.ratios[f'loc_acc{suffix}'] = (hit * weight, weight)
        if 'confidence' not in found:
            continue
        for name, function in _CONFIDENCE_METRICS.items():
            if name != 'ap_exact' or (settings.exact and not suffix):
                table.ranked[name + suffix] = (
                    function,
                    found['confidence'],
                    sounding,
                    hit,
                    chosen,
                )


def _add_areas(table, found, settings):
    positive = found['sounding'] > 0
    _add_ciou(table, found['ciou'], positive)
    area, negative = found['predicted'] / found['pixels'], (~positive).astype(float)
    table.ratios['pia'] = (area * negative, negative)
    table.ratios['auc_negative'] = (F.areas_below(area) * negative, negative)
    if settings.protocol == 'negative-audio':
        table.harmonic['f_auc'] = ('auc', 'auc_negative')
    else:
        free = F.true_negatives(area)
        table.ratios['tn_rate'] = (free * negative, negative)
        table.ratios['fp_rate'] = (~free * negative, negative)


def _add_masks(table, found):
    table.ratios['miou'] = (found['miou'], np.ones(len(found['miou'])))
    filled = (found['some'] > 0).astype(float)
    table.curves['f_score'] = (found['f_curve'] * filled[:, None], filled)


def _values(settings, found, index):
    return _tabulate(settings, found, index).values()


def _without_scores(found, *kept):
    keys = ('constant', 'pixels', 'some', 'full', 'sounding', *kept)
    return {key: found[key] for key in keys if key in found}


def _centre_disc(settings, found):
    prior = _without_scores(found, 'predicted')
    if settings.protocol == 'avsbench':
        return {**prior, 'miou': found['centre_disc/miou'], **_f_of(found, found['centre_disc/f'])}
    for name in ('ciou', 'ciou_adaptive', 'pointing'):
        if name in found:
            prior[name] = found[f'centre_disc/{name}']
    return prior


def _whole_frame(settings, found):
    some, full, pixels = found['some'], found['full'], found['pixels']
    prior = {**_without_scores(found), 'predicted': pixels}
    if settings.protocol == 'avsbench':
        return {**prior, 'miou': some / (pixels + 1e-7), **_f_of(found)}
    return {**prior, 'ciou': F.ciou_of_counts(some, full, some, full, pixels)}


def _noise(settings, found, index):
    """Mean of the seeds' metrics."""
    seeds = [_values(settings, _noise_of(settings, found, s), index) for s in F.NOISE_SEEDS]
    return {name: float(np.mean([values[name] for values in seeds])) for name in seeds[0]}


def _noise_of(settings, found, seed):
    some, full, pixels = found['some'], found['full'], found['pixels']
    low, high = predicted_sizes(settings, pixels)
    sizes = np.where(low < high, found['predicted'], low)
    met, met_full = F.noise_overlap(some, full, sizes, pixels, seed)
    prior = _without_scores(found, 'predicted')
    if settings.protocol == 'avsbench':
        union = np.where(some > 0, some + sizes - met, pixels)
        prior['miou'] = np.where(some > 0, met, pixels - sizes) / (union + 1e-7)
        return {**prior, **_f_of(found, f_score(met, sizes, some))}
    prior['ciou'] = F.ciou_of_counts(met, met_full, some, full, sizes)
    if 'ciou_adaptive' in found:
        sizes = _adaptive_sizes(found)
        met, met_full = F.noise_overlap(some, full, sizes, pixels, seed)
        prior['ciou_adaptive'] = F.ciou_of_counts(met, met_full, some, full, sizes)
    return prior


def _adaptive_sizes(found):
    """What the adaptive rule's strict comparison predicts on a map without ties."""
    return np.where(found['some'] == 0, found['pixels'] // 2, found['some']) - 1


def _ceiling(settings, found):
    some, full, pixels = found['some'], found['full'], found['pixels']
    low, high = predicted_sizes(settings, pixels)
    best = {**_without_scores(found), 'predicted': low}
    if settings.protocol == 'avsbench':
        size = np.clip(some, low, high)
        union = np.where(some > 0, np.maximum(some, size), pixels)
        best['miou'] = np.where(some > 0, np.minimum(some, size), pixels - size) / (union + 1e-7)
        return {**best, **_f_of(found, f_score(some, some, some))}
    best['ciou'] = F.best_of_counts(some, full, low, high)
    if 'ciou_adaptive' in found:
        sizes = _adaptive_sizes(found)
        best['ciou_adaptive'] = F.best_of_counts(some, full, sizes, sizes)
        best['pointing'] = (some > 0).astype(float)
    return best


def _f_of(found, of_mask=None):
    """F of a map of zeros and ones: everything at t = 0, the mask above."""
    everything = f_score(found['some'], found['pixels'], found['some'])
    return {'f_curve': np.stack([everything, everything if of_mask is None else of_mask], 1)}


def _per_sample(settings, found):
    kept = ('ciou', 'ciou_adaptive', 'pointing', 'miou', 'confidence')
    report = {name: found[name].copy() for name in kept if name in found}
    if settings.protocol in SOUNDING:
        report['sounding'] = found['sounding'] > 0
        report['ciou'][~report['sounding']] = np.nan
        report['pia'] = found['predicted'] / found['pixels']
    return report


def _counts(settings, found, index):
    counts = {
        'samples': len(found['pixels']),
        'constant_maps': int(count(found['constant'][None])[0]),
        'empty_truths': int((found['some'] == 0).sum()),
    }
    if settings.protocol in SOUNDING:
        positives = int(found['sounding'].sum())
        counts.update(positives=positives, negatives=counts['samples'] - positives)
    if index is not None:
        counts['groups'] = int(index.max()) + 1
    return counts
