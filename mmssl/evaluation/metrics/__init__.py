"""MMEngine metrics over the functional core.

- :mod:`sound_localization_metric`: every protocol, with priors, ceiling and intervals
- :mod:`vggsounder_metric`: clips with several audible or visible labels
- :mod:`clip_miner`: moments and pseudo boxes
- :mod:`dump_maps`: maps to files
- :mod:`distillation_metric`: a distilled audio network against its teacher
- :mod:`missing`: samples that could not be evaluated
"""

from .clip_miner import ClipMiner
from .distillation_metric import DistillationMetric
from .dump_maps import DumpMaps
from .sound_localization_metric import SoundLocalizationMetric
from .vggsounder_metric import VGGSounderMetric

__all__ = [
    'ClipMiner',
    'DistillationMetric',
    'DumpMaps',
    'SoundLocalizationMetric',
    'VGGSounderMetric',
]
