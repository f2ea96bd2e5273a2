"""Localization metrics as plain functions on batches.

Conventions: maps are float ``(B, h, w)``, higher means more likely; masks are
bool ``(B, 224, 224)``; boxes are xyxy fractions of the full frame. No argument
is changed. Every formula stands here once.

- :mod:`ground_truth`: boxes to masks
- :mod:`prediction`: maps to the evaluation grid, thresholding rules
- :mod:`scores`: cIoU, its success rate and AUC, pointing
- :mod:`reference`: what needs no model: priors and ceiling
"""

from .ground_truth import GRID, boxes_to_mask
from .prediction import adaptive_rule, half_rule, normalize, upsample
from .reference import best_possible, centre_map
from .scores import THRESHOLDS, auc, ciou, pointing, success_rate

__all__ = [
    'GRID',
    'THRESHOLDS',
    'adaptive_rule',
    'auc',
    'best_possible',
    'boxes_to_mask',
    'centre_map',
    'ciou',
    'half_rule',
    'normalize',
    'pointing',
    'success_rate',
    'upsample',
]
