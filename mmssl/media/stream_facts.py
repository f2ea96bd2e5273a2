"""Facts from the packets of a stream: its times, and its damaged pictures.

Times are seconds from the start of the container.
"""

import os
import wave
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

import av
import numpy as np

from ..files import StrPath
from .files import best_stream, media_errors, open_container, origin
from .joined import end_of, joined_packets, joints
from .verdict import Fault, Verdict

#: Containers that declare their length; others give an estimate or no length.
_DECLARES_LENGTH = ('mov,mp4,m4a,3gp,3g2,mj2', 'matroska,webm', 'avi', 'flac')

#: Least number of bytes that a wav file written to a pipe declares: as many as its header can hold.
_ENDLESS = 0x7FFFF000


@dataclass
class StreamFacts:
    """Facts about one stream, as demuxed.

    Attributes:
        path, kind: The file, and the kind of the stream.
        declared, end: End of the stream, as declared and as read.
        file_declared, file_end: The same of the whole file.
        width, height: Size of the pictures as stored, in pixels.
        starts: Time stamps.
        unstamped: Packets without a time stamp.
        packets, failed, pictures: Packets of pictures, those that failed to decode, and the
            pictures decoded from the others.
        damaged, first_damaged: Damaged pictures, and the place of the first in display order.
    """

    path: str
    kind: Literal['video', 'audio']
    declared: float | None = None
    end: float = 0.0
    file_declared: float | None = None
    file_end: float = 0.0
    width: int | None = None
    height: int | None = None
    starts: list[float] = field(default_factory=list)
    unstamped: int = 0
    packets: int = 0
    failed: int = 0
    pictures: int = 0
    damaged: int = 0
    first_damaged: int | None = None

    @property
    def pictureless(self) -> int:
        """Packets that were decoded and gave no picture."""
        return max(0, self.packets - self.failed - self.pictures)

    def steps(self) -> np.ndarray:
        """Seconds from each time stamp to the next, in ascending order."""
        return np.diff(np.sort(self.starts))

    def longest_gap(self, least: float) -> float:
        """Gap between time stamps that is not a fault: ``least`` seconds, or ten usual steps."""
        steps = self.steps()
        return max(least, 10 * float(np.median(steps)) if len(steps) else 0.0)

    def note_pictures(self, packet: av.Packet, stream: av.VideoStream) -> None:
        """Decode a packet, and count its pictures and their damage."""
        self.packets += bool(packet.size) and not packet.is_discard
        try:
            frames = packet.decode()
        except av.FFmpegError:
            # A reader that skips frames gets the ones that wait for their turn later.
            self._note_damage(waiting=stream.codec_context.has_b_frames)
            self.failed += 1
            return
        for frame in frames:
            if frame.is_corrupt:
                self._note_damage()
            self.pictures += 1

    def _note_damage(self, waiting: int = 0) -> None:
        self.damaged += 1
        if self.first_damaged is None:
            self.first_damaged = max(0, self.pictures - waiting)


def scan(path: StrPath, kind: Literal['video', 'audio']) -> StreamFacts:
    """Read the time stamps of the best stream of a kind, and decode its pictures.

    Raises:
        Fault: If there is no such stream.
        MediaError: If the file cannot be read.
    """
    facts = StreamFacts(os.fspath(path), kind)
    with media_errors(path, 'PyAV cannot read it'), open_container(path) as container:
        stream = best_stream(container, kind)
        if stream is None:
            verdict = Verdict.NO_VIDEO if kind == 'video' else Verdict.NO_SOUND
            raise Fault(verdict, f'{path}: no {kind} stream')
        zero = origin(container)
        if container.format.name in _DECLARES_LENGTH:
            if stream.duration is not None and stream.time_base is not None:
                end = (stream.start_time or 0) + stream.duration
                facts.declared = float(end * stream.time_base) - zero
            if container.duration is not None:
                facts.file_declared = float(Fraction(container.duration, av.time_base)) - zero
        elif container.format.name == 'wav':
            facts.declared = _wav_length(facts.path)
        if isinstance(stream, av.VideoStream):
            facts.width, facts.height = stream.width, stream.height
        for packet in joined_packets(container, joints(container), *container.streams):
            chosen = packet.stream.index == stream.index
            if chosen and isinstance(stream, av.VideoStream):
                facts.note_pictures(packet, stream)
            if not packet.size or packet.is_discard:
                continue
            end = 0 if packet.pts is None else end_of(packet)
            seconds = float(end * packet.time_base) - zero
            facts.file_end = max(facts.file_end, seconds)
            if chosen and packet.pts is not None:
                facts.starts.append(float(packet.pts * packet.time_base) - zero)
                facts.end = max(facts.end, seconds)
            elif chosen:
                facts.unstamped += 1
    return facts


def _wav_length(path: str) -> float | None:
    """The length that the header declares. FFmpeg counts the bytes of the file instead."""
    try:
        with wave.open(path) as file:
            length = file.getnframes() / file.getframerate()
            size = file.getnframes() * file.getnchannels() * file.getsampwidth()
    except (wave.Error, EOFError):
        return None
    return None if size >= _ENDLESS else length
