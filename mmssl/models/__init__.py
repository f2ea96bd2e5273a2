"""Networks, recognizer and head.

- :class:`AudioConvNet`: Table 1a of the paper's supplement
- :class:`AudioVisualRecognizer`: two backbones and a head
- :class:`AudioVisualHead`: class scores of sound, picture and both; the maps
- :class:`AttentionLocalizer`, :class:`AttentionHead`: the CVPR 2018 localizer
- :class:`PairLocalizer`, :class:`SimilarityHead`: published localizers of one picture
- :class:`AudioDistiller`, :class:`DistillationHead`: an audio network taught by a vision network
- :class:`ClipPreprocessor`: normalization
- :class:`ObjectPrior`: where an image classifier sees an object
- :mod:`checkpoint_names`: torchvision's ``mc3_18`` to MMAction2's names
- :mod:`checkpoint_parts`: one part of a checkpoint
- :mod:`released`: files that authors of published localizers released
"""

from .attention_head import AttentionHead
from .attention_localizer import AttentionLocalizer
from .audio_conv_net import AudioConvNet
from .audio_distiller import AudioDistiller, DistillationHead
from .audio_visual_head import AudioVisualHead
from .audio_visual_recognizer import AudioVisualRecognizer
from .clip_preprocessor import ClipPreprocessor
from .object_prior import ObjectPrior
from .pair_localizer import PairLocalizer
from .similarity_head import SimilarityHead

__all__ = [
    'AttentionHead',
    'AttentionLocalizer',
    'AudioConvNet',
    'AudioDistiller',
    'AudioVisualHead',
    'AudioVisualRecognizer',
    'ClipPreprocessor',
    'DistillationHead',
    'ObjectPrior',
    'PairLocalizer',
    'SimilarityHead',
]
