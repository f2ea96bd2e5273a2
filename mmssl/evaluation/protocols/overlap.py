"""Shared code of the protocols that score one prediction per map by its cIoU.

- :class:`Overlap`: cIoU under the preset's rule, or a threshold, with its references
- :class:`SoundingOverlap`: the same for sounding and silent samples
- :func:`add_ciou`: metrics of cIoUs
"""

from typing import ClassVar

import numpy as np

from .. import functional as F
from ..functional.scores import SUCCESS, count
from ..table import Table
from .base import Batch, Columns, Protocol

#: Names of the columns of :func:`add_ciou`.
CIOU = ('ciou', 'auc', 'mean_ciou')


def add_ciou(
    table: Table, scores: np.ndarray, chosen: np.ndarray | None = None, suffix: str = ''
) -> None:
    """Add success rate, AUC and mean of cIoUs to a table.

    Args:
        table: Table to change in place.
        scores: cIoU of every sample, ``(n,)``.
        chosen: Bool ``(n,)``, the samples that count; all by default.
        suffix: Suffix of the metrics' names.
    """
    table.mean(f'ciou{suffix}', scores >= SUCCESS, chosen)
    table.mean(f'auc{suffix}', F.areas_above(scores), chosen)
    table.mean(f'mean_ciou{suffix}', scores, chosen)


class Overlap(Protocol):
    """cIoU of one prediction per map; truths are boxes, or masks of 224 x 224."""

    columns: ClassVar[tuple[str, ...]] = ('predicted', 'ciou', 'centre_disc/ciou')
    no_page: ClassVar[str | None] = None

    def score(self, batch: Batch) -> Columns:
        """``predicted``, ``ciou`` and ``centre_disc/ciou`` of every sample."""
        predicted = F.predict(batch.p, self.preset, self.threshold)
        area = count(predicted)
        discs = self.discs(area, batch.truth.shape[1:])
        return {
            'predicted': area,
            'ciou': F.ciou(predicted, batch.truth, area, batch.some),
            'centre_disc/ciou': F.ciou(discs, batch.truth, size=batch.some),
        }

    def whole_frame(self, columns: Columns) -> Columns:
        """``predicted`` and ``ciou`` of a prediction of the whole frame."""
        some, full, pixels = columns['some'], columns['full'], columns['pixels']
        ciou = F.ciou_of_counts(some, full, some, full, pixels)
        return {**self.kept(columns), 'predicted': pixels, 'ciou': ciou}

    def noise(self, columns: Columns, seed: int) -> Columns:
        """``ciou`` of independent pixels, as many as the rule predicts."""
        ciou = ciou_of_noise(columns, self.noise_sizes(columns), seed)
        return {**self.kept(columns, 'predicted'), 'ciou': ciou}

    def ceiling(self, columns: Columns) -> Columns:
        """``ciou`` of the best masks with as many pixels as the rule predicts."""
        low, high = self.predicted_sizes(columns['pixels'])
        ciou = F.best_of_counts(columns['some'], columns['full'], low, high)
        return {**self.kept(columns), 'predicted': low, 'ciou': ciou}


def ciou_of_noise(columns: Columns, sizes: np.ndarray, seed: int) -> np.ndarray:
    """cIoU of noise that predicts ``sizes`` pixels, float64 ``(n,)``."""
    some, full = columns['some'], columns['full']
    met, met_full = F.noise_overlap(some, full, sizes, columns['pixels'], seed)
    return F.ciou_of_counts(met, met_full, some, full, sizes)


class SoundingOverlap(Overlap):
    """cIoU of sounding samples, and the predicted area of all samples."""

    needs_sounding = True

    def per_sample(self, columns: Columns) -> Columns:
        """cIoU (NaN if nothing sounds), ``sounding``, ``pia`` (predicted share)."""
        report = super().per_sample(columns)
        report['sounding'] = columns['sounding'] > 0
        report['ciou'][~report['sounding']] = np.nan
        report['pia'] = columns['predicted'] / columns['pixels']
        return report
