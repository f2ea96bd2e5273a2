"""What is done with features and maps.

- :mod:`attention`: maps from features
- :mod:`moments`: the best steps of a clip
- :mod:`boxes`: boxes from maps
"""

from .attention import ATTENTION_MODES, AttentionInputs, attention_maps, pool_over_time
from .boxes import BoxRule, ScoredBox, boxes_from_map
from .moments import MOMENT_SCORES, MomentRule, StepEvidence, best_steps, select_moments

__all__ = [
    'ATTENTION_MODES',
    'MOMENT_SCORES',
    'AttentionInputs',
    'BoxRule',
    'MomentRule',
    'ScoredBox',
    'StepEvidence',
    'attention_maps',
    'best_steps',
    'boxes_from_map',
    'pool_over_time',
    'select_moments',
]
