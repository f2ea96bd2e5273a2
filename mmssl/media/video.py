"""Frames at given times, by decord or PyAV, with the same result.

A file's frames carry presentation times on the clock that its sound shares.
The frame *at* a time is the one a player would show: the latest that is not
later. Frames are uint8 RGB, upright (rotation metadata applied).
"""

import os
from typing import Protocol

import cv2
import numpy as np

from .files import MediaError, existing_file

#: Times are floats; a frame counts as due this much early.
_EPSILON = 1e-4


class FrameReader(Protocol):
    """What a decoding backend offers."""

    starts: np.ndarray
    """Presentation times of all frames in seconds, ascending."""
    end: float
    """Time at which the last frame's display ends."""

    def pictures(self, indices: np.ndarray) -> list[np.ndarray]:
        """Decode frames by ascending, unique index."""


def open_frames(path: str | os.PathLike, backend: str = 'decord') -> FrameReader:
    """Open the best video stream of a file.

    Args:
        path: Video file.
        backend: ``'decord'`` or ``'pyav'``.

    Raises:
        MediaError: If the file is missing, unreadable or has no video stream.
        ValueError: If the backend is unknown.
    """
    if backend not in _BACKENDS:
        raise ValueError(f'backend is {backend!r}, expected one of {sorted(_BACKENDS)}')
    path = existing_file(path)
    reader = _BACKENDS[backend](path)
    if not len(reader.starts):
        raise MediaError(f'{path}: the video stream holds no frame')
    return reader


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
    pictures = reader.pictures(unique)
    if size is not None:
        pictures = [resize(picture, size) for picture in pictures]
    return [pictures[i] for i in where]


def resize(picture: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Resize to width and height; averaging when the picture shrinks."""
    height, width = picture.shape[:2]
    if (width, height) == tuple(size):
        return picture
    shrinks = width * height > size[0] * size[1]
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)


class _DecordReader:
    def __init__(self, path: str) -> None:
        import decord

        try:
            self._video = decord.VideoReader(path, num_threads=1)
        except Exception as error:  # decord raises its own and plain RuntimeErrors
            raise MediaError(f'{path}: decord cannot open it: {_first_line(error)}') from error
        self._path = path
        spans = self._video.get_frame_timestamp(np.arange(len(self._video)))
        self.starts = spans[:, 0].astype(np.float64)
        self.end = float(spans[-1, 1]) if len(spans) else 0.0

    def pictures(self, indices: np.ndarray) -> list[np.ndarray]:
        try:
            return list(self._video.get_batch(indices).asnumpy())
        except Exception as error:
            raise MediaError(f'{self._path}: decord cannot decode: {_first_line(error)}') from error


class _PyAVReader:
    def __init__(self, path: str) -> None:
        import av

        self._path = path
        try:
            with av.open(path) as container:
                stream = container.streams.best('video')
                if stream is None:
                    raise MediaError(f'{path}: no video stream')
                packets = [p for p in container.demux(stream) if p.pts is not None]
                base = float(stream.time_base)
        except av.FFmpegError as error:
            raise MediaError(f'{path}: PyAV cannot open it: {error}') from error
        # A negative time lies before the edit list's start: never shown.
        shown = sorted(
            (p.pts * base, (p.duration or 0) * base) for p in packets if not p.is_discard
        )
        self.starts = np.array([start for start, _ in shown])
        self.end = shown[-1][0] + shown[-1][1] if shown else 0.0

    def pictures(self, indices: np.ndarray) -> list[np.ndarray]:
        import av

        wanted, found = set(indices.tolist()), {}
        try:
            with av.open(self._path) as container:
                stream = container.streams.best('video')
                for index, frame in enumerate(container.decode(stream)):
                    if index in wanted:
                        found[index] = upright(frame)
                        if len(found) == len(wanted):
                            break
        except av.FFmpegError as error:
            raise MediaError(f'{self._path}: PyAV cannot decode: {error}') from error
        if missing := sorted(wanted - set(found)):
            raise MediaError(
                f'{self._path}: frames {missing[:5]} are announced but cannot be decoded'
            )
        return [found[i] for i in indices.tolist()]


def upright(frame) -> np.ndarray:
    """A PyAV frame as uint8 RGB, turned as its rotation metadata asks."""
    picture = frame.to_ndarray(format='rgb24')
    turns = round(frame.rotation / 90) % 4
    return np.ascontiguousarray(np.rot90(picture, turns)) if turns else picture


def _first_line(error: Exception) -> str:
    text = str(error).strip().splitlines()
    return text[0][-200:] if text else type(error).__name__


_BACKENDS = {'decord': _DecordReader, 'pyav': _PyAVReader}
