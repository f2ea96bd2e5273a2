"""Networks, recognizers and heads.

- :mod:`audio_conv_net`: Table 1a of the paper's supplement
- :mod:`audio_visual_recognizer`: two backbones and a head
- :mod:`audio_visual_head`: class scores of sound, picture and both, and maps
- :mod:`attention_localizer`, :mod:`attention_head`: the CVPR 2018 localizer
- :mod:`pair_localizer`, :mod:`similarity_head`: published localizers of one picture
- :mod:`map_head`: the base of heads that give maps without classes
- :mod:`open_vocabulary`: localization by words, without training
- :mod:`audio_distiller`: distillation of a vision network into an audio network
- :mod:`clip_preprocessor`: normalization
- :mod:`object_prior`: maps of objects by an image classifier
- :mod:`readable`: tests of batches with unreadable clips
- :mod:`fusion`: batch normalization merged into convolutions, for inference
- :mod:`features`: features and data samples between networks and heads
- :mod:`checkpoint_names`: names of weights in torchvision and MMAction2
- :mod:`checkpoint_parts`: parts of a checkpoint; :mod:`checkpoint_families`: its likely origin
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
from .open_vocabulary import OpenVocabularyLocalizer
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
    'OpenVocabularyLocalizer',
    'PairLocalizer',
    'SimilarityHead',
]
