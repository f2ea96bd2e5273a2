"""Networks, recognizer and head.

- :class:`AudioConvNet`: Table 1a of the paper's supplement
- :class:`AudioVisualRecognizer`: two backbones and a head
- :class:`AudioVisualHead`: class scores of sound, picture and both; the maps
- :mod:`checkpoint_names`: torchvision's ``mc3_18`` to MMAction2's names
"""

from .audio_conv_net import AudioConvNet
from .audio_visual_head import AudioVisualHead
from .audio_visual_recognizer import AudioVisualRecognizer

__all__ = ['AudioConvNet', 'AudioVisualHead', 'AudioVisualRecognizer']
