"""Find the first fault of a clip.

A clip is read as training reads it, and its streams are also examined. The first
fault found, in the order of :class:`Verdict`, is the verdict. Times are seconds
from the start of the container.
"""

import os
import wave
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from enum import StrEnum
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from ..clock import step_centres, steps_in
from .clip import SHORTEST, SILENCE, Clip
from .files import MediaError, absence, best_stream, open_container, origin, refusing
from .joined import end_of, joined_packets, joints
from .repairs import Repairs
from .video import DECODER, is_picture, require_decoder

#: Containers that declare their length; others give an estimate or no length.
_DECLARES_LENGTH = ('mov,mp4,m4a,3gp,3g2,mj2', 'matroska,webm', 'avi', 'flac')

#: Seconds by which a declared length may exceed the real one.
_TOLERANCE = 0.25

#: Least number of bytes that a wav file written to a pipe declares: as many as its header can hold.
_ENDLESS = 0x7FFFF000


class Verdict(StrEnum):
    """State of a clip."""

    MISSING = 'missing'
    UNREADABLE = 'unreadable'
    NO_VIDEO = 'no video'
    NO_SOUND = 'no sound'
    TRUNCATED = 'truncated'
    BROKEN_TIMES = 'time stamps broken'
    TOO_SHORT = 'too short'
    LENGTHS_DIFFER = 'lengths differ'
    SILENT = 'silent'
    FROZEN = 'frozen picture'
    FINE = 'fine'


@dataclass(frozen=True)
class Limits:
    """Limits beyond which a property is a fault.

    Attributes:
        shortest: Seconds that picture and sound must share.
        difference: Seconds by which picture and sound may begin or end apart.
        gap: Largest number of seconds without a time stamp, unless gaps of a
            tenth of it are usual in the stream.
        silence: Largest amplitude, in [0, 1], that still counts as silence.
        stillness: Mean difference from the first frame, in grey levels of 255.
            In a frozen picture, every frame stays below it.
    """

    shortest: float = SHORTEST
    difference: float = 1.0
    gap: float = 1.0
    silence: float = SILENCE
    stillness: float = 1.0


@dataclass(frozen=True)
class Diagnosis:
    """Verdict on a clip, its reason, and the measurements.

    Attributes:
        verdict: State of the clip.
        reason: One line; empty for a fine clip.
        video_seconds: End of the pictures; ``None`` for a single picture.
        audio_seconds: End of the sound.
        intact_seconds: Time up to which neither picture nor sound has damage or a
            hole longer than :attr:`Limits.gap`; ``None`` if training cannot open the clip.
        frames: Number of pictures.
        width, height: Size of the pictures as stored, in pixels.
        peak: Largest amplitude of the sound, in [0, 1].
        repairs: Repairs made whenever the clip is read.
    """

    verdict: Verdict
    reason: str = ''
    video_seconds: float | None = None
    audio_seconds: float | None = None
    intact_seconds: float | None = None
    frames: int | None = None
    width: int | None = None
    height: int | None = None
    peak: float | None = None
    repairs: Repairs = field(default_factory=Repairs)


class _Fault(MediaError):
    def __init__(self, verdict: Verdict, reason: str) -> None:
        super().__init__(reason)
        self.verdict = verdict


@dataclass
class _Stream:
    """Time stamps of one stream, as demuxed."""

    path: str
    kind: str
    #: End of the stream and of the whole file, as declared and as found.
    declared: float | None = None
    file_declared: float | None = None
    file_end: float = 0.0
    size: tuple[int, int] | None = None
    starts: list[float] = field(default_factory=list)
    end: float = 0.0
    unstamped: int = 0
    #: Packets of pictures, those that failed to decode, and the pictures decoded from the others.
    packets: int = 0
    failed: int = 0
    pictures: int = 0
    #: Damaged pictures, and the position of the first in display order.
    damaged: int = 0
    first_damaged: int | None = None

    @property
    def pictureless(self) -> int:
        """Packets that were decoded and gave no picture."""
        return max(0, self.packets - self.failed - self.pictures)


def diagnose(
    video: str | os.PathLike,
    audio: str | os.PathLike | None = None,
    decoder: str = DECODER,
    limits: Limits | None = None,
) -> Diagnosis:
    """Find out whether a clip can be trained on.

    Args:
        video: Video or picture file.
        audio: Sound file; the video file itself if ``None``.
        decoder: Decoder of the pictures in training, ``'pyav'`` or ``'decord'``.
        limits: Limits beyond which a property is a fault; the defaults if ``None``.

    Returns:
        The diagnosis. Damaged files do not raise an error. A decoder may still
        crash or hang: run it in a separate process where that matters.

    Raises:
        ValueError: If the decoder is unknown or not installed.
    """
    require_decoder(decoder)
    return _Examination(video, audio, decoder, limits or Limits()).diagnosis()


class _Examination:
    """Examines a clip from its files to its samples. The first fault is the verdict."""

    def __init__(self, video, audio, decoder, limits) -> None:
        self._video, self._audio, self._decoder, self._limits = video, audio, decoder, limits
        self._facts = Diagnosis(Verdict.FINE)

    def diagnosis(self) -> Diagnosis:
        with self._noting():
            for path in filter(None, (self._video, self._audio)):
                _look_at_file(path)
            self._look_through()
        return self._facts

    @contextmanager
    def _noting(self):
        """Keep the first fault, and continue to measure after it."""
        try:
            yield
        except MediaError as error:
            if self._facts.verdict is Verdict.FINE:
                verdict = error.verdict if isinstance(error, _Fault) else Verdict.UNREADABLE
                self._add(verdict=verdict, reason=str(error))

    def _add(self, **facts):
        self._facts = replace(self._facts, **facts)

    def _look_through(self):
        pictures = None if is_picture(self._video) else self._scanned(self._video, 'video')
        sound = self._scanned(self._audio or self._video, 'audio')
        moves = pictures is not None and len(pictures.starts) > 1
        if moves and sound is not None and sound.starts:
            with self._noting():
                _check_lengths(pictures, sound, self._limits)
        clip = Clip(self._video, self._audio, self._decoder)
        self._note_repairs(clip)
        if sound is not None:
            intact = _intact(clip, pictures if moves else None, sound, self._limits)
            self._add(intact_seconds=intact)
            with self._noting():
                _check_sound(clip, sound, self._limits)
        self._read_as_training(clip, moves)

    def _scanned(self, path, kind) -> '_Stream | None':
        stream = None
        with self._noting():
            stream = _scan(path, kind)
            self._note_stream(stream)
            _check_times(stream, self._limits)
        return stream

    def _note_stream(self, stream):
        mended = Repairs(
            unstamped_packets=stream.unstamped,
            packets_without_picture=stream.pictureless,
            corrupt_pictures=stream.damaged,
        )
        self._add(repairs=self._facts.repairs + mended)
        if stream.kind == 'audio':
            self._add(audio_seconds=stream.end)
            return
        width, height = stream.size
        seconds = stream.end if len(stream.starts) > 1 else None
        self._add(video_seconds=seconds, frames=len(stream.starts), width=width, height=height)

    def _note_repairs(self, clip):
        """Add the repairs of the sound to those found in all packets."""
        found = self._facts.repairs
        self._add(
            repairs=replace(
                clip.mended,
                unstamped_packets=found.unstamped_packets,
                packets_without_picture=found.packets_without_picture,
                corrupt_pictures=found.corrupt_pictures,
            )
        )

    def _read_as_training(self, clip, moves):
        shortest = self._limits.shortest
        if clip.duration < shortest:
            reason = f'{clip.duration:.2f} s long, expected at least {shortest} s'
            raise _Fault(Verdict.TOO_SHORT, reason)
        frames = clip.frames(step_centres(steps_in(clip.duration)), (64, 64))
        self._add(peak=clip.peak)
        if clip.peak <= self._limits.silence:
            heard = f'no sample is louder than {clip.peak:.1e} of full scale'
            raise _Fault(Verdict.SILENT, heard if clip.peak else 'every sample is 0')
        if moves and _farthest_from_first(frames) < self._limits.stillness:
            raise _Fault(Verdict.FROZEN, f'all {self._facts.frames} pictures are alike')


def _look_at_file(path):
    if not Path(path).is_file():
        raise _Fault(Verdict.MISSING, absence(path))
    if not Path(path).stat().st_size:
        raise _Fault(Verdict.UNREADABLE, f'{path}: the file is empty')


def _scan(path, kind) -> _Stream:
    """Read the time stamps of the best stream of a kind, and decode its pictures."""
    found = _Stream(os.fspath(path), kind)
    with refusing(path, 'PyAV cannot read it'), open_container(found.path) as container:
        stream = best_stream(container, kind)
        if stream is None:
            verdict = Verdict.NO_VIDEO if kind == 'video' else Verdict.NO_SOUND
            raise _Fault(verdict, f'{path}: no {kind} stream')
        zero = origin(container)
        if container.format.name in _DECLARES_LENGTH:
            found.declared = _seconds(
                stream.start_time or 0, stream.duration, stream.time_base, zero
            )
            found.file_declared = _seconds(0, container.duration, Fraction(1, av.time_base), zero)
        elif container.format.name == 'wav':
            found.declared = _wav_length(found.path)
        if kind == 'video':
            found.size = stream.width, stream.height
        for packet in joined_packets(container, joints(container)):
            chosen = packet.stream.index == stream.index
            if chosen and kind == 'video':
                _note_pictures(found, packet)
            if not packet.size or packet.is_discard:
                continue
            end = 0 if packet.pts is None else end_of(packet)
            end = _seconds(end, 0, packet.time_base, zero)
            found.file_end = max(found.file_end, end)
            if chosen:
                _note_packet(found, packet, zero, end)
    return found


def _seconds(start, length, base, zero) -> float | None:
    return None if length is None else float((start + length) * base) - zero


def _wav_length(path) -> float | None:
    """The length that the header declares. FFmpeg counts the bytes of the file instead."""
    try:
        with wave.open(path) as file:
            length = file.getnframes() / file.getframerate()
            size = file.getnframes() * file.getnchannels() * file.getsampwidth()
    except (wave.Error, EOFError):
        return None
    return None if size >= _ENDLESS else length


def _note_packet(found, packet, zero, end):
    if packet.pts is None:
        found.unstamped += 1
        return
    found.starts.append(_seconds(packet.pts, 0, packet.time_base, zero))
    found.end = max(found.end, end)


def _note_pictures(found, packet):
    found.packets += bool(packet.size) and not packet.is_discard
    try:
        frames = packet.decode()
    except av.FFmpegError:
        # A reader that skips frames gets the ones that wait for their turn later.
        _note_damage(found, waiting=packet.stream.codec_context.has_b_frames)
        found.failed += 1
        return
    for frame in frames:
        if frame.is_corrupt:
            _note_damage(found)
        found.pictures += 1


def _note_damage(found, waiting=0):
    found.damaged += 1
    if found.first_damaged is None:
        found.first_damaged = max(0, found.pictures - waiting)


def _check_times(stream, limits):
    """Check for truncation, damage, and time stamps that no clock can follow."""
    path, kind = stream.path, stream.kind
    if not stream.starts:
        raise _Fault(Verdict.UNREADABLE, f'{path}: no packet of the {kind} stream has a time stamp')
    for what, declared, end in (
        (kind, stream.declared, stream.end),
        ('the file', stream.file_declared, stream.file_end),
    ):
        if declared is not None and declared - end > _TOLERANCE:
            raise _Fault(
                Verdict.TRUNCATED,
                f'{path}: {what} ends at {end:.2f} s, its declared end is {declared:.2f} s',
            )
    if stream.damaged:
        verb = 'is' if stream.damaged == 1 else 'are'
        raise _Fault(
            Verdict.UNREADABLE,
            f'{path}: {stream.damaged} of {len(stream.starts)} pictures {verb} damaged',
        )
    if stream.unstamped:
        raise _Fault(
            Verdict.BROKEN_TIMES, f'{path}: {kind} packets without a time stamp: {stream.unstamped}'
        )
    steps = np.diff(np.sort(stream.starts))
    if kind == 'video' and (steps <= 0).any():
        raise _Fault(Verdict.BROKEN_TIMES, f'{path}: two pictures have the same time stamp')
    longest = steps.max(initial=0.0)
    if longest > _longest_gap(stream, limits):
        raise _Fault(Verdict.BROKEN_TIMES, f'{path}: {kind} has a gap of {longest:.2f} s')


def _check_lengths(pictures, sound, limits):
    shared = min(pictures.end, sound.end)
    if shared < limits.shortest:
        raise _Fault(
            Verdict.TOO_SHORT,
            f'{pictures.path}: pictures and sound share {shared:.2f} s, '
            f'expected at least {limits.shortest} s',
        )
    for word, first, second in (
        ('begin', min(pictures.starts), min(sound.starts)),
        ('end', pictures.end, sound.end),
    ):
        if abs(first - second) > limits.difference:
            raise _Fault(
                Verdict.LENGTHS_DIFFER,
                f'{pictures.path}: pictures {word} at {first:.2f} s, sound at {second:.2f} s',
            )


def _check_sound(clip, sound, limits):
    """Check for damage of the sound that is too long to be ignored."""
    if not clip.mended.damaged_sound_packets:
        return
    # Nothing is decoded beyond the end of the pictures.
    at_end = min(sound.end, clip.video_end) - clip.duration
    longest = max(at_end, *(length for _, length in clip.gaps), 0.0)
    if longest > _longest_gap(sound, limits):
        raise _Fault(
            Verdict.UNREADABLE,
            f'{sound.path}: {longest:.2f} s of the sound cannot be decoded, '
            f'{clip.mended.damaged_sound_packets} packets are damaged',
        )


def _intact(clip, pictures, sound, limits) -> float:
    """Time up to which neither picture nor sound has a hole or damage, in seconds.

    Args:
        clip: The clip as training reads it.
        pictures: Time stamps of the pictures; ``None`` for a single picture.
        sound: Time stamps of the sound.
        limits: Largest length of a hole.
    """
    longest = _longest_gap(sound, limits)
    ends = [clip.duration, *(time for time, length in clip.gaps if length > longest)]
    if pictures is not None:
        ends += _picture_ends(pictures, limits)
    return min(ends)


def _picture_ends(pictures, limits) -> list[float]:
    """The times at which the first hole and the first damage of the pictures begin."""
    starts = np.sort(pictures.starts)
    ends = []
    if pictures.first_damaged is not None:
        ends.append(float(starts[min(pictures.first_damaged, len(starts) - 1)]))
    if starts[0] > limits.gap:
        ends.append(0.0)
    steps = np.diff(starts)
    holes = np.flatnonzero(steps > _longest_gap(pictures, limits))
    if len(holes):
        ends.append(float(starts[holes[0]] + np.median(steps)))
    return ends


def _longest_gap(stream, limits) -> float:
    """Seconds without a time stamp that a stream may have."""
    steps = np.diff(np.sort(stream.starts))
    return max(limits.gap, 10 * float(np.median(steps)) if len(steps) else 0.0)


def _farthest_from_first(frames) -> float:
    first = frames[0].astype(np.int16)
    return max(float(np.abs(frame - first).mean()) for frame in frames)
