"""Networks, recognizer and head.

- :class:`AudioConvNet`: Table 1a of the paper's supplement
- :class:`AudioVisualRecognizer`: two backbones and a head
- :class:`AudioVisualHead`: class scores of sound, picture and both; the maps
- :class:`ObjectPrior`: where an image classifier sees an object
- :mod:`checkpoint_names`: torchvision's ``mc3_18`` to MMAction2's names
"""

from .audio_conv_net import AudioConvNet
from .audio_visual_head import AudioVisualHead
from .audio_visual_recognizer import AudioVisualRecognizer
from .object_prior import ObjectPrior

__all__ = ['AudioConvNet', 'AudioVisualHead', 'AudioVisualRecognizer', 'ObjectPrior']
