"""Negative audio (arXiv 2410.01020): sounds without a visible source.

Conventions: pIA is the predicted share of the picture. Under one threshold for all maps, chosen on
a validation split, a map must be empty if the sound is silence, noise or off screen.

- :func:`f_of_aucs`: F of the AUC on positives and the AUC on negatives
"""

import numpy as np

from .scores import ratio


def f_of_aucs(positive: np.ndarray | float, negative: np.ndarray | float) -> np.ndarray:
    """``2 a b / (a + b)``; 0 where both are 0."""
    positive, negative = np.asarray(positive), np.asarray(negative)
    return ratio(2 * positive * negative, positive + negative)
