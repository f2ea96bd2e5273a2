"""Videos of inputs under the maps of one model, or of several side by side."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np

from ..media import STEPS_PER_SECOND, Clip, step_centres, steps_in, write_video
from ..media.files import atomic_file
from ..media.isolation import run_isolated
from ..media.planar import PlanarPicture, planar_colours
from ..media.remux import VideoOptions, overlay_video
from ..media.video import is_picture
from ..media.writer import RESULT
from ..visualization import MAP_COLOURS, Caption, StepLayers
from .inputs import FileInput, Input


def maps_shown(maps: np.ndarray, clip: Clip) -> np.ndarray:
    """Maps ``(T, h, w)`` of every step. The map of a still picture lasts as long as its sound."""
    return np.repeat(maps, steps_in(clip.duration), 0) if len(maps) == 1 else maps


class MapPainter:
    """Draws the map ``(h, w)`` of a step over a picture, at any time of the video.

    Args:
        maps: ``(T, h, w)``, as of :func:`maps_shown`.
        caption: A line above the picture; none if it is empty.
    """

    def __init__(self, maps: np.ndarray, caption: str = '') -> None:
        self._layers = StepLayers(maps)
        self._caption = Caption(caption) if caption else None

    def over(self, picture: np.ndarray, time: float) -> np.ndarray:
        """Return an uint8 RGB picture ``(H, W, 3)`` under the map."""
        drawn = picture.copy()
        self._layers.draw_on([drawn], time)
        if self._caption:
            self._caption.draw_on(drawn)
        return drawn

    def draw_on(self, picture: PlanarPicture, time: float) -> None:
        """Draw over a picture of a video, in place."""
        self._layers.draw_on(
            picture.planes, time, lambda: planar_colours(MAP_COLOURS, picture.matrix).T
        )
        if self._caption:
            self._caption.draw_on(picture.planes[0])


class _Columns:
    """Draws one painter's map in each column of a picture."""

    def __init__(self, painters: Sequence[MapPainter]) -> None:
        self._painters = painters

    def over(self, picture: np.ndarray, time: float) -> np.ndarray:
        """Return the picture once for each painter, from left to right."""
        return np.hstack([painter.over(picture, time) for painter in self._painters])

    def draw_on(self, picture: PlanarPicture, time: float) -> None:
        """Draw in place over a picture with equal columns."""
        for number, painter in enumerate(self._painters):
            painter.draw_on(picture.column(number, len(self._painters)), time)


def write_overlay(
    path: Path,
    item: Input,
    clip: Clip,
    painters: Sequence[MapPainter],
    options: VideoOptions | None,
    progress: Callable[[Iterable, int], Iterable],
) -> None:
    """Write a video of an input that shows its pictures once for each painter, side by side.

    Args:
        path: mp4 file.
        item, clip: The input, and its clip.
        painters: From left to right.
        options: Size, rate and quality; the defaults if ``None``.
        progress: Wraps the frames, given with their number, to show how far it is.

    Raises:
        MediaError: If the video cannot be rewritten.
    """
    columns = _Columns(painters)
    if isinstance(item, FileInput) and not is_picture(item.video) and not clip.is_still:
        with atomic_file(path) as partial:
            run_isolated(
                overlay_video, item.video, partial, columns.draw_on, audio=item.audio,
                options=options, columns=len(painters), progress=progress,
            )  # fmt: skip
        return
    # A picture, or arrays: a frame is a step.
    times = step_centres(steps_in(clip.duration))
    drawn = (columns.over(clip.frames(np.array([t]))[0], t) for t in times)
    sound = clip.samples(0, len(times) / STEPS_PER_SECOND)
    write_video(path, drawn, STEPS_PER_SECOND, sound, comment=RESULT)
