"""Parts of MMEngine's runner: hooks, the optimizer wrapper and the log.

- :mod:`epoch_seed_hook`: randomness that a resumed training repeats
- :mod:`skipped_clips_hook`: clips that could not be read
- :mod:`cache_clips_hook`: clips decoded before training begins
- :mod:`share_cores_hook`: fewer threads while other programs need cores
- :mod:`keep_memory_hook`: freed memory that stays in the process
- :mod:`check_classes_hook`: classes of head and data set, compared before the first step
- :mod:`localization_visualization_hook`: pictures of samples
- :mod:`progress_hook`: a bar for long tests
- :mod:`optim_wrapper`, :mod:`precision`: bfloat16 or float32
- :mod:`log`: a short log
"""

from .cache_clips_hook import CacheClipsHook
from .check_classes_hook import CheckClassesHook
from .epoch_seed_hook import EpochSeedHook
from .keep_memory_hook import KeepMemoryHook, keep_freed_memory
from .localization_visualization_hook import LocalizationVisualizationHook
from .log import LogProcessor, Runner
from .missing_clips_hook import MissingClipsHook
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
    'MissingClipsHook',
    'MixedPrecisionOptimWrapper',
    'ProgressHook',
    'Runner',
    'ShareCoresHook',
    'SkippedClipsHook',
    'keep_freed_memory',
]
