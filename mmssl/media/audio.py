"""Samples between given times, from a video's own sound or a sound file.

Samples are float32 mono in [-1, 1]; channels are averaged. Sample ``k`` of a
sound lies at ``k / rate`` seconds on the clock that the pictures share.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import reduce

import av
import numpy as np
import soxr
from av.container import InputContainer

from ..files import StrPath
from .files import MediaError, best_stream, existing_file, media_errors, open_container, origin
from .joined import WHOLE, end_of, joined_packets, joints
from .repairs import Repairs

SAMPLE_RATE = 16000

#: Containers round time stamps; a jump smaller than this is not a gap.
_JITTER = 0.01

#: Seconds of silence that time stamps may ask for; more is a damaged time stamp.
_LONGEST_GAP = 60

#: Containers without time stamps. FFmpeg makes some up, from the rate of the first frame.
_UNTIMED = frozenset(
    ('aac', 'mp3', 'ac3', 'eac3', 'dts', 'loas', 'flac', 'wav', 'w64', 'aiff', 'au', 'caf', 'amr')
)

#: Largest plausible amplitude, 18 dB above full scale. Floating-point files can hold more.
_LOUDEST = 8.0

#: Errors of decoders over the content of a packet. Some have numbers that FFmpeg has no name for.
_DAMAGE = (av.InvalidDataError, av.PatchWelcomeError, av.error.UndefinedError)

#: Message for a file without sound.
NO_SOUND = 'no audio stream, expected sound in the file or a sound file beside it'

#: Seconds that are decoded before a part of a sound: decoders and resamplers need some.
_RUN_UP = 0.5

#: Samples that are resampled at a time.
_BLOCK = 65536


@dataclass(frozen=True)
class Sound:
    """A decoded sound.

    Attributes:
        samples: float32 ``(S,)``.
        repairs: Repairs of the sound.
        gaps: Start and length of each silence that was filled in, in seconds, also the
            one before a sound that starts late.
    """

    samples: np.ndarray
    repairs: Repairs = field(default_factory=Repairs)
    gaps: tuple[tuple[float, float], ...] = ()


def read_sound(path: StrPath, rate: int = SAMPLE_RATE, until: float = math.inf) -> np.ndarray:
    """Decode the best audio stream of a file, see :func:`decode_sound`.

    Returns:
        float32 array ``(samples,)``.
    """
    return decode_sound(path, rate, until).samples


def decode_sound(
    path: StrPath, rate: int = SAMPLE_RATE, until: float = math.inf, since: float = 0.0
) -> Sound:
    """Decode the best audio stream of a file from time 0, or ``since``, to its end.

    Where the stream's own time stamps leave a gap (a sound that starts after
    the picture, say), nothing is heard when the file is played, and the
    samples are zero: the file says so, this is not padding. The number of
    channels and the rate may change within the stream.

    Args:
        path: Video or sound file.
        rate: Samples per second of the result.
        until: Seconds after which nothing more is decoded.
        since: Seconds before which samples are left out. Nothing before is decoded where the
            container can be sought in.

    Raises:
        MediaError: If the file is missing, unreadable, has no audio stream, the stream holds no
            sample, or a sample is not a plausible number.
    """
    path = existing_file(path)
    with media_errors(path, 'PyAV cannot decode its sound'), open_container(path) as container:
        stream = best_stream(container, 'audio')
        if stream is None:
            raise MediaError(f'{path}: {NO_SOUND}')
        first = max(0.0, since - _RUN_UP) if container.format.name in WHOLE else 0.0
        sound = _decoded(container, stream, rate, until, first)
    if sound is None or (first and not len(sound.samples)):
        # Seeking failed.
        return replace(whole := decode_sound(path, rate, until), samples=_from(whole, since, rate))
    if not len(sound.samples):
        raise MediaError(f'{path}: the audio stream holds no sample')
    return replace(sound, samples=_from(sound, since - first, rate))


def _from(sound: Sound, start: float, rate: int) -> np.ndarray:
    return sound.samples[round(start * rate) :]


def _decoded(
    container: InputContainer, stream: av.AudioStream, rate: int, until: float, first: float
) -> Sound | None:
    """The samples from ``first`` on; ``None`` if seeking led behind it."""
    blocks, track = SoundBlocks(container, stream, since=first), _Track(rate)
    for block, native in blocks:
        if blocks.is_late:
            return None
        track.append(_mono(block), native)
        if blocks.seconds >= until:
            break
    return Sound(track.finished(), blocks.repairs, tuple(blocks.gaps))


def _mono(block: np.ndarray) -> np.ndarray:
    total = reduce(np.add, block.T)
    return total if block.shape[1] == 1 else total / np.float32(block.shape[1])


class SoundBlocks:
    """Blocks ``(S, channels)`` of a sound as they are decoded, each with its rate.

    The blocks follow each other on the clock from time 0: gaps of the time
    stamps are blocks of zeros, and overlaps are cut.

    Args:
        container: Opened PyAV container.
        stream: Audio stream of it.
        layout: Layout that FFmpeg mixes the channels to; all of them as they are if ``None``.
        since: Seconds from which blocks are needed, instead of 0. The container is sought.

    Raises:
        MediaError: If a sample is not a plausible number, or the times jump too far.
    """

    def __init__(
        self,
        container: InputContainer,
        stream: av.AudioStream,
        layout: str | None = None,
        since: float = 0.0,
    ) -> None:
        self._container, self._stream, self._layout = container, stream, layout
        self._native, self._position, self._offset, self._since = 1, 0, since, since
        #: Whether the first block that was found lies behind ``since``.
        self.is_late = False
        self._timed = container.format.name not in _UNTIMED
        self._lost_until, self._channels = 0.0, 0
        #: Repairs so far.
        self.repairs = Repairs()
        #: Start and length of each silence that was filled in, in seconds.
        self.gaps: list[tuple[float, float]] = []

    @property
    def seconds(self) -> float:
        """Time at which the blocks so far end."""
        return self._offset + self._position / self._native

    def __iter__(self) -> Iterator[tuple[np.ndarray, int]]:
        if self._since:
            # By the pictures' index, because Matroska has no index of sounds.
            start = self._since - _RUN_UP + origin(self._container)
            self._container.seek(round(start * av.time_base))
        for place, (block, native, time) in enumerate(self._decoded()):
            if self._since and not place:
                self.is_late = time is None or time > self._since + _JITTER
            if native != self._native:
                self._native, self._position, self._offset = native, 0, self.seconds
            for piece in self._aligned(self._checked(block), time):
                self._position += len(piece)
                self._channels = piece.shape[1]
                yield piece, native
        # Nothing comes after a loss at the end to tell its length.
        lost = round((self._lost_until - self._offset) * self._native) - self._position
        if 0 < lost <= _LONGEST_GAP * self._native and self._channels:
            self._note(lost / self._native, 0.0)
            self._position += lost
            yield np.zeros((lost, self._channels), np.float32), self._native

    def _decoded(self) -> Iterator[tuple[np.ndarray, int, float | None]]:
        """Blocks, their rates, and their times in seconds or ``None``."""
        zero, setup = origin(self._container), None
        # Interleaved: PyAV reads past the end of 8 or more planes.
        mixer = av.AudioResampler('flt', self._layout)
        places = joints(self._container) if self._timed else {}
        self.repairs.time_restarts = max(0, len(places.get(self._stream.index, ())) - 1)
        for packet in joined_packets(self._container, places, self._stream):
            for frame in self._frames(packet):
                now = frame.format.name, frame.layout.name, frame.layout.nb_channels, frame.rate
                if setup is not None and now != setup:
                    self.repairs.format_changes += now[1:] != setup[1:]
                    mixer = av.AudioResampler('flt', self._layout)
                setup = now
                time = frame.time - zero if self._timed and frame.time is not None else None
                self.repairs.unstamped_packets += self._timed and time is None
                for block in self._floats(frame, mixer):
                    yield block, frame.sample_rate, time
                    time = None

    def _floats(self, frame: av.AudioFrame, mixer: av.AudioResampler) -> list[np.ndarray]:
        """A frame's samples ``(S, channels)``, full scale at 1."""
        if frame.format.name == 's16' and self._layout is None:
            # As FFmpeg converts them; its blocks are small in a WAV file, and each costs a call.
            count = frame.samples * frame.layout.nb_channels
            values = np.frombuffer(bytes(frame.planes[0]), np.int16, count)
            return [values.reshape(frame.samples, -1) * np.float32(1 / 32768)]
        return [p.to_ndarray().reshape(p.samples, -1) for p in mixer.resample(frame)]

    def _frames(self, packet: 'av.Packet[av.AudioStream]') -> list[av.AudioFrame]:
        self.repairs.sound_packets += bool(packet.size)
        try:
            return packet.decode()
        except _DAMAGE:
            self.repairs.damaged_sound_packets += 1
            if packet.pts is not None and self._timed:
                end = float(end_of(packet) * packet.time_base)
                self._lost_until = end - origin(self._container)
            return []

    def _checked(self, block: np.ndarray) -> np.ndarray:
        """Samples, if they are plausible numbers."""
        wrong = ~(np.abs(block) <= _LOUDEST)
        if wrong.any():
            place = int(wrong.any(1).argmax())
            value = block[place][wrong[place]][0]
            raise MediaError(
                f'the sound holds {value:g} at {self.seconds + place / self._native:.4f} s, '
                'expected numbers in [-1, 1]'
            )
        return block

    def _aligned(self, block: np.ndarray, time: float | None) -> list[np.ndarray]:
        """Honour a jump of the time stamps: silence for a gap, a cut for an overlap."""
        if time is None:
            return [block]
        jump = round((time - self._offset) * self._native) - self._position
        # A part begins exactly at its own time.
        begins = bool(self._since) and not self._position
        if abs(jump) <= _JITTER * self._native * (not begins):
            return [block]
        if jump > _LONGEST_GAP * self._native:
            raise MediaError(
                f'the time stamps of the sound jump by {jump / self._native:.0f} s, '
                f'expected at most {_LONGEST_GAP} s'
            )
        self._note(jump / self._native, len(block) / self._native)
        gap = np.zeros((max(jump, 0), block.shape[1]), np.float32)
        return [piece for piece in (gap, block[max(-jump, 0) :]) if len(piece)]

    def _note(self, jump: float, length: float) -> None:
        """Count a gap, or an overlap by a block of some length, in seconds."""
        if jump > 0:
            self.gaps.append((self.seconds, jump))
        # The time before the first sample is a delay of the file or its encoder, or another part.
        if self.seconds > self._since:
            self.repairs.filled_seconds += max(jump, 0.0)
            self.repairs.cut_seconds += min(max(-jump, 0.0), length)


class _Track:
    """Mono samples at one rate, appended as they are decoded to save memory."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        # bytearray grows in place, where concatenation would hold everything twice.
        self._done = bytearray()
        self._begin(rate)

    def _begin(self, native: int) -> None:
        """Start a segment of another native rate at the present end."""
        self._native, self._count, self._offset = native, 0, len(self._done) // 4
        self._blocks: list[np.ndarray] = []
        self._held = 0
        self._stream: soxr.ResampleStream | None = None
        if native != self._rate:
            self._stream = soxr.ResampleStream(native, self._rate, 1, 'float32', 'HQ')

    def append(self, block: np.ndarray, native: int) -> None:
        """Append samples ``(S,)`` that were recorded at a native rate."""
        if native != self._native:
            self._end_segment()
            self._begin(native)
        self._count += len(block)
        self._blocks.append(block)
        self._held += len(block)
        if self._held >= _BLOCK:
            self._resample(last=False)

    def _resample(self, last: bool) -> None:
        block = np.concatenate(self._blocks) if self._blocks else np.zeros(0, np.float32)
        self._blocks, self._held = [], 0
        if self._stream is not None:
            block = self._stream.resample_chunk(block, last)
        self._done += np.ascontiguousarray(block, np.float32).data.cast('B')

    def _end_segment(self) -> None:
        self._resample(last=True)
        length = self._offset + math.ceil(self._count * self._rate / self._native)
        del self._done[4 * length :]
        self._done += bytes(4 * length - len(self._done))

    def finished(self) -> np.ndarray:
        """All samples, float32 ``(S,)``."""
        self._end_segment()
        return np.frombuffer(self._done, np.float32)
