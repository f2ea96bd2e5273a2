"""Extended sets (SLAVC): samples with and without a visible sounding object.

Conventions: ``confidence`` is one number per sample, higher means more confidence that something
visible sounds; ``sounding`` is whether it does; ``hit`` is whether the map found it (cIoU >= 0.5).
At threshold t, a negative with confidence >= t is an FP; a positive with confidence >= t is a TP if
hit, otherwise an FP; a positive below t is an FN. Precision is 1 when TP + FP = 0, recall is 1 when
TP + FN = 0.

Known flaw, kept for comparison: SLAVC's AP leaves out the highest confidence and the first
step of recall. :func:`exact_average_precision` includes both.

- :func:`top_quarter_mean`: a map's confidence
- :func:`precision_recall`: precision and recall at any thresholds
- :func:`average_precision`, :func:`exact_average_precision`, :func:`max_f1`
- :data:`SIZES`: sizes of a ground truth in pixels
"""

import numpy as np

from .rules import order_statistics
from .scores import ratio

#: Name to half-open range of the number of true pixels.
SIZES = {
    'small': (0, 32**2),
    'medium': (32**2, 96**2),
    'large': (96**2, 144**2),
    'huge': (144**2, np.inf),
}


def top_quarter_mean(values: np.ndarray) -> np.ndarray:
    """Mean of the top N // 4 values of every map ``(B, H, W)``, float64 ``(B,)``."""
    rows = np.asarray(values).reshape(len(values), -1)
    size = rows.shape[1] // 4
    bounds = order_statistics(rows, np.full(len(rows), rows.shape[1] - size))
    means = []
    for row, bound in zip(rows, bounds):
        above = row[row > bound]
        total = above.sum(dtype=np.float64) + (size - len(above)) * float(bound)
        means.append(total / size)
    return np.array(means)


def precision_recall(
    confidence: np.ndarray, sounding: np.ndarray, hit: np.ndarray, thresholds: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Precision and recall at thresholds, arrays of their length."""
    order = np.argsort(confidence, kind='stable')
    true, positives = _running((sounding & hit)[order]), _running(sounding[order])
    below = np.searchsorted(confidence[order], thresholds, side='left')
    tp, fn = true[-1] - true[below], positives[below]
    predicted = len(confidence) - below
    precision = np.where(predicted > 0, ratio(tp, predicted), 1)
    recall = np.where(tp + fn > 0, ratio(tp, tp + fn), 1)
    return precision, recall


def average_precision(confidence: np.ndarray, sounding: np.ndarray, hit: np.ndarray) -> float:
    """SLAVC's AP, including its flaw.

    Thresholds are ``sort(conf)[:-1][::-max(1, n // 200)]``, P is made monotone
    by ``max(P[i:])``, and ``AP = sum P[i] (R[i + 1] - R[i])``.
    """
    step = max(1, len(confidence) // 200)
    thresholds = np.sort(confidence)[:-1][::-step]
    precision, recall = precision_recall(confidence, sounding, hit, thresholds)
    precision = _falling(precision)
    return float((precision[:-1] * np.diff(recall)).sum())


def exact_average_precision(confidence: np.ndarray, sounding: np.ndarray, hit: np.ndarray) -> float:
    """Standard AP: all thresholds, recall TP / number of positives, starting at recall 0.

    0 if no sample sounds.
    """
    thresholds = np.unique(confidence)[::-1]
    order = np.argsort(confidence, kind='stable')
    true = _running((sounding & hit)[order])
    below = np.searchsorted(confidence[order], thresholds, side='left')
    tp = true[-1] - true[below]
    precision = _falling(tp / (len(confidence) - below))
    return float((precision * np.diff(np.r_[0, tp])).sum() / max(1, np.count_nonzero(sounding)))


def max_f1(confidence: np.ndarray, sounding: np.ndarray, hit: np.ndarray) -> float:
    """Highest F1 over the thresholds ``sort(conf)[::max(1, n // 10)]``."""
    step = max(1, len(confidence) // 10)
    thresholds = np.sort(confidence)[::step]
    precision, recall = precision_recall(confidence, sounding, hit, thresholds)
    return float(ratio(2 * precision * recall, precision + recall).max())


def _running(flags: np.ndarray) -> np.ndarray:
    """Number of true flags before every position, and of all."""
    sums = np.zeros(len(flags) + 1, dtype=int)
    np.cumsum(flags, out=sums[1:])
    return sums


def _falling(precision: np.ndarray) -> np.ndarray:
    return np.maximum.accumulate(precision[::-1])[::-1]
