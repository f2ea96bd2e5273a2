"""Localization metrics as plain functions on batches.

Conventions: maps are float ``(B, h, w)``, higher means more likely; masks are bool
``(B, 224, 224)``; boxes are xyxy fractions of the full frame. Arrays are numpy's, tensors are
accepted. Functions do not change their arguments. Every formula exists only once, here.

- :mod:`ground_truth`: boxes to masks and weights
- :mod:`resize`: maps to the evaluation grid, normalization
- :mod:`presets`: published conversions of a map to a prediction
- :mod:`rules`: thresholds, exact order statistics
- :mod:`scores`: cIoU, its success rate and AUC, pointing
- :mod:`interactive`, :mod:`extended`, :mod:`avsbench`, :mod:`negative_audio`, :mod:`video`:
  formulas of those protocols
- :mod:`confusion`: classification with one label per clip
- :mod:`multilabel`: classification of clips with several labels
- :mod:`fusion`: object-guided maps
- :mod:`failures`: kinds of failure, from the map and the truth
- :mod:`reference`: priors and ceiling, which need no model
- :mod:`bootstrap`: confidence intervals
"""

from .avsbench import F_THRESHOLDS, f_curves, f_of_masks, mask_iou
from .bootstrap import draws, interval
from .confusion import chance, class_accuracies, confusion_matrix, is_near_chance
from .extended import (
    SIZES,
    average_precision,
    exact_average_precision,
    max_f1,
    precision_recall,
    top_quarter_mean,
)
from .failures import KINDS, MapFacts, kind_of, map_facts
from .fusion import fuse, fuse_scaled
from .ground_truth import GRID, boxes_to_mask, boxes_to_weights, check_mask
from .interactive import group_index, lowest_of_groups
from .multilabel import (
    LABEL_AUCS,
    SET_SCORES,
    label_aucs,
    modality_confusion,
    set_scores,
    top_k,
)
from .negative_audio import f_of_aucs
from .presets import PRESETS, TAU, Preset, predict, prediction_values
from .reference import (
    NOISE_SEEDS,
    best_of_counts,
    best_possible,
    centre_discs,
    centre_map,
    ciou_of_counts,
    noise_overlap,
)
from .resize import invert_twice, normalize, resize, scale
from .rules import adaptive_rule, half_rule, order_statistics, select
from .scores import THRESHOLDS, areas_above, areas_below, auc, ciou, pointing, success_rate
from .video import sounding_steps, true_negatives

__all__ = [
    'F_THRESHOLDS', 'GRID', 'KINDS', 'LABEL_AUCS', 'NOISE_SEEDS', 'PRESETS', 'SET_SCORES', 'SIZES',
    'TAU', 'THRESHOLDS', 'MapFacts', 'Preset', 'adaptive_rule', 'areas_above', 'areas_below', 'auc',
    'average_precision', 'best_of_counts', 'best_possible', 'boxes_to_mask', 'boxes_to_weights',
    'centre_discs', 'centre_map', 'chance', 'check_mask', 'ciou', 'ciou_of_counts',
    'class_accuracies', 'confusion_matrix', 'draws',
    'exact_average_precision', 'f_curves', 'f_of_aucs', 'f_of_masks', 'fuse', 'fuse_scaled',
    'group_index', 'half_rule', 'interval', 'invert_twice', 'is_near_chance', 'kind_of',
    'label_aucs',
    'lowest_of_groups', 'map_facts', 'mask_iou', 'max_f1', 'modality_confusion', 'noise_overlap',
    'normalize', 'order_statistics', 'pointing', 'precision_recall', 'predict', 'prediction_values',
    'resize', 'scale', 'select', 'set_scores', 'sounding_steps', 'success_rate', 'top_k',
    'top_quarter_mean', 'true_negatives',
]  # fmt: skip
