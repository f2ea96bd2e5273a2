"""Data that rooms pass to each other.

- :mod:`localization_data_sample`: one sample with its ground truth and its predictions
- :mod:`step_predictions`: maps and class scores of every step
"""

from .localization_data_sample import LocalizationDataSample, map_at
from .step_predictions import StepPredictions, clip_scores

__all__ = ['LocalizationDataSample', 'StepPredictions', 'clip_scores', 'map_at']
