"""What is done with features and maps: attention, and boxes from maps."""

from .attention import ATTENTION_MODES, AttentionInputs, attention_maps, pool_over_time
from .boxes import box_from_map

__all__ = [
    'ATTENTION_MODES',
    'AttentionInputs',
    'attention_maps',
    'box_from_map',
    'pool_over_time',
]
