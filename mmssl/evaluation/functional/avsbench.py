"""AVSBench: mIoU and F-score of masks.

Conventions: predictions and truths are bool ``(B, H, W)``, p is float of the same shape. A sample
without true pixels is scored by the share of background that is predicted background, and left out
of the F-score. The published code averages the means of batches; here all samples weigh the same,
which equals its value at batch size 1.

- :func:`mask_iou`: IoU of every sample
- :func:`f_curves`: F at 255 thresholds, for every sample
- :func:`f_of_masks`: F of a binary prediction
"""

import numpy as np
import torch

from .scores import count

#: Weight of recall relative to precision, beta squared.
BETA2 = 0.3
#: Thresholds of the F-score, in float32 as the published code has them.
F_THRESHOLDS = torch.linspace(0, 1 - 1e-10, 255).numpy()

_NEXT = np.r_[F_THRESHOLDS, np.float32(np.inf)]


def mask_iou(predicted: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """``inter / (union + 1e-7)`` of every sample, float64 ``(B,)``."""
    predicted, truth = np.asarray(predicted), np.asarray(truth)
    pixels = truth[0].size
    inter, union = count(predicted & truth), count(predicted | truth)
    empty = count(truth) == 0
    inter = np.where(empty, pixels - count(predicted), inter)
    return inter / (np.where(empty, pixels, union) + 1e-7)


def f_curves(values: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """F of ``p >= t`` for every sample and threshold, float64 ``(B, 255)``.

    All thresholds share one histogram of the pixels.
    """
    truth = np.asarray(truth)
    curves = []
    for p, mask in zip(np.asarray(values).reshape(len(values), -1), truth):
        mask = mask.ravel()
        step = _step(p)
        tp = _reached(step[mask])
        curves.append(f_score(tp, _reached(step), np.count_nonzero(mask)))
    return np.stack(curves)


def f_of_masks(predicted: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """F of binary predictions, float64 ``(B,)``."""
    return f_score(count(predicted & truth), count(predicted), count(truth))


def f_score(tp: np.ndarray, predicted: np.ndarray, true: np.ndarray | np.integer) -> np.ndarray:
    """``(1 + b) P R / (b P + R)`` from pixel counts; 0 where undefined."""
    precision, recall = tp / (predicted + 1e-20), tp / (true + 1e-20)
    below = BETA2 * precision + recall
    with np.errstate(invalid='ignore'):
        return np.nan_to_num((1 + BETA2) * precision * recall / below, nan=0.0)


def _step(p: np.ndarray) -> np.ndarray:
    """Number of thresholds that every pixel reaches, 0 to 255."""
    guess = np.clip(p * 254, -1, 254).astype(np.int16)
    guess += p >= _NEXT[guess + 1]
    guess -= p < F_THRESHOLDS[guess.clip(0, 254)]
    return guess.clip(-1, 254) + 1


def _reached(step: np.ndarray) -> np.ndarray:
    """Number of pixels that reach each threshold."""
    return np.bincount(step, minlength=256)[:0:-1].cumsum()[::-1]
