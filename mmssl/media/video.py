"""Frames at given times, by PyAV or decord, with the same result.

A picture file, and a video stream of a single picture such as the cover of a sound file, count
as a video that shows this picture at all times.

A file's frames carry presentation times on the clock that its sound shares.
The frame *at* a time is the one a player would show: the latest that is not
later. Frames are uint8 RGB, upright (turned and mirrored as their metadata ask).
"""

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np

from ..files import StrPath
from .decord_frames import DecordFrames, load_decord
from .files import MediaError, existing_file
from .joined import Span
from .pictures import Size, resize
from .pyav_frames import PyAVFrames
from .repairs import Repairs

#: Times are floats; a frame counts as due this much early.
_EPSILON = 1e-4


def _suffixes(endings: str) -> frozenset[str]:
    return frozenset(f'.{ending}' for ending in endings.split())


#: Endings of files that hold videos, sounds and pictures, in lower case.
VIDEO_SUFFIXES = _suffixes(
    '3g2 3gp asf avi divx dv f4v flv m1v m2t m2ts m2v m4v mkv mov mp4 mpe mpeg mpg mts mxf nut ogm '
    'ogv qt rm rmvb ts vob webm wmv wtv'
)
AUDIO_SUFFIXES = _suffixes(
    'aac ac3 aif aiff amr au caf dts eac3 flac m4a m4b mka mp2 mp3 oga ogg opus spx tta w64 wav '
    'weba wma wv'
)
#: A picture's name may be given in place of a video's.
PICTURE_SUFFIXES = _suffixes('jpg jpeg png bmp webp tif tiff jp2 gif avif')

#: Marks of animations (WebP, PNG, GIF, AVIF), and the bytes at the start that hold them.
_ANIMATED, _HEADER = (b'ANIM', b'acTL', b'GIF8', b'ftypavis'), 65536

#: The default decoder of pictures, which is the faster one (benchmarks/loading.py).
DECODER = 'pyav'


class FrameReader(Protocol):
    """The interface of a decoder."""

    starts: np.ndarray
    """Presentation times of all frames in seconds, ascending."""
    end: float
    """Time at which the last frame's display ends; infinite for a picture file."""

    @property
    def repairs(self) -> Repairs:
        """Repairs of the frames that were returned so far."""

    def pictures(self, indices: np.ndarray, size: Size | None = None) -> list[np.ndarray]:
        """Decode frames by ascending, unique index, and resize them to width and height."""


def open_frames(path: StrPath, decoder: str = DECODER, span: Span | None = None) -> FrameReader:
    """Open the best video stream of a file, or a picture file.

    Args:
        path: Video or picture file.
        decoder: A name in :data:`DECODERS`.
        span: Part of which frames are needed, see :class:`PyAVFrames`; decord reads the whole.

    Raises:
        MediaError: If the file is missing, unreadable or has no video stream.
        ValueError: If the decoder is unknown or not installed.
    """
    require_decoder(decoder)
    path = existing_file(path)
    if is_picture(path) and (picture := _read_picture(path)) is not None:
        return picture
    reader = PyAVFrames(path, span) if decoder == DECODER else _READERS[decoder](path)
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
    if name not in _READERS:
        raise ValueError(f'decoder is {name!r}, expected one of {sorted(_READERS)}')
    if name == 'decord':
        load_decord()


def is_picture(path: StrPath) -> bool:
    """Whether a name is that of a picture file."""
    return Path(path).suffix.lower() in PICTURE_SUFFIXES


def frames_at(reader: FrameReader, times: np.ndarray, size: Size | None = None) -> list[np.ndarray]:
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


def frame_time(path: StrPath, frame: int, progress: Callable | None = None) -> float:
    """Seconds in the middle of a frame's display, by its number from 0.

    Args:
        path: Video.
        frame: Number, in the order of display.
        progress: Not used; see :func:`mmssl.media.isolation.run_isolated`.

    Raises:
        MediaError: If the video cannot be read, or has fewer frames.
    """
    reader = open_frames(path)
    if frame >= len(reader.starts):
        raise MediaError(f'{path}: frame {frame} of {len(reader.starts)}, which count from 0')
    ends = [*reader.starts[1:], reader.end]
    return float(reader.starts[frame] + ends[frame]) / 2 if math.isfinite(ends[frame]) else 0.0


def _read_picture(path: str) -> 'FramesInMemory | None':
    """A picture file; ``None`` if OpenCV cannot read it, or FFmpeg knows its times better."""
    suffix = Path(path).suffix.lower()
    if suffix in ('.gif', '.avif'):
        return None
    # From memory, because OpenCV cannot open file names outside its locale.
    content = np.fromfile(path, np.uint8)
    # Decoding an animation takes as long as decoding a picture, so other files skip it.
    head = content[:_HEADER].tobytes()
    if any(mark in head for mark in _ANIMATED):
        read, animation = cv2.imdecodeanimation(content)
        if read and len(animation.frames) > 1:
            frames = [cv2.cvtColor(frame, cv2.COLOR_BGRA2RGB) for frame in animation.frames]
            return FramesInMemory(frames, np.cumsum(animation.durations) / 1000)
    picture = cv2.imdecode(content, cv2.IMREAD_COLOR_RGB) if len(content) else None
    return None if picture is None else FramesInMemory([picture], np.array([math.inf]))


class FramesInMemory:
    """Decoded pictures, uint8 RGB ``(H, W, 3)``, and the times at which their display ends.

    A picture is shown from the end of the one before, the first from time 0.
    """

    def __init__(self, frames: Sequence[np.ndarray] | np.ndarray, ends: np.ndarray) -> None:
        self._frames = frames
        self.repairs = Repairs()
        self.starts, self.end = np.concatenate([[0.0], ends[:-1]]), float(ends.max(initial=0.0))

    def pictures(self, indices: np.ndarray, size: Size | None = None) -> list[np.ndarray]:
        return [resize(self._frames[i], size) for i in indices]


_READERS: dict[str, Callable[[str], FrameReader]] = {'pyav': PyAVFrames, 'decord': DecordFrames}

#: Names of the decoders.
DECODERS = tuple(_READERS)
