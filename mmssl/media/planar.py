"""Pictures as encoders take them: a plane of luma, and two of chroma at half resolution.

Videos are drawn on in this form. A way to RGB and back would cost more than the drawing, and would
change colours outside the drawing.
"""

import copy
from typing import Self

import av
import numpy as np
from av.video.reformatter import Colorspace, Interpolation, VideoReformatter

from .pictures import Orientation, Size

#: Shares of red and blue in luma, by FFmpeg's number of the matrix.
_SHARES = {1: (0.2126, 0.0722), 6: (0.299, 0.114)}

#: FFmpeg's numbers of matrices that are kept, and under which they are kept. Pictures that do
#: not name theirs are taken for the second, as FFmpeg does.
_KEPT = {1: 1, 2: 6, 5: 6, 6: 6}

_COLORSPACES = {1: Colorspace.ITU709, 6: Colorspace.ITU601}


class PlanarPicture:
    """A picture of even width and height, upright, to be drawn on and encoded.

    Args:
        frame: An upright frame of the format yuv420p, which is not used elsewhere.
        matrix: FFmpeg's number of the matrix between RGB and the planes: 1 is BT.709, 6 BT.601.

    Attributes:
        planes: Luma, uint8 ``(H, W)`` from 16 to 235, and blue and red chroma,
            uint8 ``(H / 2, W / 2)``. They are the memory of the frame.
    """

    def __init__(self, frame: av.VideoFrame, matrix: int) -> None:
        self.frame = frame
        self.matrix = matrix
        self.planes = _arrays(frame)

    def repeated(self, count: int) -> Self:
        """A picture that shows this one ``count`` times, side by side."""
        height, width = self.planes[0].shape
        wide = type(self)(av.VideoFrame(count * width, height, 'yuv420p'), self.matrix)
        for plane, own in zip(wide.planes, self.planes, strict=True):
            plane[:] = np.tile(own, count)
        return wide

    def column(self, number: int, count: int) -> Self:
        """One of several columns of equal width, as a view of the same memory."""
        part = copy.copy(self)
        part.planes = [
            plane[:, (width := plane.shape[1] // count) * number : width * (number + 1)]
            for plane in self.planes
        ]
        return part


def matrix_of(frame: av.VideoFrame) -> int:
    """The matrix in which a frame is written: its own where browsers know it, else BT.709."""
    return _KEPT.get(int(frame.colorspace), 1) if frame.format.name.startswith('yuv') else 1


def planar(
    frame: av.VideoFrame,
    size: Size,
    turn: Orientation,
    matrix: int,
    reformatter: VideoReformatter,
) -> PlanarPicture:
    """A PyAV frame, upright and resized.

    Args:
        frame: The frame.
        size: Width and height, both even. A picture that is larger by a row or
            a column loses it.
        turn: Orientation of the frame.
        matrix: As of :class:`PlanarPicture`.
        reformatter: Reused for later frames.
    """
    width, height = size[::-1] if turn.transposed else size
    if (frame.width - frame.width % 2, frame.height - frame.height % 2) == (width, height):
        width, height = frame.width, frame.height
    converted = reformatter.reformat(
        *(frame, width, height, 'yuv420p', None, _COLORSPACES[matrix], Interpolation.AREA),
        dst_color_range='MPEG',
        threads=1,
    )
    # Unless it is converted, it is the decoder's own, which later frames depend on.
    if converted is not frame and (width, height) == size and turn == Orientation():
        return PlanarPicture(converted, matrix)
    picture = PlanarPicture(av.VideoFrame(*size, 'yuv420p'), matrix)
    for plane, stored in zip(picture.planes, _arrays(converted), strict=True):
        plane[:] = turn.apply(stored)[: plane.shape[0], : plane.shape[1]]
    return picture


def planar_colours(colours: np.ndarray, matrix: int) -> np.ndarray:
    """Luma and chroma of RGB colours, uint8 ``(N, 3)`` both, see ITU-R BT.709 and BT.601."""
    red, blue = _SHARES[matrix]
    r, g, b = colours.T / 255
    luma = red * r + (1 - red - blue) * g + blue * b
    chroma_blue = (b - luma) / (2 - 2 * blue)
    chroma_red = (r - luma) / (2 - 2 * red)
    planes = 16 + 219 * luma, 128 + 224 * chroma_blue, 128 + 224 * chroma_red
    return np.stack(planes, 1).round().astype(np.uint8)


def _arrays(frame: av.VideoFrame) -> list[np.ndarray]:
    """The memory of a frame's planes, without the padding of rows."""
    return [
        np.frombuffer(memoryview(p), np.uint8).reshape(-1, p.line_size)[: p.height, : p.width]
        for p in frame.planes
    ]
