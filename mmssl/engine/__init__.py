"""MMEngine's runner and its parts: hooks, the optimizer wrapper and the log.

- :mod:`runner`: the runner
- :mod:`checks`: settings that contradict each other, checked before the first step
- :mod:`epoch_seed_hook`: randomness that a resumed training repeats
- :mod:`skipped_clips_hook`, :mod:`missing_clips_hook`: unreadable clips
- :mod:`describe_data_hook`: summary of the training data, and duration of an epoch
- :mod:`class_report_hook`: accuracies of classes and heads
- :mod:`cache_clips_hook`: clips decoded before training begins
- :mod:`share_cores_hook`: fewer threads while other programs need cores
- :mod:`keep_memory_hook`: freed memory that stays in the process
- :mod:`evaluating`: evaluation mode within a block
- :mod:`localization_visualization_hook`: pictures of samples
- :mod:`progress_hook`: a bar for long tests
- :mod:`step_train_loop`: training for a number of steps, independent of the number of clips
- :mod:`optim_wrapper`, :mod:`precision`: bfloat16 or float32
- :mod:`log`: a short log
"""

from .cache_clips_hook import CacheClipsHook
from .class_report_hook import ClassReportHook
from .describe_data_hook import DescribeDataHook
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
from .step_train_loop import StepTrainLoop

__all__ = [
    'CacheClipsHook',
    'ClassReportHook',
    'DescribeDataHook',
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
    'StepTrainLoop',
    'keep_freed_memory',
]
