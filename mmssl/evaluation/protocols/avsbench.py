"""``avsbench``: pixel masks (Zhou et al., ECCV 2022), mIoU, and F at the best threshold.

Truths are masks of any size, and each map is enlarged to this size. The prediction is
``p > sort(p)[N // 2]`` under every preset, or ``p > t`` with a threshold.
"""

import numpy as np

from .. import functional as F
from ..functional.avsbench import f_score
from ..functional.rules import half_threshold
from ..functional.scores import Array, count
from ..table import Table
from .base import Batch, Columns, Protocol


class AvsBench(Protocol):
    """AVSBench; every sample has the same weight."""

    name = 'avsbench'
    metric_names = ('miou', 'f_score')
    columns = ('predicted', 'miou', 'centre_disc/miou', 'centre_disc/f')
    curves = {'f_curve': len(F.F_THRESHOLDS)}
    follows_preset = False
    takes_threshold = True
    no_page = 'its truths are masks, and it has no cIoU'

    def read_truth(self, truth: Array) -> np.ndarray:
        """A mask of any size, bool ``(H, W)``."""
        return F.check_mask(np.asarray(truth))

    def score(self, batch: Batch) -> Columns:
        """IoU of the prediction and of the centre disc, and F at all thresholds."""
        p, truth = batch.p, batch.truth
        threshold = half_threshold(p) if self.threshold is None else self.threshold
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

    def tabulate(self, table: Table, columns: Columns) -> None:
        """Mean IoU of all samples, and the mean F curve of the samples with true pixels."""
        table.mean('miou', columns['miou'])
        table.best_of_curve('f_score', columns['f_curve'], columns['some'] > 0)

    def centre_disc(self, columns: Columns) -> Columns:
        """IoU and F of the disc."""
        curve = _f_of(columns, columns['centre_disc/f'])
        return {**self.kept(columns, 'predicted'), 'miou': columns['centre_disc/miou'], **curve}

    def whole_frame(self, columns: Columns) -> Columns:
        """IoU and F of a prediction of the whole frame."""
        pixels = columns['pixels']
        miou = columns['some'] / (pixels + 1e-7)
        return {**self.kept(columns), 'predicted': pixels, 'miou': miou, **_f_of(columns)}

    def noise(self, columns: Columns, seed: int) -> Columns:
        """IoU and F of independent pixels, as many as the rule predicts."""
        some, pixels, sizes = columns['some'], columns['pixels'], self.noise_sizes(columns)
        met, _ = F.noise_overlap(some, columns['full'], sizes, pixels, seed)
        union = np.where(some > 0, some + sizes - met, pixels)
        miou = np.where(some > 0, met, pixels - sizes) / (union + 1e-7)
        scores = {'miou': miou, **_f_of(columns, f_score(met, sizes, some))}
        return {**self.kept(columns, 'predicted'), **scores}

    def ceiling(self, columns: Columns) -> Columns:
        """IoU of the best masks with as many pixels as the rule predicts; F of the truth."""
        some, pixels = columns['some'], columns['pixels']
        low, high = self.predicted_sizes(pixels)
        size = np.clip(some, low, high)
        union = np.where(some > 0, np.maximum(some, size), pixels)
        miou = np.where(some > 0, np.minimum(some, size), pixels - size) / (union + 1e-7)
        scores = {'miou': miou, **_f_of(columns, f_score(some, some, some))}
        return {**self.kept(columns), 'predicted': low, **scores}


def _f_of(columns: Columns, of_mask: np.ndarray | None = None) -> Columns:
    """F of a binary map: the whole frame at t = 0, the mask at higher thresholds."""
    everything = f_score(columns['some'], columns['pixels'], columns['some'])
    return {'f_curve': np.stack([everything, everything if of_mask is None else of_mask], 1)}
