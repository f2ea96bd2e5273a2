"""Find the first fault of a clip.

A clip is read as training reads it, and its streams are also examined. The first
fault, in the order of :class:`Verdict`, is the verdict. Times are seconds
from the start of the container.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import numpy as np

from ..clock import step_centres, steps_in
from ..files import StrPath
from .clip import Clip
from .files import MediaError, absence
from .repairs import Repairs
from .stream_facts import StreamFacts, scan
from .verdict import Diagnosis, Fault, Limits, Verdict
from .video import DECODER, is_picture, require_decoder

#: The fault of a clip, and its reason.
Faults = Iterator[tuple[Verdict, str]]

#: Seconds by which a declared length may exceed the real one.
_TOLERANCE = 0.25


def diagnose(
    video: StrPath,
    audio: StrPath | None = None,
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

    def __init__(self, video: StrPath, audio: StrPath | None, decoder: str, limits: Limits) -> None:
        self._video, self._audio, self._decoder, self._limits = video, audio, decoder, limits
        self._facts = Diagnosis(Verdict.FINE)

    def diagnosis(self) -> Diagnosis:
        with self._noting():
            for path in [self._video, self._audio] if self._audio else [self._video]:
                if not Path(path).is_file():
                    raise Fault(Verdict.MISSING, absence(path))
                if not Path(path).stat().st_size:
                    raise Fault(Verdict.UNREADABLE, f'{path}: the file is empty')
            self._look_through()
        return self._facts

    @contextmanager
    def _noting(self) -> Iterator[None]:
        """Keep the first fault, and continue to measure after it."""
        try:
            yield
        except MediaError as error:
            if self._facts.verdict is Verdict.FINE:
                verdict = error.verdict if isinstance(error, Fault) else Verdict.UNREADABLE
                self._add(verdict=verdict, reason=str(error))

    def _judge(self, stream: StreamFacts, faults: Faults) -> None:
        """Like :meth:`_noting`, for faults of a stream."""
        with self._noting():
            for verdict, reason in faults:
                raise Fault(verdict, f'{stream.path}: {reason}')

    def _add(self, **facts: Any) -> None:
        self._facts = replace(self._facts, **facts)

    def _look_through(self) -> None:
        pictures = None if is_picture(self._video) else self._scanned(self._video, 'video')
        sound = self._scanned(self._audio or self._video, 'audio')
        # A single picture has no times.
        if pictures is not None and len(pictures.starts) <= 1:
            pictures = None
        if pictures and sound and sound.starts:
            self._judge(pictures, _faulty_lengths(pictures, sound, self._limits))
        clip = Clip(self._video, self._audio, self._decoder)
        # The repairs of the sound beside those of all packets.
        repairs = self._facts.repairs
        self._add(
            repairs=replace(
                clip.repair_counts,
                unstamped_packets=repairs.unstamped_packets,
                packets_without_picture=repairs.packets_without_picture,
                corrupt_pictures=repairs.corrupt_pictures,
            )
        )
        if sound is not None:
            self._add(intact_seconds=_intact(clip, pictures, sound, self._limits.gap))
            self._judge(sound, _damaged_sound(clip, sound, self._limits))
        self._read_as_training(clip, moves=pictures is not None)

    def _scanned(self, path: StrPath, kind: Literal['video', 'audio']) -> StreamFacts | None:
        stream = None
        with self._noting():
            stream = scan(path, kind)
            self._note_stream(stream)
            self._judge(stream, _faulty_times(stream, self._limits))
        return stream

    def _note_stream(self, stream: StreamFacts) -> None:
        mended = Repairs(
            unstamped_packets=stream.unstamped,
            packets_without_picture=stream.pictureless,
            corrupt_pictures=stream.damaged,
        )
        self._add(repairs=self._facts.repairs + mended)
        if stream.kind == 'audio':
            self._add(audio_seconds=stream.end)
            return
        frames = len(stream.starts)
        seconds = stream.end if frames > 1 else None
        self._add(video_seconds=seconds, frames=frames, width=stream.width, height=stream.height)

    def _read_as_training(self, clip: Clip, moves: bool) -> None:
        shortest = self._limits.shortest
        if clip.duration < shortest:
            reason = f'{clip.duration:.2f} s long, expected at least {shortest} s'
            raise Fault(Verdict.TOO_SHORT, reason)
        frames = clip.frames(step_centres(steps_in(clip.duration)), (64, 64))
        self._add(peak=clip.peak)
        if clip.peak <= self._limits.silence:
            heard = f'no sample is louder than {clip.peak:.1e} of full scale'
            raise Fault(Verdict.SILENT, heard if clip.peak else 'every sample is 0')
        if moves and _farthest_from_first(frames) < self._limits.stillness:
            raise Fault(Verdict.FROZEN, f'all {self._facts.frames} pictures are alike')


def _faulty_times(stream: StreamFacts, limits: Limits) -> Faults:
    """Truncation, damage, and time stamps that no clock can follow."""
    kind = stream.kind
    if not stream.starts:
        yield Verdict.UNREADABLE, f'no packet of the {kind} stream has a time stamp'
        return
    for what, declared, end in (
        (kind, stream.declared, stream.end),
        ('the file', stream.file_declared, stream.file_end),
    ):
        if declared is not None and declared - end > _TOLERANCE:
            ends = f'ends at {end:.2f} s, its declared end is {declared:.2f} s'
            yield Verdict.TRUNCATED, f'{what} {ends}'
    if stream.damaged:
        share = f'{stream.damaged} of {len(stream.starts)} pictures'
        yield Verdict.UNREADABLE, f'{share} {"is" if stream.damaged == 1 else "are"} damaged'
    if stream.unstamped:
        yield Verdict.BROKEN_TIMES, f'{kind} packets without a time stamp: {stream.unstamped}'
    steps = stream.steps()
    if kind == 'video' and (steps <= 0).any():
        yield Verdict.BROKEN_TIMES, 'two pictures have the same time stamp'
    longest = steps.max(initial=0.0)
    if longest > stream.longest_gap(limits.gap):
        yield Verdict.BROKEN_TIMES, f'{kind} has a gap of {longest:.2f} s'


def _faulty_lengths(pictures: StreamFacts, sound: StreamFacts, limits: Limits) -> Faults:
    shared = f'pictures and sound share {min(pictures.end, sound.end):.2f} s'
    if min(pictures.end, sound.end) < limits.shortest:
        yield Verdict.TOO_SHORT, f'{shared}, expected at least {limits.shortest} s'
    for word, first, second in (
        ('begin', min(pictures.starts), min(sound.starts)),
        ('end', pictures.end, sound.end),
    ):
        if abs(first - second) > limits.difference:
            times = f'pictures {word} at {first:.2f} s, sound at {second:.2f} s'
            yield Verdict.LENGTHS_DIFFER, times


def _damaged_sound(clip: Clip, sound: StreamFacts, limits: Limits) -> Faults:
    """Damage of the sound that is too long to be ignored."""
    packets = clip.repair_counts.damaged_sound_packets
    # Nothing is decoded beyond the end of the pictures.
    at_end = min(sound.end, clip.video_end) - clip.duration
    longest = max(at_end, *(length for _, length in clip.gaps), 0.0)
    if packets and longest > sound.longest_gap(limits.gap):
        lost = f'{longest:.2f} s of the sound cannot be decoded'
        yield Verdict.UNREADABLE, f'{lost}, {packets} packets are damaged'


def _intact(clip: Clip, pictures: StreamFacts | None, sound: StreamFacts, gap: float) -> float:
    """Time up to which neither picture nor sound has a hole or damage, in seconds."""
    longest = sound.longest_gap(gap)
    ends = [clip.duration, *(time for time, length in clip.gaps if length > longest)]
    if pictures is not None:
        ends += _picture_ends(pictures, gap)
    return min(ends)


def _picture_ends(pictures: StreamFacts, gap: float) -> list[float]:
    """The times at which the first hole and the first damage of the pictures begin."""
    starts = np.sort(pictures.starts)
    ends = []
    if pictures.first_damaged is not None:
        ends.append(float(starts[min(pictures.first_damaged, len(starts) - 1)]))
    if starts[0] > gap:
        ends.append(0.0)
    steps = pictures.steps()
    holes = np.flatnonzero(steps > pictures.longest_gap(gap))
    if len(holes):
        ends.append(float(starts[holes[0]] + np.median(steps)))
    return ends


def _farthest_from_first(frames: list[np.ndarray]) -> float:
    first = frames[0].astype(np.int16)
    return max(float(np.abs(frame - first).mean()) for frame in frames)
