"""Hooks, optimizer wrappers and the log."""

from .cache_clips_hook import CacheClipsHook
from .check_classes_hook import CheckClassesHook
from .epoch_seed_hook import EpochSeedHook
from .keep_memory_hook import KeepMemoryHook, keep_freed_memory
from .localization_visualization_hook import LocalizationVisualizationHook
from .log import LogProcessor, Runner
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
    'LogProcessor',
    'MixedPrecisionOptimWrapper',
    'ProgressHook',
    'Runner',
    'ShareCoresHook',
    'SkippedClipsHook',
    'keep_freed_memory',
]
