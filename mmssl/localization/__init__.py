"""From features to maps, and from maps to moments and boxes.

- :mod:`attention`: maps from features of sound and picture, in named modes
- :mod:`soft_attention`: the attention and the losses of the CVPR 2018 localizer
- :mod:`contrastive`: training losses of published localizers
- :mod:`picture_transform`: geometric transformations of pictures and of their maps
- :mod:`moments`: the best steps of a clip
- :mod:`boxes`: boxes from maps
- :mod:`likeness`: the maps of two methods compared
- :mod:`overlaps`: a detector's boxes compared with sounding objects
"""

from .attention import (
    ATTENTION_MODES,
    AttentionInputs,
    attention_maps,
    pool_over_time,
    require_attention,
)
from .boxes import BoxRule, ScoredBox, boxes_from_map
from .likeness import map_correlation
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
    'map_correlation',
    'pool_over_time',
    'require_attention',
    'select_moments',
    'touches',
]
