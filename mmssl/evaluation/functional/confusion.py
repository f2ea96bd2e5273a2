"""Classification with one label per clip: the confusion matrix, and chance level."""

import math

import numpy as np

#: Share of the way from chance to perfect within which an accuracy counts as near chance.
NEAR = 0.1


def confusion_matrix(labels: np.ndarray, predicted: np.ndarray, classes: int) -> np.ndarray:
    """Number of clips by true class (row) and predicted class (column).

    Args:
        labels, predicted: Class numbers ``(n,)`` in [0, classes).
        classes: K.

    Returns:
        int64 ``(K, K)``.

    >>> confusion_matrix(np.array([0, 0, 1]), np.array([0, 1, 1]), 2).tolist()
    [[1, 1], [0, 1]]
    """
    cells = np.asarray(labels, np.int64) * classes + np.asarray(predicted, np.int64)
    return np.bincount(cells, minlength=classes**2).reshape(classes, classes)


def class_accuracies(matrix: np.ndarray) -> np.ndarray:
    """Share of correct clips of each class, ``(K,)``; NaN for a class without clips."""
    counts = matrix.sum(1)
    return np.where(counts > 0, matrix.diagonal() / np.maximum(counts, 1), np.nan)


def chance(matrix: np.ndarray) -> float:
    """Accuracy of the better of two guesses: a random class, or always the most frequent one."""
    counts = matrix.sum(1)
    return float(max(1 / len(matrix), counts.max() / max(1, counts.sum())))


def is_near_chance(matrix: np.ndarray) -> bool:
    """Whether the accuracy is at most slightly above chance.

    Slightly means :data:`NEAR` of the way to a perfect score, or three standard errors of guessing,
    whichever is larger. Ten classes of 16 clips each need more than 0.19.
    """
    clips, level = matrix.sum(), chance(matrix)
    if not clips:
        return False
    error = math.sqrt(level * (1 - level) / clips)
    return bool(matrix.trace() / clips <= level + max(NEAR * (1 - level), 3 * error))
