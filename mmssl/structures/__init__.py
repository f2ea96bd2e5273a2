"""The data sample of sound source localization."""

from .localization_data_sample import LocalizationDataSample, map_at

__all__ = ['LocalizationDataSample', 'map_at']
