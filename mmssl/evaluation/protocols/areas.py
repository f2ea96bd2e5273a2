"""Shared code of ``negative-audio`` and ``video``.

If something visible sounds, a map is scored by its cIoU; otherwise, by its predicted
area (pIA), which should be empty.
"""

import numpy as np

from .. import functional as F
from ..table import Table
from .base import Columns
from .overlap import CIOU, SoundingOverlap, add_ciou

#: Metrics of both protocols.
AREAS = (*CIOU, 'pia', 'auc_negative')


class Areas(SoundingOverlap):
    """cIoU of positives and predicted area of negatives."""

    takes_threshold = True

    def tabulate(self, table: Table, columns: Columns) -> None:
        """cIoU over the samples that sound, ``pia`` and its AUC over the others."""
        positive = columns['sounding'] > 0
        add_ciou(table, columns['ciou'], positive)
        area = columns['predicted'] / columns['pixels']
        table.mean('pia', area, ~positive)
        table.mean('auc_negative', F.areas_below(area), ~positive)
        self.add_rates(table, area, ~positive)

    def add_rates(self, table: Table, area: np.ndarray, negative: np.ndarray) -> None:
        """Add the metrics of one of the protocols.

        Args:
            table: Table to change in place.
            area: Predicted share of the frame, ``(n,)``.
            negative: Whether nothing sounds, bool ``(n,)``.
        """
        raise NotImplementedError
