"""Protocols, which score samples and compute metrics from all scores.

A protocol is one class in one module, see :mod:`base`. To add a protocol, write such a
class and decorate it with :func:`register`; ``docs/how_to/extend.md`` has an example.

- :mod:`base`: the interface of every protocol
- :mod:`registry`: protocols by name, with checked numbers
- :mod:`overlap`, :mod:`areas`: shared parts of several protocols
- :mod:`vggss`, :mod:`flickr_soundnet`, :mod:`interactive`: boxes at an instant
- :mod:`extended`, :mod:`negative_audio`, :mod:`video`: sounding and silent samples
- :mod:`avsbench`: masks
"""

from .avsbench import AvsBench
from .base import Batch, Columns, Protocol
from .extended import Extended
from .flickr_soundnet import FlickrSoundNet
from .interactive import Interactive
from .negative_audio import NegativeAudio
from .overlap import Overlap, SoundingOverlap, add_ciou
from .registry import METRICS, PROTOCOLS, make_protocol, names_with, register
from .vggss import VggSs
from .video import Video

for _protocol in (VggSs, FlickrSoundNet, Interactive, Extended, AvsBench, NegativeAudio, Video):
    register(_protocol)

__all__ = [
    'METRICS',
    'PROTOCOLS',
    'Batch',
    'Columns',
    'Overlap',
    'Protocol',
    'SoundingOverlap',
    'add_ciou',
    'make_protocol',
    'names_with',
    'register',
]
