"""Data sets and pipeline steps, built from configs.

- :mod:`annotations`: readers of published annotation files
- :mod:`audio_visual_dataset`: the data set
- :mod:`transforms`: from file names to the model's inputs
"""

from .audio_visual_dataset import AudioVisualDataset
from .transforms import DecodeClip, LogMel, OpenClip, PackAudioVisualInputs, SelectMoment

__all__ = [
    'AudioVisualDataset',
    'DecodeClip',
    'LogMel',
    'OpenClip',
    'PackAudioVisualInputs',
    'SelectMoment',
]
