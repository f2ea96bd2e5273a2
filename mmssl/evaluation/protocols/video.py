"""``video``: maps over time. A sample is a frame, ten per second, and videos are groups.

A frame in which nothing visible sounds is a true negative if less than half of it is predicted.
"""

import numpy as np

from .. import functional as F
from ..table import Table
from .areas import AREAS, Areas


class Video(Areas):
    """cIoU of sounding frames, predicted area and true negatives of the others."""

    name = 'video'
    metric_names = (*AREAS, 'tn_rate', 'fp_rate')
    per_frame = True
    no_page = 'a sample is a frame there, not a clip'

    def add_rates(self, table: Table, area: np.ndarray, negative: np.ndarray) -> None:
        """Add the rates of true negatives and of false positives."""
        free = F.true_negatives(area)
        table.mean('tn_rate', free, negative)
        table.mean('fp_rate', ~free, negative)
