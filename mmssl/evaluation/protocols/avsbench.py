"""``avsbench``: pixel masks (Zhou et al., ECCV 2022): mIoU, and F of the best threshold.

Truths are masks of any size, and maps are enlarged to each. The prediction is
``p > sort(p)[N // 2]`` under every preset, or ``p > t`` with a threshold.
"""

import numpy as np

from .. import functional as F
from ..functional.avsbench import f_score
from ..functional.scores import count
from ..table import Table
from .base import Batch, Columns, Protocol


class AvsBench(Protocol):
    """AVSBench; every sample weighs the same."""

    name = 'avsbench'
    metric_names = ('miou', 'f_score')
    columns = ('predicted', 'miou', 'centre_disc/miou', 'centre_disc/f')
    curves = {'f_curve': len(F.F_THRESHOLDS)}
    follows_preset = False
    takes_threshold = True
    no_page = 'its truths are masks, and it has no cIoU'

    def read_truth(self, truth: np.ndarray) -> np.ndarray:
        """A mask of any size, bool ``(H, W)``."""
        return F.check_mask(np.asarray(truth))

    def score(self, batch: Batch) -> Columns:
        """IoU of the prediction and of the centre disc, and F at all thresholds."""
        p, truth, threshold = batch.p, batch.truth, self.threshold
        if threshold is None:
            threshold = F.order_statistics(p, np.full(len(p), p[0].size // 2))
        predicted = F.select(p, threshold, '>')
        area = count(predicted)
        discs = self.discs(area, truth.shape[1:])
        return {
            'predicted': area,
            'miou': F.mask_iou(predicted, truth),
            'centre_disc/miou': F.mask_iou(discs, truth),
            'centre_disc/f': F.f_of_masks(discs, truth),
            'f_curve': F.f_curves(p, truth),
        }

    def tabulate(self, table: Table, found: Columns) -> None:
        """Mean IoU of all samples; the mean curve of F of those with true pixels."""
        table.mean('miou', found['miou'])
        table.best_of_curve('f_score', found['f_curve'], found['some'] > 0)

    def centre_disc(self, found: Columns) -> Columns:
        """IoU and F of the disc."""
        kept = self.kept(found, 'predicted')
        return {**kept, 'miou': found['centre_disc/miou'], **_f_of(found, found['centre_disc/f'])}

    def whole_frame(self, found: Columns) -> Columns:
        """IoU and F of a prediction of everything."""
        pixels = found['pixels']
        miou = found['some'] / (pixels + 1e-7)
        return {**self.kept(found), 'predicted': pixels, 'miou': miou, **_f_of(found)}

    def noise(self, found: Columns, seed: int) -> Columns:
        """IoU and F of independent pixels, as many as the rule predicts."""
        some, pixels, sizes = found['some'], found['pixels'], self.noise_sizes(found)
        met, _ = F.noise_overlap(some, found['full'], sizes, pixels, seed)
        union = np.where(some > 0, some + sizes - met, pixels)
        miou = np.where(some > 0, met, pixels - sizes) / (union + 1e-7)
        scores = {'miou': miou, **_f_of(found, f_score(met, sizes, some))}
        return {**self.kept(found, 'predicted'), **scores}

    def ceiling(self, found: Columns) -> Columns:
        """IoU of the best masks with as many pixels as the rule predicts; F of the truth."""
        some, pixels = found['some'], found['pixels']
        low, high = self.predicted_sizes(pixels)
        size = np.clip(some, low, high)
        union = np.where(some > 0, np.maximum(some, size), pixels)
        miou = np.where(some > 0, np.minimum(some, size), pixels - size) / (union + 1e-7)
        scores = {'miou': miou, **_f_of(found, f_score(some, some, some))}
        return {**self.kept(found), 'predicted': low, **scores}


def _f_of(found, of_mask=None):
    """F of a map of zeros and ones: everything at t = 0, the mask above."""
    everything = f_score(found['some'], found['pixels'], found['some'])
    return {'f_curve': np.stack([everything, everything if of_mask is None else of_mask], 1)}
