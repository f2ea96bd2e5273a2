"""``negative-audio``: sounds that nothing visible makes (arXiv 2410.01020).

One threshold for all maps, from a validation split. The default preset is
``acl``, whose values are the maps' own: one threshold for all maps says nothing
about maps that were each stretched to [0, 1].
"""

import numpy as np

from ..table import Table
from .areas import AREAS, Areas


class NegativeAudio(Areas):
    """cIoU of positives, predicted area of negatives, and F of both AUCs."""

    name = 'negative-audio'
    metric_names = (*AREAS, 'f_auc')
    default_preset = 'acl'
    needs_threshold = True

    def add_rates(self, table: Table, area: np.ndarray, negative: np.ndarray) -> None:
        """Add ``f_auc``."""
        table.harmonic_mean('f_auc', 'auc', 'auc_negative')
