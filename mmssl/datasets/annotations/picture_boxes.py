"""Boxes of one picture, and the clip and the instant in its name."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

import numpy as np

_AT = re.compile(r'(.+)@([0-9]+(?:\.[0-9]+)?)\Z')
# A fraction like the .5 in 2.5 does not count as an ending.
_ENDING = re.compile(r'\.(?:[A-Za-z][A-Za-z0-9]{1,4}|3g[2p])\Z')
#: Share of the frame by which a box may lie outside, because of rounding and small slips.
_SLACK = 0.1


@dataclass(frozen=True, eq=False)
class PictureBoxes:
    """Boxes of one picture of a clip.

    Attributes:
        clip: Path of the clip, as far as the file tells it, without ending.
        boxes: float64 ``(k, 4)``, xyxy fractions of the full frame.
        names: A label a box.
        time: Instant in seconds of the clip's file; ``None`` if unknown.
        frame: Number of the frame from 0, where only the frame tells the instant.
    """

    clip: PurePosixPath
    boxes: np.ndarray
    names: tuple[str, ...]
    time: float | None = None
    frame: int | None = None


def named_picture(
    name: str, boxes: Sequence | np.ndarray, names: Sequence[str], time: float | None = None
) -> PictureBoxes:
    """Boxes of a picture by its file's name, which may tell the instant.

    >>> named_picture('dog/a@2.5.jpg', [], []).time
    2.5
    """
    clip = without_ending(name)
    if match := _AT.match(clip.name):
        clip = clip.with_name(match[1])
        time = float(match[2]) if time is None else time
    return PictureBoxes(clip, np.array(boxes, np.float64).reshape(-1, 4), tuple(names), time)


def drawn_frames(
    video: str, drawn: Mapping[tuple[float | None, int | None], Sequence[tuple[Sequence, str]]]
) -> list[PictureBoxes]:
    """Frames of a video with their annotations.

    Args:
        video: Its file.
        drawn: Boxes with their labels by time and frame, one of them ``None``.
    """
    return [
        PictureBoxes(without_ending(video), *_boxes_and_names(entries), *key)
        for key, entries in drawn.items()
    ]


def _boxes_and_names(
    entries: Sequence[tuple[Sequence, str]],
) -> tuple[np.ndarray, tuple[str, ...]]:
    boxes, names = zip(*entries)
    return np.array(boxes, np.float64), names


def without_ending(name: str) -> PurePosixPath:
    """A path without the ending of its file."""
    path = PurePosixPath(name.replace('\\', '/'))
    return path.with_name(_ENDING.sub('', path.name) or path.name) if path.name else path


def turned_box(
    box: Sequence[float], size: Sequence[float], degrees: float, centre: Sequence[float]
) -> tuple[list[float], str]:
    """Extent of a rotated box in fractions of the frame, and its fault, if any.

    Args:
        box: Left, top, right, bottom in pixels, before it is turned.
        size: Width and height of the frame in pixels.
        degrees: Rotation, clockwise.
        centre: Centre of the rotation, in pixels.
    """
    left, top, right, bottom = box
    if right < left or bottom < top:
        return [], 'ends before it begins'
    corners = np.array([[x, y] for x in (left, right) for y in (top, bottom)]) - centre
    angle = np.deg2rad(degrees)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    fractions = (corners @ turn + centre) / size
    ends = [*fractions.min(0), *fractions.max(0)]
    if min(ends) < -_SLACK or max(ends) > 1 + _SLACK:
        return [], f'lies outside of the frame of {size[0]:g} x {size[1]:g} pixels'
    return [float(value) for value in np.clip(ends, 0, 1)], ''
