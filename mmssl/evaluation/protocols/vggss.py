"""``vggss``: one picture, one map, one instant (VGG-SS, Chen et al., CVPR 2021).

Scores of a sample are its cIoU under the preset's rule and under the adaptive rule, and whether
the map's peak is inside the truth. If every sample has a group, the bootstrap draws groups, and
``group_pointing`` is reported, too.
"""

import numpy as np

from .. import functional as F
from ..functional.rules import adaptive_ranks
from ..table import Table
from .base import Batch, Columns
from .overlap import CIOU, Overlap, add_ciou, ciou_of_noise

#: Metrics of single samples.
SINGLE = (*CIOU, *(f'{name}_adaptive' for name in CIOU), 'pointing')


class VggSs(Overlap):
    """VGG-SS, and data sets annotated like it."""

    name = 'vggss'
    metric_names = (*SINGLE, 'group_pointing')
    columns = (
        *Overlap.columns,
        'ciou_adaptive',
        'centre_disc/ciou_adaptive',
        'pointing',
        'centre_disc/pointing',
    )

    def score(self, batch: Batch) -> Columns:
        """Columns of both rules and of the peak."""
        return {**super().score(batch), **_score_adaptive(batch)}

    def tabulate(self, table: Table, columns: Columns) -> None:
        """cIoU of both rules; pointing of samples and of groups."""
        for suffix in ('', '_adaptive'):
            # The adaptive rule never predicts the whole frame.
            if f'ciou{suffix}' in columns:
                self.add_scores(table, columns[f'ciou{suffix}'], suffix)
        if 'pointing' in columns:
            table.mean('pointing', columns['pointing'])
            if table.index is not None:
                lowest = F.lowest_of_groups(columns['pointing'], table.index)
                table.group_mean('group_pointing', lowest)

    def add_scores(self, table: Table, scores: np.ndarray, suffix: str) -> None:
        """Add the metrics of one rule's cIoUs."""
        add_ciou(table, scores, suffix=suffix)

    def noise(self, columns: Columns, seed: int) -> Columns:
        """``ciou`` and ``ciou_adaptive`` of independent pixels."""
        adaptive = ciou_of_noise(columns, _adaptive_sizes(columns), seed)
        return {**super().noise(columns, seed), 'ciou_adaptive': adaptive}

    def ceiling(self, columns: Columns) -> Columns:
        """The best ``ciou`` and ``ciou_adaptive``; ``pointing`` is true if the truth has pixels."""
        sizes = _adaptive_sizes(columns)
        return {
            **super().ceiling(columns),
            'ciou_adaptive': F.best_of_counts(columns['some'], columns['full'], sizes, sizes),
            'pointing': (columns['some'] > 0).astype(float),
        }


def _score_adaptive(batch: Batch) -> Columns:
    truth, some = batch.truth, batch.some
    height, width = truth.shape[1:]
    ranks = adaptive_ranks(some.astype(int), height * width)
    adaptive = F.select(batch.p, F.order_statistics(batch.p, ranks), '>')
    discs = F.centre_discs(height * width - ranks, height, width, strict=True)
    middle = truth[:, (height - 1) // 2, (width - 1) // 2] != 0
    return {
        'ciou_adaptive': F.ciou(adaptive, truth, size=some),
        'centre_disc/ciou_adaptive': F.ciou(discs, truth, size=some),
        'pointing': F.pointing(batch.maps, truth),
        'centre_disc/pointing': middle,
    }


def _adaptive_sizes(columns: Columns) -> np.ndarray:
    """Size of the adaptive rule's prediction on a map without ties."""
    return np.where(columns['some'] == 0, columns['pixels'] // 2, columns['some']) - 1
