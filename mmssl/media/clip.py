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

#: Least duration of a clip in seconds.
SHORTEST = 0.5
#: Largest amplitude, in [0, 1], that still counts as silence.
SILENCE = 1e-3
#: Largest amplitude of samples in memory.
_LARGEST = 8


class Clip:
    """Random access to the pictures and the sound of a clip.

    Args:
        video: File with the pictures.
        audio: File with the sound; the video file itself if ``None``.
        decoder: Decoder of the pictures, ``'pyav'`` or ``'decord'``.
        span: Start and end in seconds of the part of a recording that is the clip; the end may be
            infinite. Times of the clip count from its start. The rest of the recording is neither
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
        # Sound for hours after the pictures is useless.
        sound = decode_sound(audio or video, until=end, since=start)
        self._take(video, reader, sound, start, end)

    def _take(
        self, name: StrPath, reader: FrameReader, sound: Sound, start: float, end: float
    ) -> None:
        self._reader, self._samples, self._sound_repairs = reader, sound.samples, sound.repairs
        self._start = start
        #: Start and length of each silence that was filled in, in seconds of the file.
        self.gaps = sound.gaps
        #: Seconds with both pictures and sound.
        self.duration = min(end - start, len(sound.samples) / SAMPLE_RATE)
        if self.duration < SHORTEST:
            behind = f' after {start:g} s' if start else ''
            raise MediaError(
                f'{name}: pictures and sound share {max(0.0, self.duration):.2f} s{behind}, '
                f'expected at least {SHORTEST} s'
            )

    @property
    def repair_counts(self) -> Repairs:
        """Repairs of the sound, and of the pictures that were read so far."""
        return self._sound_repairs + self._reader.repairs

    @property
    def repairs(self) -> tuple[str, ...]:
        """Repairs in words."""
        return self.repair_counts.words()

    @property
    def video_end(self) -> float:
        """End of the pictures in seconds; infinite for a still picture."""
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
        frames: uint8 RGB ``(T, H, W, 3)``; frame i is shown in ``[i / rate, (i + 1) / rate)``.
        samples: Float ``(S,)`` in [-1, 1] at 16 kHz, mono.
        rate: Frames a second.

    Raises:
        ValueError: If a shape, a type or a range is another, or the clip is too short.
    """

    def __init__(
        self, frames: np.ndarray, samples: np.ndarray, rate: float = STEPS_PER_SECOND
    ) -> None:
        if frames.ndim != 4 or frames.shape[3] != 3 or frames.dtype != np.uint8:
            raise ValueError(
                f'frames have shape {frames.shape} and type {frames.dtype}, '
                'expected uint8 (T, H, W, 3)'
            )
        if samples.ndim != 1 or not np.issubdtype(samples.dtype, np.floating):
            raise ValueError(
                f'samples have shape {samples.shape} and type {samples.dtype}, '
                'expected floats (S,) at 16 kHz; average the channels of stereo sound'
            )
        samples = samples.astype(np.float32, copy=False)
        # Rounding and resampling may go beyond 1; values of 16 bits go far beyond.
        if not (peak := np.abs(samples).max(initial=0)) <= _LARGEST:
            raise ValueError(
                f'samples reach {peak:g}, expected values in [-1, 1] (divide those of 16 bits by '
                '32768)'
            )
        if not 0 < rate < math.inf:
            raise ValueError(f'rate is {rate} frames a second, expected a number above 0')
        ends = np.arange(1, len(frames) + 1) / rate
        reader = FramesInMemory(frames, ends)
        self._take('arrays', reader, Sound(samples), 0.0, reader.end)


def start_around(time: float, seconds: float, clip_duration: float) -> float:
    """Start of ``seconds`` around an instant, inside the clip where that is long enough."""
    return min(max(0.0, time - seconds / 2), max(0.0, clip_duration - seconds))


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
