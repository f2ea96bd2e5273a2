"""MMEngine metrics over the functional core."""

from .sound_localization_metric import SoundLocalizationMetric

__all__ = ['SoundLocalizationMetric']
