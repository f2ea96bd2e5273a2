"""Classification of clips with several labels, as in VGGSounder's benchmark.

Conventions: truths and predictions are bool ``(n, K)``, scores float ``(n, K)``, higher means more
likely. Weights ``(R, n)`` are the counts of each clip: a row of ones gives the plain value,
rows of :func:`bootstrap.draws` give the values of resampled sets. Values are float64 ``(R,)`` in
[0, 1]. A quotient whose denominator is 0 is 0.

- :func:`top_k`: scores to predictions
- :func:`set_scores`: hit rate, F1, accuracy, Jaccard index, precision and recall of label sets
- :func:`label_aucs`: areas under the ROC curve and the precision-recall curve
- :func:`modality_confusion`: clips that are correct from one modality and wrong from both
"""

import numpy as np

from .scores import ratio

#: Names in the result of :func:`set_scores`.
SET_SCORES = ('hit_rate', 'f1', 'f1_macro', 'accuracy', 'jaccard', 'precision', 'recall')
#: Names in the result of :func:`label_aucs`.
LABEL_AUCS = ('auc_roc', 'auc_pr')


def top_k(scores: np.ndarray, k: int) -> np.ndarray:
    """The k highest classes of every clip, bool ``(n, K)``; all if K is smaller.

    ``numpy.argsort``'s default order decides between equal scores, as in the benchmark. It depends
    on the order of the classes, on the float type and on the processor.
    """
    chosen = np.zeros(scores.shape, dtype=bool)
    np.put_along_axis(chosen, np.argsort(scores, axis=1)[:, -k:], True, axis=1)
    return chosen


def set_scores(
    truth: np.ndarray, predicted: np.ndarray, weights: np.ndarray
) -> dict[str, np.ndarray]:
    """Scores of predicted label sets.

    ``hit_rate``: share of clips with at least one correct label; ``accuracy``: share of clips whose
    sets are equal; ``f1``, ``jaccard``, ``precision``, ``recall``: over all pairs of clip and class
    together; ``f1_macro``: mean F1 of all K classes, 0 for a class that is neither true nor
    predicted.
    """
    right = truth & predicted
    true, chosen, both = (_counts(weights, labels) for labels in (truth, predicted, right))
    all_true, all_chosen, all_both = (counts.sum(1) for counts in (true, chosen, both))
    clips = weights.sum(1)
    return {
        'hit_rate': ratio(weights @ right.any(1), clips),
        'f1': ratio(2 * all_both, all_true + all_chosen),
        'f1_macro': ratio(2 * both, true + chosen).mean(1),
        'accuracy': ratio(weights @ (truth == predicted).all(1), clips),
        'jaccard': ratio(all_both, all_true + all_chosen - all_both),
        'precision': ratio(all_both, all_chosen),
        'recall': ratio(all_both, all_true),
    }


def label_aucs(truth: np.ndarray, scores: np.ndarray, weights: np.ndarray) -> dict[str, np.ndarray]:
    """Areas under a class's curves, averaged over the classes with positive and negative clips.

    ``auc_roc``: probability that a clip of the class scores higher than another clip, ties count
    half; ``auc_pr``: average precision, the sum over thresholds of precision times the step of
    recall. Both are 0 if no class has clips of both kinds.
    """
    sums, defined = np.zeros((2, len(weights))), np.zeros(len(weights))
    for number in np.flatnonzero(truth.any(0)):
        positive, tied, between = _by_level(truth[:, number], scores[:, number], weights)
        usable = (positive.sum(1) > 0) & (tied.sum(1) + between.sum(1) > 0)
        sums[0] += usable * _roc_area(positive, tied, between)
        sums[1] += usable * _average_precision(positive, tied, between)
        defined += usable
    return dict(zip(LABEL_AUCS, ratio(sums, np.broadcast_to(defined, sums.shape))))


def modality_confusion(
    sound: np.ndarray, picture: np.ndarray, both: np.ndarray, weights: np.ndarray
) -> dict[str, np.ndarray]:
    """Share of clips that are hit from one modality and missed from both together.

    Args:
        sound, picture, both: Whether a prediction hits, bool ``(n,)``.
        weights: ``(R, n)``.

    Returns:
        ``a``: the sound hits; ``v``: the picture hits; ``av``: each of them alone hits.
    """
    confused = {'a': sound & ~both, 'v': picture & ~both, 'av': sound & picture & ~both}
    return {name: ratio(weights @ clips, weights.sum(1)) for name, clips in confused.items()}


def _counts(weights: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Number of clips of each class, ``(R, K)``."""
    # float32 represents numbers of clips exactly, and needs half of the memory traffic.
    return (weights.astype(np.float32) @ labels.astype(np.float32)).astype(np.float64)


def _by_level(
    truth: np.ndarray, scores: np.ndarray, weights: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Clips of a class and other clips, by the m scores of the former in ascending order.

    Args:
        truth, scores: Truth and scores of a class, ``(n,)``.
        weights: ``(R, n)``.

    Returns:
        Clips of the class at every level, ``(R, m)``; others at every level, ``(R, m)``; others
        below, between and above the levels, ``(R, m + 1)``.
    """
    levels = np.unique(scores[truth])
    # Even positions are between levels, odd positions at a level.
    place = np.searchsorted(levels, scores, 'left') + np.searchsorted(levels, scores, 'right')
    size = 2 * len(levels) + 1
    positive = np.array([np.bincount(place[truth], row, size) for row in weights[:, truth]])
    negative = np.array([np.bincount(place, row, size) for row in weights]) - positive
    return positive[:, 1::2], negative[:, 1::2], negative[:, ::2]


def _roc_area(positive: np.ndarray, tied: np.ndarray, between: np.ndarray) -> np.ndarray:
    below = np.cumsum(between[:, :-1], 1) + np.cumsum(tied, 1) - tied
    won = (positive * (below + tied / 2)).sum(1)
    return ratio(won, positive.sum(1) * (tied.sum(1) + between.sum(1)))


def _average_precision(positive: np.ndarray, tied: np.ndarray, between: np.ndarray) -> np.ndarray:
    def at_or_above(counts: np.ndarray) -> np.ndarray:
        return np.cumsum(counts[:, ::-1], 1)[:, ::-1]

    found = at_or_above(positive)
    precision = ratio(found, found + at_or_above(tied) + at_or_above(between[:, 1:]))
    return ratio((positive * precision).sum(1), positive.sum(1))
