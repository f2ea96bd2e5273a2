"""MMEngine's runner and its parts: hooks, the optimizer wrapper and the log.

- :mod:`runner`: the runner
- :mod:`checks`: settings that contradict each other, compared before the first step
- :mod:`epoch_seed_hook`: randomness that a resumed training repeats
- :mod:`skipped_clips_hook`, :mod:`missing_clips_hook`: clips that could not be read
- :mod:`cache_clips_hook`: clips decoded before training begins
- :mod:`share_cores_hook`: fewer threads while other programs need cores
- :mod:`keep_memory_hook`: freed memory that stays in the process
- :mod:`evaluating`: evaluation mode for a while
- :mod:`localization_visualization_hook`: pictures of samples
- :mod:`progress_hook`: a bar for long tests
- :mod:`optim_wrapper`, :mod:`precision`: bfloat16 or float32
- :mod:`log`: a short log
"""

from .cache_clips_hook import CacheClipsHook
from .epoch_seed_hook import EpochSeedHook
from .keep_memory_hook import KeepMemoryHook, keep_freed_memory
from .localization_visualization_hook import LocalizationVisualizationHook
from .log import LogProcessor
from .missing_clips_hook import MissingClipsHook
from .optim_wrapper import MixedPrecisionOptimWrapper
from .progress_hook import ProgressHook
from .runner import Runner
from .share_cores_hook import ShareCoresHook
from .skipped_clips_hook import SkippedClipsHook

__all__ = [
    'CacheClipsHook',
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
