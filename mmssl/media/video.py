"""Frames at given times, by PyAV or decord, with the same result.

A picture file counts as a video that shows this picture at all times.

A file's frames carry presentation times on the clock that its sound shares.
The frame *at* a time is the one a player would show: the latest that is not
later. Frames are uint8 RGB, upright (rotation metadata applied).
"""

import math
import os
from pathlib import Path
from typing import Protocol

# decord is imported only when it is requested: it has no build for many machines, and OpenCV reads
# no PNG files if it is loaded after decord.
import av
import cv2
import numpy as np
from av.video.reformatter import Interpolation, VideoReformatter

from .clock import STEPS_PER_SECOND
from .files import LENIENT, MediaError, best_stream, existing_file, origin, refusing

#: Times are floats; a frame counts as due this much early.
_EPSILON = 1e-4

#: Endings of picture files, whose name may be given in place of a video's.
PICTURE_SUFFIXES = frozenset({'.jpg', '.jpeg', '.png', '.bmp', '.webp'})

#: What decodes pictures if nothing else is said; the faster one, see benchmarks/loading.py.
DECODER = 'pyav'

#: Frames that decord holds at full size at a time.
_BATCH = 16

#: Averaging, as OpenCV's INTER_AREA, of all three planes at full resolution, without bias.
_SHRINK = Interpolation.AREA | Interpolation.FULL_CHR_H_INT | Interpolation.ACCURATE_RND


class FrameReader(Protocol):
    """What a decoding backend offers."""

    starts: np.ndarray
    """Presentation times of all frames in seconds, ascending."""
    end: float
    """Time at which the last frame's display ends; infinite for a picture file."""

    def pictures(
        self, indices: np.ndarray, size: tuple[int, int] | None = None
    ) -> list[np.ndarray]:
        """Decode frames by ascending, unique index, and resize them to width and height."""


def open_frames(path: str | os.PathLike, backend: str = DECODER) -> FrameReader:
    """Open the best video stream of a file, or a picture file.

    Args:
        path: Video or picture file.
        backend: A name in :data:`DECODERS`.

    Raises:
        MediaError: If the file is missing, unreadable or has no video stream.
        ValueError: If the decoder is unknown or not installed.
    """
    require_decoder(backend)
    path = existing_file(path)
    if is_picture(path):
        return _PictureReader(path)
    reader = _BACKENDS[backend](path)
    if not len(reader.starts):
        raise MediaError(f'{path}: the video stream holds no frame')
    return reader


def require_decoder(name: str) -> None:
    """Refuse a decoder that is not available, once and before any clip is opened.

    Args:
        name: A name in :data:`DECODERS`.

    Raises:
        ValueError: If it is unknown or not installed. It is not a :class:`MediaError`,
            because no clip is at fault and none may be skipped.
    """
    if name not in _BACKENDS:
        raise ValueError(f'backend is {name!r}, expected one of {sorted(_BACKENDS)}')
    if name == 'decord':
        _decord()


def _decord():
    try:
        import decord
    except (ImportError, OSError, RuntimeError) as error:  # from Python, the linker or decord
        raise ValueError(
            f"decoder 'decord' is not installed ({_first_line(error)}): use 'pyav', the default, "
            'or pip install decord; it has builds for x86-64 Linux and Windows only'
        ) from error
    # Errors report damaged files. Messages of decord would only disturb a progress bar.
    decord.logging.set_level(decord.logging.QUIET)
    return decord


def is_picture(path: str | os.PathLike) -> bool:
    """Whether a name is that of a picture file."""
    return Path(path).suffix.lower() in PICTURE_SUFFIXES


def frames_at(
    reader: FrameReader, times: np.ndarray, size: tuple[int, int] | None = None
) -> list[np.ndarray]:
    """Frames that a player shows at the given times.

    Args:
        reader: An opened file.
        times: Seconds, in any order. Times before the first frame give the
            first, times after the last frame the last.
        size: Width and height to resize to; as decoded if ``None``.

    Returns:
        uint8 RGB arrays ``(H, W, 3)``, one a time.
    """
    indices = np.searchsorted(reader.starts, np.asarray(times) + _EPSILON, side='right') - 1
    unique, where = np.unique(np.maximum(indices, 0), return_inverse=True)
    pictures = reader.pictures(unique, size)
    return [pictures[i] for i in where]


def resize(picture: np.ndarray, size: tuple[int, int] | None) -> np.ndarray:
    """Resize to width and height; averaging when the picture shrinks."""
    height, width = picture.shape[:2]
    if size is None or (width, height) == tuple(size):
        return picture
    method = cv2.INTER_AREA if _shrinks((width, height), size) else cv2.INTER_LINEAR
    return cv2.resize(picture, size, interpolation=method)


def _shrinks(source, size) -> bool:
    return source[0] * source[1] > size[0] * size[1]


class _PictureReader:
    def __init__(self, path: str) -> None:
        # From memory, for OpenCV opens no file whose name its locale cannot write.
        picture = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_COLOR_RGB)
        if picture is None:
            raise MediaError(f'{path}: OpenCV cannot read this picture')
        self._picture = picture
        self.starts = np.zeros(1)
        self.end = math.inf

    def pictures(self, indices, size=None) -> list[np.ndarray]:
        return [resize(self._picture, size)] * len(indices)


class ArrayFrames:
    """Frames in memory, uint8 RGB ``(T, H, W, 3)``, one a step of the clock."""

    def __init__(self, frames: np.ndarray) -> None:
        self._frames = frames
        self.starts = np.arange(len(frames)) / STEPS_PER_SECOND
        self.end = len(frames) / STEPS_PER_SECOND

    def pictures(self, indices, size=None) -> list[np.ndarray]:
        return [resize(frame, size) for frame in self._frames[indices]]


class _DecordReader:
    def __init__(self, path: str) -> None:
        decord = _decord()
        try:
            self._video = decord.VideoReader(path, num_threads=1)
        except Exception as error:  # decord raises its own and plain RuntimeErrors
            raise MediaError(f'{path}: decord cannot open it: {_first_line(error)}') from error
        self._path = path
        spans = self._video.get_frame_timestamp(np.arange(len(self._video))).astype(np.float64)
        if len(spans) and (spans[0, 0] < -1 or (np.diff(spans[:, 0]) <= 0).any()):
            raise MediaError(
                f'{path}: decord reads no ascending time stamps from this container; '
                "use the backend 'pyav'"
            )
        # decord counts from the first picture, the clock from the start of the container.
        spans += _start_of_pictures(path)
        self.starts = spans[:, 0]
        self.end = float(spans[-1, 1]) if len(spans) else 0.0

    def pictures(self, indices, size=None) -> list[np.ndarray]:
        starts = range(0, len(indices), _BATCH)
        batches = (self._batch(indices[start : start + _BATCH]) for start in starts)
        return [resize(picture, size) for batch in batches for picture in batch]

    def _batch(self, indices):
        try:
            return self._video.get_batch(indices).asnumpy()
        except Exception as error:
            raise MediaError(
                f"{self._path}: decord cannot decode, the backend 'pyav' may: {_first_line(error)}"
            ) from error


def _start_of_pictures(path: str) -> float:
    """Seconds from the start of the container to its first picture."""
    with refusing(path, 'PyAV cannot open it'), av.open(path, **LENIENT) as container:
        stream = best_stream(container, 'video')
        if stream is None or stream.start_time is None:
            return 0.0
        return max(0.0, float(stream.start_time * stream.time_base) - origin(container))


class _PyAVReader:
    def __init__(self, path: str) -> None:
        self._path = path
        with refusing(path, 'PyAV cannot open it'), av.open(path, **LENIENT) as container:
            stream = best_stream(container, 'video')
            if stream is None:
                raise MediaError(f'{path}: no video stream')
            base, start = float(stream.time_base), origin(container)
            # A packet to be discarded lies before the edit list's start: never shown.
            shown = sorted(
                (packet.pts, packet.duration or 0)
                for packet in container.demux(stream)
                if packet.pts is not None and not packet.is_discard
            )
        self._pts = [pts for pts, _ in shown]
        self.starts = np.array(self._pts) * base - start
        self.end = sum(shown[-1]) * base - start if shown else 0.0

    def pictures(self, indices, size=None) -> list[np.ndarray]:
        wanted = {self._pts[i] for i in indices.tolist()}
        found = self._decoded(wanted, size, self._pts[indices[0]]) if indices[0] else {}
        # Containers without an index cannot be sought in reliably.
        if len(found) < len(wanted):
            found = self._decoded(wanted, size)
        if len(found) < len(wanted):
            raise MediaError(
                f'{self._path}: {len(wanted) - len(found)} frames are announced '
                'but cannot be decoded'
            )
        return [found[self._pts[i]] for i in indices.tolist()]

    def _decoded(self, wanted: set[int], size, first: int | None = None) -> dict[int, np.ndarray]:
        """Pictures by time stamp, decoded from the key frame before ``first`` or from the start."""
        found: dict[int, np.ndarray] = {}
        # One for all frames: making one costs as much as using it.
        reformatter = VideoReformatter()
        with (
            refusing(self._path, 'PyAV cannot decode'),
            av.open(self._path, **LENIENT) as container,
        ):
            stream = best_stream(container, 'video')
            if first is not None:
                container.seek(first, stream=stream)
            for packet in container.demux(stream):
                # No other frame needs these; the flag holds for the packet that follows.
                skips = packet.pts is not None and packet.pts not in wanted
                stream.codec_context.skip_frame = 'NONREF' if skips else 'DEFAULT'
                for frame in packet.decode():
                    if frame.pts in wanted:
                        found[frame.pts] = upright(frame, size, reformatter)
                if len(found) == len(wanted):
                    break
        return found


def upright(
    frame, size: tuple[int, int] | None = None, reformatter: VideoReformatter | None = None
) -> np.ndarray:
    """A PyAV frame as uint8 RGB, turned as its rotation metadata asks, and resized.

    Args:
        frame: The frame.
        size: Width and height; as decoded if ``None``. A picture that shrinks
            is averaged as it is decoded, never written out in full.
        reformatter: Its conversions are kept for frames to come.
    """
    reformatter = reformatter or VideoReformatter()
    turns = round(frame.rotation / 90) % 4
    if size and _shrinks((frame.width, frame.height), size):
        width, height = size[::-1] if turns % 2 else size
        frame = reformatter.reformat(frame, width, height, 'rgb24', None, None, _SHRINK, threads=1)
        picture = frame.to_ndarray()
    else:
        picture = reformatter.reformat(frame, format='rgb24', threads=1).to_ndarray()
    return resize(np.ascontiguousarray(np.rot90(picture, turns)) if turns else picture, size)


def _first_line(error: Exception) -> str:
    text = str(error).strip().splitlines()
    return text[0][-200:] if text else type(error).__name__


_BACKENDS = {'pyav': _PyAVReader, 'decord': _DecordReader}

#: Names of the decoders.
DECODERS = tuple(_BACKENDS)
