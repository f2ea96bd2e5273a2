"""From a decoded frame to the picture that is shown: uint8 RGB, upright, resized.

A camera stores pictures as its sensor lies, and notes in a display matrix how a
player shows them. The matrix can turn a picture, and it can also mirror it, as
front cameras do, which an angle alone cannot tell.
"""

from dataclasses import dataclass
from typing import Any

import av
import cv2
import numpy as np
from av.sidedata.sidedata import SideDataContainer
from av.video.reformatter import Interpolation, VideoReformatter

from ..files import StrPath, atomic_file

#: Width and height in pixels.
Size = tuple[int, int]

# PyAV's types lack its argument.
_SIDE_DATA: Any = SideDataContainer

#: Averaging, as OpenCV's INTER_AREA, of all three planes at full resolution, without bias.
_SHRINK = Interpolation.AREA | Interpolation.FULL_CHR_H_INT | Interpolation.ACCURATE_RND


@dataclass(frozen=True)
class Orientation:
    """Steps from a stored picture to the shown one, in this order.

    Attributes:
        transposed: Whether rows become columns.
        mirrored: Whether left and right are exchanged.
        flipped: Whether top and bottom are exchanged.
    """

    transposed: bool = False
    mirrored: bool = False
    flipped: bool = False

    @property
    def is_mirror(self) -> bool:
        """Whether no rotation alone gives the shown picture."""
        return (self.transposed + self.mirrored + self.flipped) % 2 == 1

    def apply(self, picture: np.ndarray) -> np.ndarray:
        """Return a picture ``(H, W, 3)`` as it is shown."""
        if self == Orientation():
            return picture
        if self.transposed:
            picture = picture.swapaxes(0, 1)
        rows, columns = (slice(None, None, -1 if t else 1) for t in (self.flipped, self.mirrored))
        return np.ascontiguousarray(picture[rows, columns])


def orientation(frame: av.VideoFrame) -> Orientation:
    """Return the orientation of a PyAV frame, to the nearest quarter turn.

    Its display matrix maps a stored point (x, y) to the shown point
    (a x + c y, b x + d y), see ``libavutil/display.h``.
    """
    # frame.side_data would refer to the frame and the frame to it, so that the frame's memory would
    # wait for Python's cyclic collection: a gigabyte of pictures of 1080 lines.
    matrix = _SIDE_DATA(frame).get('DISPLAYMATRIX')
    if matrix is None:
        return Orientation()
    # Rows (a, b, u), (c, d, v), (x, y, w) of 32-bit numbers.
    numbers = np.frombuffer(bytes(matrix), np.int32)
    a, b, _, c, d = numbers[:5].tolist()
    if abs(b) + abs(c) > abs(a) + abs(d):
        return Orientation(True, mirrored=c < 0, flipped=b < 0)
    return Orientation(mirrored=a < 0, flipped=d < 0)


def upright(
    frame: av.VideoFrame, size: Size | None = None, reformatter: VideoReformatter | None = None
) -> np.ndarray:
    """A PyAV frame as uint8 RGB, turned and mirrored as its display matrix asks, and resized.

    Args:
        frame: The frame.
        size: Width and height; as decoded if ``None``. A picture that shrinks
            is averaged as it is decoded, never written out in full.
        reformatter: Reused for later frames.
    """
    reformatter = reformatter or VideoReformatter()
    shown = orientation(frame)
    if size and _shrinks((frame.width, frame.height), size):
        width, height = size[::-1] if shown.transposed else size
        frame = reformatter.reformat(frame, width, height, 'rgb24', None, None, _SHRINK, threads=1)
    else:
        frame = reformatter.reformat(frame, format='rgb24', threads=1)
    return resize(shown.apply(frame.to_ndarray()), size)


def resize(picture: np.ndarray, size: Size | None) -> np.ndarray:
    """Resize to width and height; averaging when the picture shrinks."""
    height, width = picture.shape[:2]
    if size is None or (width, height) == tuple(size):
        return picture
    method = cv2.INTER_AREA if _shrinks((width, height), size) else cv2.INTER_LINEAR
    return cv2.resize(picture, size, interpolation=method)


def write_jpeg(path: StrPath, picture: np.ndarray, quality: int) -> None:
    """Write a uint8 RGB picture as JPEG, of a quality from 0 to 100; atomically."""
    options = [cv2.IMWRITE_JPEG_QUALITY, quality]
    _, content = cv2.imencode('.jpg', np.ascontiguousarray(picture[..., ::-1]), options)
    with atomic_file(path) as partial:
        partial.write_bytes(content.tobytes())


def _shrinks(source: Size, size: Size) -> bool:
    return source[0] * source[1] > size[0] * size[1]
