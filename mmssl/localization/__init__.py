"""What is done with features and maps.

- :mod:`attention`: maps from features
- :mod:`moments`: the best steps of a clip
- :mod:`boxes`: boxes from maps
- :mod:`overlaps`: what a detector makes of a sounding object
"""

from .attention import ATTENTION_MODES, AttentionInputs, attention_maps, pool_over_time
from .boxes import BoxRule, ScoredBox, boxes_from_map
from .moments import MOMENT_SCORES, MomentRule, StepEvidence, best_steps, select_moments
from .overlaps import CATEGORIES, OverlapRule, box_iou, categorize, containment, touches

__all__ = [
    'ATTENTION_MODES',
    'CATEGORIES',
    'MOMENT_SCORES',
    'AttentionInputs',
    'BoxRule',
    'MomentRule',
    'OverlapRule',
    'ScoredBox',
    'StepEvidence',
    'attention_maps',
    'best_steps',
    'box_iou',
    'boxes_from_map',
    'categorize',
    'containment',
    'pool_over_time',
    'select_moments',
    'touches',
]
