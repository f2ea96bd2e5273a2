"""``interactive``: several sounds of one picture must all be found (IS3, arXiv 2407.13676).

Samples of one picture are a group, and a group succeeds if every member does.
"""

import numpy as np

from .. import functional as F
from ..functional.scores import SUCCESS
from ..table import Table
from .vggss import SINGLE, VggSs


class Interactive(VggSs):
    """IIoU and IAUC of groups, and all metrics of ``vggss``."""

    name = 'interactive'
    metric_names = ('iiou', 'iauc', 'iiou_adaptive', 'iauc_adaptive', *SINGLE, 'group_pointing')
    needs_groups = True

    def add_scores(self, table: Table, scores: np.ndarray, suffix: str) -> None:
        """Add one rule's metrics of samples and of groups."""
        super().add_scores(table, scores, suffix)
        assert table.index is not None  # because of needs_groups
        lowest = F.lowest_of_groups(scores, table.index)
        table.group_mean(f'iiou{suffix}', lowest >= SUCCESS)
        table.group_mean(f'iauc{suffix}', F.areas_above(lowest))
