"""Interactive scores (IS3): several sounds of one picture must all be found.

Conventions: one score in [0, 1] and one group name per sample. A group succeeds at a threshold
if *every* member succeeds, that is, if the lowest score succeeds.

- :func:`group_index`: names to numbers
- :func:`lowest_of_groups`: the deciding score of each group
- IIoU and IAUC are :func:`scores.success_rate` and :func:`scores.auc` of these scores
"""

from collections.abc import Hashable, Sequence

import numpy as np


def group_index(groups: Sequence[Hashable]) -> np.ndarray:
    """Number the groups in the order in which they first appear, ``(B,)``."""
    numbers: dict = {}
    return np.array([numbers.setdefault(group, len(numbers)) for group in groups], dtype=int)


def lowest_of_groups(scores: np.ndarray, index: np.ndarray) -> np.ndarray:
    """Lowest score of every group, in the order of :func:`group_index`."""
    lowest = np.full(index.max() + 1, np.inf)
    np.minimum.at(lowest, index, scores)
    return lowest
