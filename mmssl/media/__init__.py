"""Pictures and sound on one clock.

Plain functions on arrays; nothing here knows a registry or a config.

- :mod:`video`: frames at given times, picture files; by :mod:`pyav_frames` or :mod:`decord_frames`
- :mod:`pictures`: from a decoded frame to an upright picture of any size
- :mod:`joined`: recordings that were joined byte by byte
- :mod:`audio`: samples between given times
- :mod:`clip`: both together, from files or arrays
- :mod:`isolation`: clips that are read in another process, which may crash
- :mod:`cached_clip`: decoded clips that are kept on disk
- :mod:`logmel`: what the audio network reads
- :mod:`writer`: video files with sound
- :mod:`remux`: drawing on a video, its sound kept
- :mod:`playable`: clips that a browser plays
- :mod:`prepare`: small copies for training
- :mod:`diagnosis`: what is wrong with a clip, by :mod:`stream_facts`, told as :mod:`verdict`
- :mod:`files`: errors, files written whole; :mod:`journal`: results that survive a kill
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
