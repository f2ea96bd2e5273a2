"""One clip: pictures and sound of a file, or of two files, on one clock.

A window that reaches beyond the end of the clip is filled by *repeating the
clip in time*, picture and sound together: nothing is invented, and both stay
in step. A clip shorter than :data:`SHORTEST` is refused.
"""

import math

import numpy as np

from ..clock import STEPS_PER_SECOND
from ..files import StrPath
from .audio import SAMPLE_RATE, Sound, decode_sound
from .files import MediaError
from .joined import Span
from .pictures import Size
from .repairs import Repairs
from .video import DECODER, FrameReader, FramesInMemory, frames_at, open_frames

#: Seconds that a clip must have at least.
SHORTEST = 0.5
#: Largest amplitude, in [0, 1], that still counts as silence.
SILENCE = 1e-3


class Clip:
    """Random access to the pictures and the sound of a clip.

    Args:
        video: File with the pictures.
        audio: File with the sound; the video file itself if ``None``.
        decoder: Decoder of the pictures, ``'pyav'`` or ``'decord'``.
        span: Start and end in seconds of the part of a recording that is the clip; the end may be
            infinite. Times of the clip count from its start, and what lies outside is neither
            decoded nor, where the container can be sought in, read.

    Raises:
        MediaError: If a file cannot be read or the clip is too short.
        ValueError: If the decoder is unknown or not installed, or the part has no length.
    """

    def __init__(
        self,
        video: StrPath,
        audio: StrPath | None = None,
        decoder: str = DECODER,
        span: Span | None = None,
    ) -> None:
        start, end = span or (0.0, math.inf)
        if not 0 <= start < end:
            raise ValueError(f'span is {span}, expected start and end, 0 <= start < end')
        reader = open_frames(video, decoder, span)
        end = min(end, reader.end)
        # A sound that goes on for hours after the pictures is of no use.
        sound = decode_sound(audio or video, until=end, since=start)
        self._take(video, reader, sound, start, end)

    def _take(
        self, name: StrPath, reader: FrameReader, sound: Sound, start: float, end: float
    ) -> None:
        self._reader, self._samples, self._sound_repairs = reader, sound.samples, sound.repairs
        self._start = start
        #: Start and length of each silence that was filled in, in seconds of the file.
        self.gaps = sound.gaps
        #: Seconds for which there are both pictures and sound.
        self.duration = min(end - start, len(sound.samples) / SAMPLE_RATE)
        if self.duration < SHORTEST:
            behind = f' after {start:g} s' if start else ''
            raise MediaError(
                f'{name}: pictures and sound share {max(0.0, self.duration):.2f} s{behind}, '
                f'expected at least {SHORTEST} s'
            )

    @property
    def mended(self) -> Repairs:
        """What was mended to read it; of pictures, those that were read so far."""
        return self._sound_repairs + self._reader.repairs

    @property
    def repairs(self) -> tuple[str, ...]:
        """What was mended to read it, in words."""
        return self.mended.words()

    @property
    def video_end(self) -> float:
        """End of the pictures in seconds; infinite where one is shown at all times."""
        return self._reader.end - self._start

    @property
    def is_still(self) -> bool:
        """Whether one picture is shown at all times."""
        return math.isinf(self.video_end)

    @property
    def peak(self) -> float:
        """Largest amplitude of the sound, in [0, 1]."""
        samples = self._samples[: round(self.duration * SAMPLE_RATE)]
        return float(max(samples.max(), -samples.min()))

    def frames(self, times: np.ndarray, size: Size | None = None) -> list[np.ndarray]:
        """uint8 RGB frames at ``times`` (seconds), as a player shows them."""
        return frames_at(self._reader, self._start + np.asarray(times) % self.duration, size)

    def samples(self, start: float, duration: float) -> np.ndarray:
        """float32 samples of ``[start, start + duration)`` at 16 kHz, mono."""
        return window(self._samples, start, duration, self.duration)


class ArrayClip(Clip):
    """A clip that is in memory already.

    Args:
        frames: uint8 RGB ``(T, H, W, 3)``, ten a second: frame i is shown in
            ``[0.1 i, 0.1 (i + 1))``.
        samples: float32 ``(S,)`` in [-1, 1] at 16 kHz, mono.

    Raises:
        ValueError: If a shape or a type is another, or the clip is too short.
    """

    def __init__(self, frames: np.ndarray, samples: np.ndarray) -> None:
        if frames.ndim != 4 or frames.shape[3] != 3 or frames.dtype != np.uint8:
            raise ValueError(
                f'frames have shape {frames.shape} and type {frames.dtype}, '
                'expected uint8 (T, H, W, 3)'
            )
        if samples.ndim != 1 or samples.dtype != np.float32:
            raise ValueError(
                f'samples have shape {samples.shape} and type {samples.dtype}, '
                'expected float32 (S,) at 16 kHz; average the channels of stereo sound'
            )
        ends = np.arange(1, len(frames) + 1) / STEPS_PER_SECOND
        reader = FramesInMemory(frames, ends)
        self._take('arrays', reader, Sound(samples), 0.0, reader.end)


def window(samples: np.ndarray, start: float, duration: float, clip_duration: float) -> np.ndarray:
    """Samples ``(S,)`` of ``[start, start + duration)`` seconds of a clip that is repeated.

    Raises:
        ValueError: If the start is negative.
    """
    if start < 0:
        raise ValueError(f'start is {start} s, expected at least 0')
    usable = round(clip_duration * SAMPLE_RATE)
    first = round(start * SAMPLE_RATE)
    count = round(duration * SAMPLE_RATE)
    if first + count <= usable:
        return np.array(samples[first : first + count])
    return samples[np.arange(first, first + count) % usable]
