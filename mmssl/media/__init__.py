"""Pictures and sound on one clock.

This package has plain functions on arrays and uses neither a registry nor a config.

- :mod:`clip`: pictures and sound together, from files or arrays
- :mod:`video`: frames at given times, picture files; by :mod:`pyav_frames` or :mod:`decord_frames`
- :mod:`pictures`: from a decoded frame to an upright picture of any size
- :mod:`audio`: samples between given times
- :mod:`joined`: recordings that were joined byte by byte
- :mod:`repairs`: repairs made while a clip is read
- :mod:`isolation`: clips that are read in another process, which may crash
- :mod:`cached_clip`: decoded clips that are kept on disk
- :mod:`logmel`: the input of the audio network
- :mod:`spectrogram`: the inputs of published localizers
- :mod:`writer`: video files with sound
- :mod:`remux`: drawing on a video, its sound kept; :mod:`planar`: on planes of luma and chroma
- :mod:`playable`: clips that a browser plays
- :mod:`prepare`: small copies for training
- :mod:`diagnosis`: the first fault of a clip, from :mod:`stream_facts`, as a :mod:`verdict`
- :mod:`paths`: kinds of paths that options name
- :mod:`files`: errors, atomic writes; :mod:`journal`: results that survive a kill
"""

from ..clock import STEPS_PER_SECOND, step_at, step_centre, step_centres, steps_at, steps_in
from .audio import SAMPLE_RATE, read_sound
from .cached_clip import CachedClip
from .clip import ArrayClip, Clip
from .files import MediaError
from .isolation import open_clip
from .logmel import log_mel, log_mel_chunks
from .video import frames_at, open_frames
from .writer import write_video

__all__ = [
    'SAMPLE_RATE',
    'STEPS_PER_SECOND',
    'ArrayClip',
    'CachedClip',
    'Clip',
    'MediaError',
    'frames_at',
    'log_mel',
    'log_mel_chunks',
    'open_clip',
    'open_frames',
    'read_sound',
    'step_at',
    'step_centre',
    'step_centres',
    'steps_at',
    'steps_in',
    'write_video',
]
