"""``extended``: sounding and silent samples (SLAVC, Mo and Morgado, NeurIPS 2022).

A sample's confidence that something visible sounds comes from the user or from
its map. The metrics of confidence have no priors and no ceiling.
"""

import numpy as np

from .. import functional as F
from ..functional.scores import SUCCESS
from ..table import Table
from .base import Batch, Columns
from .overlap import SoundingOverlap

_OF_CONFIDENCE = {
    'ap': F.average_precision,
    'max_f1': F.max_f1,
    'ap_exact': F.exact_average_precision,
}
_OF_SIZES = tuple(f'{name}_{size}' for name in ('ap', 'max_f1', 'loc_acc') for size in F.SIZES)


class Extended(SoundingOverlap):
    """AP, the highest F1 and the accuracy of localization, over all sizes and for each size.

    ``ap_exact`` is reported on demand, and a size only if samples have it.
    """

    name = 'extended'
    metric_names = ('ap', 'max_f1', 'loc_acc', 'ap_exact', *_OF_SIZES)
    takes_confidence = True
    takes_tau = True
    takes_exact = True
    takes_consensus = True

    def score(self, batch: Batch) -> Columns:
        """Columns of cIoU, and ``confidence`` from the maps."""
        scaled = F.scale(batch.large, self.tau)
        if batch.objects is not None:
            scaled = F.fuse_scaled(batch.large, batch.objects, self.tau, self.alpha)
        return {**super().score(batch), 'confidence': F.top_quarter_mean(scaled)}

    def tabulate(self, table: Table, columns: Columns) -> None:
        """Accuracy over the samples that sound; ranked metrics over all, and by size."""
        sounding, hit = columns['sounding'] > 0, columns['ciou'] >= SUCCESS
        for suffix, (chosen, positives) in _parts(columns, sounding).items():
            if not chosen.any():
                continue
            table.mean(f'loc_acc{suffix}', hit, positives)
            if 'confidence' not in columns:
                continue
            for name, function in _OF_CONFIDENCE.items():
                if name != 'ap_exact' or (self.exact and not suffix):
                    arrays = columns['confidence'], sounding, hit, chosen
                    table.ranked(name + suffix, function, *arrays)


def _parts(columns: Columns, sounding: np.ndarray) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Suffix to the ranked samples, and to the sounding samples among them."""
    parts = {'': (np.ones_like(sounding), sounding)}
    for size, (low, high) in F.SIZES.items():
        # The size of a weighted truth is its sum.
        pixels = (columns['some'] + columns['full']) / 2
        chosen = sounding & (pixels >= low) & (pixels < high)
        parts[f'_{size}'] = (chosen, chosen)
    return parts
