"""Data sets and pipeline steps, built from configs.

- :mod:`annotations`: readers of published annotation files
- :mod:`forms`: from annotation files to samples
- :mod:`audio_visual_dataset`: the data set
- :mod:`transforms`: from file names to the model's inputs
"""

from .audio_visual_dataset import AudioVisualDataset
from .transforms import DecodeClip, LoadMask, LogMel, OpenClip, PackAudioVisualInputs, SelectMoment

__all__ = [
    'AudioVisualDataset',
    'DecodeClip',
    'LoadMask',
    'LogMel',
    'OpenClip',
    'PackAudioVisualInputs',
    'SelectMoment',
]
