"""The data sample of sound source localization, and predictions of every step."""

from .localization_data_sample import LocalizationDataSample, map_at
from .step_predictions import StepPredictions

__all__ = ['LocalizationDataSample', 'StepPredictions', 'map_at']
