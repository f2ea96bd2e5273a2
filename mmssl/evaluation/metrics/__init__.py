"""MMEngine metrics over the functional core."""

from .dump_maps import DumpMaps
from .sound_localization_metric import SoundLocalizationMetric

__all__ = ['DumpMaps', 'SoundLocalizationMetric']
