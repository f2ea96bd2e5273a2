"""Hooks and optimizer wrappers."""

from .cache_clips_hook import CacheClipsHook
from .epoch_seed_hook import EpochSeedHook
from .localization_visualization_hook import LocalizationVisualizationHook
from .optim_wrapper import Bf16OptimWrapper
from .progress_hook import ProgressHook
from .share_cores_hook import ShareCoresHook
from .skipped_clips_hook import SkippedClipsHook

__all__ = [
    'Bf16OptimWrapper',
    'CacheClipsHook',
    'EpochSeedHook',
    'LocalizationVisualizationHook',
    'ProgressHook',
    'ShareCoresHook',
    'SkippedClipsHook',
]
