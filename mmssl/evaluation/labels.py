"""Class scores of sound, picture and both against audible and visible labels.

The formulas are in :mod:`functional.multilabel`. This module has VGGSounder's subsets of labels,
the names of the metrics, and their intervals.
"""

from collections.abc import Callable, Collection

import numpy as np

from . import functional as F
from .reduce import check_resamples

#: Heads with class scores.
HEADS = ('audio', 'visual', 'av')
#: Head that predicts the labels of a subset.
SUBSETS = {'a': 'audio', 'v': 'visual', 'av': 'av', 'a_only': 'audio', 'v_only': 'visual'}
#: Numbers of classes that count as predicted.
KS = (1, 3, 5, 10)

#: Modality confusion, which is reported for the subsets ``a``, ``v`` and ``av``.
_CONFUSION = 'mu'
#: Metrics of ranked scores, and metrics of classes that reach a threshold.
_OF_SCORES = (
    *(f'{name}@{k}' for k in KS for name in F.SET_SCORES),
    *(*F.LABEL_AUCS, f'{_CONFUSION}@1'),
)
_OF_THRESHOLD = (*F.SET_SCORES, _CONFUSION)

#: From weights ``(R, n)`` of clips to values ``(R,)`` by name.
Values = Callable[[np.ndarray], dict[str, np.ndarray]]


def label_metric_names(threshold: float | None = None) -> tuple[str, ...]:
    """Names of a subset's metrics: of ranked scores, and of classes that reach a threshold."""
    return _OF_SCORES if threshold is None else (*_OF_SCORES, *_OF_THRESHOLD)


def check_label_names(
    names: Collection[str] | None, threshold: float | None = None
) -> tuple[str, ...]:
    """The chosen metrics, in their order; all by default.

    Raises:
        ValueError: If a name is unknown, or needs a threshold.
    """
    known = label_metric_names(threshold)
    if unknown := sorted(set(names or ()) - set(known)):
        hint = ', and with threshold= those without @k' if threshold is None else ''
        raise ValueError(f'metrics name {unknown}, known are {", ".join(known)}{hint}')
    return tuple(name for name in known if names is None or name in names)


def subset_truths(heard: np.ndarray, seen: np.ndarray) -> dict[str, np.ndarray]:
    """Labels that are true in each subset, bool ``(n, K)``.

    Args:
        heard, seen: Bool ``(n, K)``.
    """
    return {
        'a': heard,
        'v': seen,
        'av': heard & seen,
        'a_only': heard & ~seen,
        'v_only': seen & ~heard,
    }


def evaluate_labels(
    scores: dict[str, np.ndarray],
    heard: np.ndarray,
    seen: np.ndarray,
    *,
    names: Collection[str] | None = None,
    threshold: float | None = None,
    resamples: int = 1000,
    seed: int = 0,
) -> dict[str, float]:
    """Metrics of every subset, and the ends of their bootstrap intervals.

    Args:
        scores: Scores of each of :data:`HEADS`, ``(n, K)``.
        heard, seen: Labels of the clips, bool ``(n, K)``.
        names: Chosen metrics; all by default.
        threshold: Lowest score of a predicted class.
        resamples: Number of bootstrap draws, 0 for no intervals. A subset draws its own clips.
        seed: Seed of the draws.

    Returns:
        ``SUBSET/NAME``, ``SUBSET/low/NAME`` and ``SUBSET/high/NAME`` to values; a subset without
        clips is left out.

    Raises:
        ValueError: If a name is unknown, or ``resamples`` is negative.
    """
    wanted = check_label_names(names, threshold)
    check_resamples(resamples)
    found: dict[str, float] = {}
    for subset, truth in subset_truths(heard, seen).items():
        rows = truth.any(1)
        values = _subset_values(truth[rows], scores[SUBSETS[subset]][rows], wanted, threshold)
        found |= _named(subset, values, int(rows.sum()), resamples, seed)
    for name in (name for name in wanted if name.startswith(_CONFUSION)):
        hits = [
            ((heard | seen) & _predictions(scores[head], _end(name), threshold)).any(1)
            for head in HEADS
        ]
        for subset in ('a', 'v', 'av'):
            values = _confusion(hits, subset, name)
            found |= _named(subset, values, len(heard), resamples, seed)
    return found


def _subset_values(
    truth: np.ndarray, scores: np.ndarray, wanted: tuple[str, ...], threshold: float | None
) -> Values:
    """All metrics of a subset except the modality confusion."""
    ends = dict.fromkeys(_end(name) for name in wanted if name.startswith(F.SET_SCORES))
    predicted = {end: _predictions(scores, end, threshold) for end in ends}
    with_aucs = bool({*wanted} & {*F.LABEL_AUCS})

    def values(weights: np.ndarray) -> dict[str, np.ndarray]:
        found = {
            f'{name}{end}': value
            for end, labels in predicted.items()
            for name, value in F.set_scores(truth, labels, weights).items()
        }
        if with_aucs:
            found |= F.label_aucs(truth, scores, weights)
        return {name: found[name] for name in wanted if name in found}

    return values


def _confusion(hits: list[np.ndarray], subset: str, name: str) -> Values:
    def values(weights: np.ndarray) -> dict[str, np.ndarray]:
        sound, picture, both = hits
        return {name: F.modality_confusion(sound, picture, both, weights)[subset]}

    return values


def _end(name: str) -> str:
    """The ending ``@k`` of a name; empty if it has none."""
    return name[len(name.partition('@')[0]) :]


def _predictions(scores: np.ndarray, end: str, threshold: float | None) -> np.ndarray:
    """The k highest classes; without an ending, the classes that reach the threshold."""
    return F.top_k(scores, int(end[1:])) if end else scores >= threshold


def _named(subset: str, values: Values, clips: int, resamples: int, seed: int) -> dict[str, float]:
    """Values of the clips, and their intervals."""
    if not clips:
        return {}
    found = {f'{subset}/{name}': float(v[0]) for name, v in values(np.ones((1, clips))).items()}
    if resamples:
        drawn = [values(weights) for weights in F.draws(clips, resamples, seed)]
        for name in drawn[0]:
            ends = F.interval(np.concatenate([block[name] for block in drawn]))
            found |= zip((f'{subset}/low/{name}', f'{subset}/high/{name}'), ends)
    return found
