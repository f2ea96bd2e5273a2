"""MMEngine metrics over the functional core."""

from .clip_miner import ClipMiner
from .distillation_metric import DistillationMetric
from .dump_maps import DumpMaps
from .sound_localization_metric import SoundLocalizationMetric

__all__ = ['ClipMiner', 'DistillationMetric', 'DumpMaps', 'SoundLocalizationMetric']
