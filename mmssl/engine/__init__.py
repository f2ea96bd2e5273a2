"""Hooks and optimizer wrappers."""

from .epoch_seed_hook import EpochSeedHook
from .localization_visualization_hook import LocalizationVisualizationHook
from .optim_wrapper import Bf16OptimWrapper
from .progress_hook import ProgressHook
from .skipped_clips_hook import SkippedClipsHook

__all__ = [
    'Bf16OptimWrapper',
    'EpochSeedHook',
    'LocalizationVisualizationHook',
    'ProgressHook',
    'SkippedClipsHook',
]
