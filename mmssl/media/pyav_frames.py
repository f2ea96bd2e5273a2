"""Frames by PyAV, equal to those of plain decoding from the start."""

import itertools
import math
from collections.abc import Iterator
from fractions import Fraction
from functools import cached_property
from typing import NamedTuple

import av
import numpy as np
from av.container import InputContainer
from av.video.reformatter import VideoReformatter

from .files import MediaError, best_stream, media_errors, open_container, origin
from .joined import WHOLE, Joints, Span, joined_packets, joints
from .pictures import Orientation, Size, orientation, upright
from .repairs import Repairs

#: Codecs whose decoders can leave out a frame that no other needs, and nothing else. A packet of
#: AV1 may instead ask for an earlier frame to be shown, which is then lost.
_SKIPS = frozenset({'h264', 'hevc', 'mpeg1video', 'mpeg2video', 'mpeg4', 'vp8'})

#: Streams without a container, and so without times.
_RAW = ('h264', 'hevc', 'm4v', 'mpegvideo')

#: Frames per second of a stream without times, as FFmpeg assumes them.
_USUAL_RATE = 25


class _Stamp(NamedTuple):
    """Facts of a packet before decoding, in units of the stream's time base."""

    pts: int | None
    dts: int | None
    duration: int
    is_cut: bool


class PyAVFrames:
    """Frames of the best video stream of a file.

    Time stamps come from the packets, which are not decoded for it. Some containers, such as AVI,
    tell when a packet is decoded, not when its frame is shown. Their frames are counted instead:
    the decoder gives them in the order of display, and they are shown at the sorted times.

    Args:
        path: Video file.
        span: Part of which frames are needed, in seconds. The rest of the file is not read where
            its container can be sought in, and ``starts`` and ``end`` are those of this part.

    Raises:
        MediaError: If the file is unreadable or has no video stream.
    """

    def __init__(self, path: str, span: Span | None = None) -> None:
        self._path = path
        self._is_part = False
        self._read_times(span)
        # Where the packets of a part tell too little, all packets are read.
        too_little = self.counted or len(self.starts) < 2
        if span and self._is_part and (too_little or self.starts[0] > span[0]):
            self._read_times(None)
        # Time stamps of returned pictures that are corrupt, or copies of another picture.
        self._borrowed: set[int] = set()
        self._corrupt: set[int | None] = set()
        # One for all frames: making one costs as much as using it.
        self._reformatter = VideoReformatter()
        self._counting: Iterator[tuple[int, av.VideoFrame]] = iter(())
        self._next = 0

    def _read_times(self, span: Span | None) -> None:
        path = self._path
        with media_errors(path, 'PyAV cannot open it'), open_container(path) as container:
            stream, base = _video_stream(container, path)
            self._base, self._zero = float(base), origin(container)
            self._joints = joints(container)
            self._is_part = span is not None and container.format.name in WHOLE
            stamps = _stamps(container, self._joints, stream)
            if span is not None and self._is_part:
                start, end = ((time + self._zero) / self._base for time in span)
                container.seek(round(start), stream=stream)
                stamps = itertools.takewhile(lambda stamp: _is_before(stamp, end), stamps)
            packets = list(stamps)
            #: Width of a pixel over its height, as stored; ``None`` if the file does not say.
            self.aspect = stream.sample_aspect_ratio
            #: Names of the container and of the codec.
            self.kind = container.format.name, stream.codec_context.name
            reorders = stream.codec_context.has_b_frames
            #: Frames a second, on average.
            self.rate = stream.average_rate or Fraction(_USUAL_RATE)
        #: Incomplete packets.
        self._cut = sum(packet.is_cut for packet in packets)
        self._unstamped = sum(packet.pts is None for packet in packets)
        self._take_times(packets, reorders)

    def _take_times(self, packets: list[_Stamp], reorders: bool) -> None:
        # FFmpeg guesses times of display where there are none, and adds the decoder's delay.
        if self.kind[0] == 'avi' and reorders:
            packets = [packet._replace(pts=packet.dts) for packet in packets]
        if self.kind[0] in _RAW:
            packets = [packet._replace(pts=None) for packet in packets]
        stamped = [(p.pts, p.duration) for p in packets if p.pts is not None]
        # Where frames are reordered, times of display go back and forth in the order of decoding.
        times_of_decoding = reorders and stamped == sorted(stamped)
        #: Whether frames are found by counting, not by their times.
        self.counted = not stamped or times_of_decoding
        stamped.sort()
        self._pts = [pts for pts, _ in stamped]
        if stamped:
            self.starts = np.array(self._pts) * self._base - self._zero
            self.end = sum(stamped[-1]) * self._base - self._zero
        else:
            self.starts = np.arange(len(packets)) / float(self.rate)
            self.end = len(packets) / float(self.rate)
        # A stream of one picture shows it for as long as there is sound.
        if len(self.starts) == 1:
            self.end = math.inf

    def pictures(self, indices: np.ndarray, size: Size | None = None) -> list[np.ndarray]:
        """Decode frames by ascending, unique index, and resize them to width and height.

        Raises:
            MediaError: If a frame cannot be decoded.
        """
        if self.counted:
            return self._counted_pictures(indices.tolist(), size)
        wanted = {self._pts[i] for i in indices.tolist()}
        # Where recordings were joined, a time is found in each of them.
        seeks = (indices[0] or self._is_part) and not self._joints
        pictures = self._given(wanted, size, self._pts[indices[0]]) if seeks else {}
        # Containers without an index cannot be sought in reliably.
        if len(pictures) < len(wanted):
            pictures = self._given(wanted, size)
        if len(pictures) < len(wanted):
            pictures = self._shown(wanted, size)
        return [pictures[self._pts[i]] for i in indices.tolist()]

    @property
    def repairs(self) -> Repairs:
        """Repairs of the pictures that were returned so far."""
        return Repairs(
            unstamped_packets=self._unstamped,
            packets_without_picture=len(self._borrowed),
            corrupt_pictures=len(self._corrupt),
        )

    def _upright(self, frame: av.VideoFrame, size: Size | None) -> np.ndarray:
        if frame.is_corrupt:
            self._corrupt.add(frame.pts)
        return upright(frame, size, self._reformatter)

    def thinned(self, rate: float) -> list[int]:
        """Indices of frames of which no more than ``rate`` appear in a second."""
        kept, latest = [], -math.inf
        for index, time in enumerate(self.starts.tolist()):
            if _is_due(time, latest, rate):
                kept.append(index)
                latest = time
        return kept

    def all(self, rate: float = math.inf) -> Iterator[tuple[float, av.VideoFrame]]:
        """Frames as they are stored, in the order of display, at ascending times in seconds.

        Args:
            rate: Largest number of frames per second. Others are not decoded, unless a frame
                depends on them.
        """
        kept = self.thinned(rate)
        skips = len(kept) < len(self.starts) and not self.counted
        wanted = {self._pts[index] for index in kept} if skips else None
        latest = -math.inf
        for index, frame in enumerate(self._decoded(wanted=wanted, threads='AUTO')):
            if self.counted or frame.pts is None:
                time = float(self.starts[min(index, len(self.starts) - 1)])
            else:
                time = frame.pts * self._base - self._zero
            if _is_due(time, latest, rate):
                latest = time
                yield time, frame

    @cached_property
    def orientation(self) -> Orientation:
        """Orientation of the first frame; decodes it, and raises MediaError if there is none."""
        first = next(self._decoded(), None)
        if first is None:
            raise MediaError(f'{self._path}: not a single frame can be decoded')
        return orientation(first)

    def _given(
        self, wanted: set[int], size: Size | None, first: int | None = None
    ) -> dict[int | None, np.ndarray]:
        """Pictures by time stamp, decoded from the key frame before ``first`` or from the start.

        Frames that are neither requested nor needed for others are left out.
        """
        pictures: dict[int | None, np.ndarray] = {}
        for frame in self._decoded(first, wanted):
            if frame.pts in wanted:
                pictures[frame.pts] = self._upright(frame, size)
            if len(pictures) == len(wanted):
                break
        return pictures

    def _shown(self, wanted: set[int], size: Size | None) -> dict[int | None, np.ndarray]:
        """Pictures that a player shows at time stamps, though not every packet gives a frame."""
        pictures: dict[int | None, np.ndarray] = {}
        if self._cut:
            raise MediaError(f'{self._path}: {self._cut} frames are announced but cut off')
        ascending, shown = sorted(wanted), None
        for frame in itertools.chain(self._decoded(), [None]):
            while ascending and shown and (frame is None or ascending[0] < (frame.pts or 0)):
                if ascending[0] != shown.pts:
                    self._borrowed.add(ascending[0])
                pictures[ascending.pop(0)] = self._upright(shown, size)
            shown = frame
        if len(pictures) < len(wanted):
            raise MediaError(f'{self._path}: not a single frame can be decoded')
        return pictures

    def _counted_pictures(self, indices: list[int], size: Size | None) -> list[np.ndarray]:
        """Pictures by their place in the order of display."""
        # Continue after the last call, because windows of a long video come in order.
        if indices[0] < self._next:
            self._counting, self._next = iter(()), 0
        if not self._next:
            self._counting = enumerate(self._decoded())
        wanted, pictures = set(indices), list[np.ndarray]()
        for index, frame in self._counting:
            self._next = index + 1
            if index in wanted:
                pictures.append(self._upright(frame, size))
            if len(pictures) == len(wanted):
                return pictures
        missing = len(wanted) - len(pictures)
        raise MediaError(f'{self._path}: {missing} frames are announced but cannot be decoded')

    def _decoded(
        self, first: int | None = None, wanted: set[int] | None = None, threads: str = 'SLICE'
    ) -> Iterator[av.VideoFrame]:
        """Decode frames from the key frame before the time stamp ``first``, or from the start.

        Args:
            first: A time stamp.
            wanted: Time stamps of the frames that are needed; all if ``None``.
            threads: How the decoder uses threads, as PyAV names it.
        """
        with (
            media_errors(self._path, 'PyAV cannot decode'),
            open_container(self._path) as container,
        ):
            stream, _ = _video_stream(container, self._path)
            stream.thread_type = threads
            if stream.codec_context.name not in _SKIPS:
                wanted = None
            if first is not None:
                container.seek(first, stream=stream)
            for packet in joined_packets(container, self._joints, stream):
                if wanted is not None:
                    # No other frame needs these; the flag holds for the packet that follows.
                    unwanted = packet.pts is not None and packet.pts not in wanted
                    stream.codec_context.skip_frame = 'NONREF' if unwanted else 'DEFAULT'
                yield from packet.decode()


def _video_stream(container: InputContainer, path: str) -> tuple[av.VideoStream, Fraction]:
    """The stream that players choose, and its time base."""
    stream = best_stream(container, 'video')
    if stream is None or stream.time_base is None:
        raise MediaError(f'{path}: no video stream')
    return stream, stream.time_base


def _is_due(time: float, latest: float, rate: float) -> bool:
    """Whether a frame comes late enough after the latest one."""
    # Containers round times, by up to a tenth of a usual frame's.
    return time > latest and time - latest >= 0.9 / rate


def _is_before(stamp: _Stamp, end: float) -> bool:
    """Whether a packet is decoded before a time; no later one is shown before it then."""
    time = stamp.pts if stamp.dts is None else stamp.dts
    return time is None or time < end


def _stamps(container: InputContainer, joints: Joints, stream: av.VideoStream) -> Iterator[_Stamp]:
    for packet in joined_packets(container, joints, stream):
        # A packet to be discarded lies before the edit list's start: never shown.
        if packet.size and not packet.is_discard:
            yield _Stamp(packet.pts, packet.dts, packet.duration or 0, packet.is_corrupt)
