"""cIoU, its success rate and AUC, and pointing accuracy.

Conventions: predictions are bool ``(B, H, W)``; a truth is bool or float64 weights in [0, 1] of the
same shape; scores are float64 ``(B,)`` in [0, 1]. If both prediction and truth are empty, the cIoU
is 0. An AUC is the mean of the samples' areas, because the trapezoidal rule is linear.

- :func:`ciou`: overlap of a prediction and a truth
- :func:`areas_above`, :func:`areas_below`: each sample's area, whose mean is an AUC
- :func:`success_rate`, :func:`auc`: the numbers in papers
- :func:`pointing`: whether the peak is inside the ground truth
"""

import numpy as np
import torch

#: Types that the formulas accept. Results are numpy arrays.
Array = np.ndarray | torch.Tensor

#: The 21 thresholds of the AUC, with the rounding of the float product 0.05 * i.
THRESHOLDS = np.array([0.05 * i for i in range(21)])
#: Least cIoU of a success.
SUCCESS = 0.5

_STEPS = np.diff(THRESHOLDS)
_TRAPEZOID = (np.r_[_STEPS, 0] + np.r_[0, _STEPS]) / 2
# Rounding must not raise a perfect score above 1.
_CUMULATIVE = np.r_[0, np.cumsum(_TRAPEZOID)].clip(max=1)


def ciou(
    predicted: Array, truth: Array, area: np.ndarray | None = None, size: np.ndarray | None = None
) -> np.ndarray:
    """Consensus IoU of every sample: ``sum(M G) / (sum(G) + sum(M [G = 0]))``.

    Args:
        predicted: Bool ``(B, H, W)``.
        truth: Bool or weights, same shape.
        area: ``count(predicted)``, if known.
        size: ``count(truth)``.

    Returns:
        float64 ``(B,)``.
    """
    predicted, truth = np.asarray(predicted), np.asarray(truth)
    area = count(predicted) if area is None else area
    if truth.dtype == bool:
        inter = count(predicted & truth)
        return ratio(inter, (count(truth) if size is None else size) + area - inter)
    weights = truth.reshape(len(truth), -1)
    inter = np.array([row[mask.ravel()].sum() for row, mask in zip(weights, predicted)])
    return ratio(inter, weights.sum(1) + area - count(predicted & (truth != 0)))


def count(masks: np.ndarray) -> np.ndarray:
    """Number of true pixels of every mask ``(B, ...)``, float64."""
    return np.array([np.count_nonzero(mask) for mask in masks], dtype=np.float64)


def ratio(numerator: np.ndarray, denominator: np.ndarray) -> np.ndarray:
    """Quotient; 0 where the denominator is 0."""
    return np.divide(
        numerator, denominator, out=np.zeros(np.shape(denominator)), where=denominator != 0
    )


def areas_above(scores: Array) -> np.ndarray:
    """Area under ``[score >= t]`` over the 21 thresholds, for every score."""
    return _CUMULATIVE[np.searchsorted(THRESHOLDS, scores, side='right')]


def areas_below(scores: Array) -> np.ndarray:
    """Area under ``[score <= t]`` over the 21 thresholds, for every score."""
    return _CUMULATIVE[-1] - _CUMULATIVE[np.searchsorted(THRESHOLDS, scores, side='left')]


def success_rate(scores: Array, threshold: float = SUCCESS) -> float:
    """Share of samples with cIoU >= threshold, which papers call "cIoU"."""
    return float((np.asarray(scores) >= threshold).mean())


def auc(scores: Array) -> float:
    """Area under the success rate over the 21 thresholds, by trapezoids."""
    return float(areas_above(scores).mean())


def pointing(values: Array, truth: Array) -> np.ndarray:
    """Whether the centre of a map's highest cell is inside the ground truth.

    The cells tile the frame. (Enlarging with aligned corners, as in the cIoU's
    protocol, would move the peak of a border cell onto the border.)

    Args:
        values: Maps ``(B, h, w)``, the output of the model.
        truth: ``(B, H, W)``, bool or weights.

    Returns:
        Bool ``(B,)``; false for a constant map, which has no peak.
    """
    values, truth = np.asarray(values), np.asarray(truth)
    height, width = values.shape[1:]
    flat = values.reshape(len(values), -1)
    cell = flat.argmax(1)
    rows = ((cell // width + 0.5) / height * truth.shape[1]).astype(int)
    columns = ((cell % width + 0.5) / width * truth.shape[2]).astype(int)
    inside = truth[np.arange(len(truth)), rows, columns] != 0
    return inside & (flat.max(1) > flat.min(1))
