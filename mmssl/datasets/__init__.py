"""Data sets and transforms, built from configs.

- :mod:`annotations`: readers of published annotation files
- :mod:`forms`: from annotation files to samples
- :mod:`published_forms`, :mod:`labelled_forms`, :mod:`folder_forms`, :mod:`own_forms`: the forms;
  :mod:`own_boxes`: boxes of the user's clips
- :mod:`audio_visual_dataset`: the data set
- :mod:`transforms`: from file names to the model's inputs
- :mod:`pair_transforms`: a picture and the sound around it, for published localizers
- :mod:`sparse_transforms`: few instants of a clip, for large networks
- :mod:`load_truth`: boxes and masks
- :mod:`window_pipeline`: the same steps for a clip without annotations
- :mod:`color_jitter`: random colours
- :mod:`shares`: shares of a collection, drawn by name
"""

from . import folder_forms, labelled_forms, own_forms, published_forms
from .audio_visual_dataset import AudioVisualDataset
from .color_jitter import ColorJitter
from .load_truth import LoadBoxes, LoadMask
from .pair_transforms import (
    DecodePairs,
    MaskSpectrograms,
    PairSpectrograms,
    PillowResize,
    RandomBlur,
    TensorResize,
)
from .sparse_transforms import DecodeSparse
from .transforms import DecodeClip, LogMel, OpenClip, PackAudioVisualInputs, SelectMoment
from .window_pipeline import WindowPipeline

__all__ = [
    'AudioVisualDataset',
    'ColorJitter',
    'DecodeClip',
    'DecodePairs',
    'DecodeSparse',
    'LoadBoxes',
    'LoadMask',
    'LogMel',
    'MaskSpectrograms',
    'OpenClip',
    'PackAudioVisualInputs',
    'PairSpectrograms',
    'PillowResize',
    'RandomBlur',
    'SelectMoment',
    'TensorResize',
    'WindowPipeline',
    'folder_forms',
    'labelled_forms',
    'own_forms',
    'published_forms',
]
