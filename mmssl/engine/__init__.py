"""Hooks and optimizer wrappers."""

from .cache_clips_hook import CacheClipsHook
from .check_classes_hook import CheckClassesHook
from .epoch_seed_hook import EpochSeedHook
from .keep_memory_hook import KeepMemoryHook, keep_freed_memory
from .localization_visualization_hook import LocalizationVisualizationHook
from .optim_wrapper import MixedPrecisionOptimWrapper
from .progress_hook import ProgressHook
from .share_cores_hook import ShareCoresHook
from .skipped_clips_hook import SkippedClipsHook

__all__ = [
    'CacheClipsHook',
    'CheckClassesHook',
    'EpochSeedHook',
    'KeepMemoryHook',
    'LocalizationVisualizationHook',
    'MixedPrecisionOptimWrapper',
    'ProgressHook',
    'ShareCoresHook',
    'SkippedClipsHook',
    'keep_freed_memory',
]
