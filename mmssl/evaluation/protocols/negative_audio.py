"""``negative-audio``: sounds without a visible source (arXiv 2410.01020).

All maps have one threshold, from a validation split. The default preset is
``acl``, which uses the maps' own values, because a common threshold is
meaningless for maps that were each scaled to [0, 1].
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
