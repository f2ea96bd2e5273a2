"""What is wrong with a clip, if anything.

A clip is read as training reads it, and its streams are looked through besides.
The first fault found, in the order of :class:`Verdict`, is the verdict. Times
are seconds from the start of the container.
"""

import os
import wave
from dataclasses import dataclass, field, replace
from enum import StrEnum
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from .clip import SHORTEST, SILENCE, Clip
from .clock import step_centres, steps_in
from .files import MediaError, best_stream, open_container, origin, refusing
from .joined import end_of, joined_packets, joints
from .video import DECODER, is_picture, require_decoder

#: Containers that say how long they are; others give estimates, or nothing.
_DECLARES_LENGTH = ('mov,mp4,m4a,3gp,3g2,mj2', 'matroska,webm', 'avi', 'flac')

#: Seconds that a declared length may exceed what is there.
_TOLERANCE = 0.25

#: Bytes that a wav file written to a pipe announces at least: as much as fits into its header.
_ENDLESS = 0x7FFFF000


class Verdict(StrEnum):
    """What a clip is."""

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
    """Where a property becomes a fault.

    Attributes:
        shortest: Seconds that picture and sound must share.
        difference: Seconds by which picture and sound may begin or end apart.
        gap: Seconds without a time stamp that are too many, unless gaps of a
            tenth of it are usual in the stream.
        silence: Largest amplitude, in [0, 1], that still counts as silence.
        stillness: Mean difference from the first frame, in grey levels of 255,
            that every frame must stay below to make a frozen picture.
    """

    shortest: float = SHORTEST
    difference: float = 1.0
    gap: float = 1.0
    silence: float = SILENCE
    stillness: float = 1.0


@dataclass(frozen=True)
class Diagnosis:
    """Verdict on a clip, its reason, and what was measured before it fell.

    Attributes:
        verdict: What the clip is.
        reason: One line; empty for a fine clip.
        video_seconds: End of the pictures; ``None`` for a single picture.
        audio_seconds: End of the sound.
        frames: Number of pictures.
        width, height: Size of the pictures as stored, in pixels.
        peak: Largest amplitude of the sound, in [0, 1].
        repairs: What is mended whenever the clip is read; empty if nothing is.
    """

    verdict: Verdict
    reason: str = ''
    video_seconds: float | None = None
    audio_seconds: float | None = None
    frames: int | None = None
    width: int | None = None
    height: int | None = None
    peak: float | None = None
    repairs: str = ''


class _Fault(MediaError):
    def __init__(self, verdict: Verdict, reason: str) -> None:
        super().__init__(reason)
        self.verdict = verdict


@dataclass
class _Stream:
    """Time stamps of one stream, as demuxed."""

    path: str
    kind: str
    #: End of the stream, and of everything in the file, as announced and as found.
    declared: float | None = None
    file_declared: float | None = None
    file_end: float = 0.0
    size: tuple[int, int] | None = None
    starts: list[float] = field(default_factory=list)
    end: float = 0.0
    unstamped: int = 0
    damaged: int = 0


def diagnose(
    video: str | os.PathLike,
    audio: str | os.PathLike | None = None,
    backend: str = DECODER,
    limits: Limits | None = None,
) -> Diagnosis:
    """Find out whether a clip can be trained on.

    Args:
        video: Video or picture file.
        audio: Sound file; the video file itself if ``None``.
        backend: Decoder of the pictures in training, ``'pyav'`` or ``'decord'``.
        limits: Where a property becomes a fault; the defaults if ``None``.

    Returns:
        The diagnosis; damage of the files raises nothing. A decoder may crash
        or hang all the same: run it in a process of its own where that matters.

    Raises:
        ValueError: If the decoder is unknown or not installed.
    """
    require_decoder(backend)
    limits = limits or Limits()
    facts = Diagnosis(Verdict.FINE)
    try:
        for path in filter(None, (video, audio)):
            _look_at_file(path)
        is_still = is_picture(video)
        if not is_still:
            pictures = _scan(video, 'video')
            facts = _picture_facts(facts, pictures)
            _check_times(pictures, limits)
            is_still = len(pictures.starts) == 1
        sound = _scan(audio or video, 'audio')
        facts = replace(facts, audio_seconds=sound.end)
        _check_times(sound, limits)
        if not is_still:
            _check_lengths(pictures, sound, limits)
        return _read_as_training(facts, Clip(video, audio, backend), limits)
    except _Fault as fault:
        return replace(facts, verdict=fault.verdict, reason=str(fault))
    except MediaError as error:
        return replace(facts, verdict=Verdict.UNREADABLE, reason=str(error))


def _look_at_file(path):
    if not Path(path).is_file():
        raise _Fault(Verdict.MISSING, f'{path}: no such file')
    if not Path(path).stat().st_size:
        raise _Fault(Verdict.UNREADABLE, f'{path}: the file is empty')


def _scan(path, kind) -> _Stream:
    """Time stamps of the best stream of a kind; pictures are decoded on the way."""
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
    """What the header announces; FFmpeg counts the bytes that are there."""
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
    try:
        found.damaged += sum(frame.is_corrupt for frame in packet.decode())
    except av.FFmpegError:
        found.damaged += 1


def _picture_facts(facts, pictures):
    width, height = pictures.size
    return replace(
        facts,
        video_seconds=pictures.end if len(pictures.starts) > 1 else None,
        frames=len(pictures.starts),
        width=width,
        height=height,
    )


def _check_times(stream, limits):
    """Truncation, damage, and time stamps that no clock can follow."""
    path, kind = stream.path, stream.kind
    if not stream.starts:
        raise _Fault(Verdict.UNREADABLE, f'{path}: the {kind} stream holds nothing with a time')
    for what, declared, end in (
        (kind, stream.declared, stream.end),
        ('the file', stream.file_declared, stream.file_end),
    ):
        if declared is not None and declared - end > _TOLERANCE:
            raise _Fault(
                Verdict.TRUNCATED,
                f'{path}: {what} ends at {end:.2f} s, announced are {declared:.2f} s',
            )
    if stream.damaged:
        raise _Fault(
            Verdict.UNREADABLE,
            f'{path}: {stream.damaged} of {len(stream.starts)} pictures are damaged',
        )
    if stream.unstamped:
        raise _Fault(
            Verdict.BROKEN_TIMES, f'{path}: {stream.unstamped} {kind} packets have no time stamp'
        )
    steps = np.diff(np.sort(stream.starts))
    if kind == 'video' and (steps <= 0).any():
        raise _Fault(Verdict.BROKEN_TIMES, f'{path}: two pictures have one time stamp')
    longest = steps.max(initial=0.0)
    if longest > max(limits.gap, 10 * float(np.median(steps)) if len(steps) else 0.0):
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


def _read_as_training(facts, clip, limits):
    if clip.duration < limits.shortest:
        raise _Fault(
            Verdict.TOO_SHORT,
            f'{clip.duration:.2f} s long, expected at least {limits.shortest} s',
        )
    frames = clip.frames(step_centres(steps_in(clip.duration)), (64, 64))
    peak = clip.peak
    facts = replace(facts, peak=peak, repairs='; '.join(clip.repairs))
    if peak <= limits.silence:
        reason = f'no sample is louder than {peak:.1e} of 1'
        return replace(facts, verdict=Verdict.SILENT, reason=reason)
    moves = facts.frames not in (None, 1)
    if moves and _farthest_from_first(frames) < limits.stillness:
        reason = f'all of {facts.frames} pictures are alike'
        return replace(facts, verdict=Verdict.FROZEN, reason=reason)
    return facts


def _farthest_from_first(frames) -> float:
    first = frames[0].astype(np.int16)
    return max(float(np.abs(frame - first).mean()) for frame in frames)
