"""The maps of a whole clip: over its frames, and on a sheet of its best moments.

Maps are ``(steps, h, w)``, ten a second, as :func:`mmssl.localize` gives them. All maps of a clip
share one scale of colours, so that a colour means the same throughout.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np
from matplotlib.figure import Figure

from ..clock import STEPS_PER_SECOND, step_at, step_centre, steps_in
from ..localization import BoxRule, best_steps, boxes_from_map
from ..localization.boxes import Box
from ..media import ArrayClip, Clip, log_mel
from ..media.logmel import ROWS_PER_CHUNK
from .drawing import MAP_COLOURS, MapLayer, draw_boxes, overlay_map
from .sheets import contact_sheet, figure_pixels

#: Seconds of sound per computed block of a spectrogram, and the largest number of rows on a sheet.
_PIECE = 60
_MOST_ROWS = 6000


def value_range(maps: np.ndarray) -> tuple[float, float]:
    """Values of a clip's maps ``(steps, h, w)`` with no colour and with the hottest colour."""
    low, high = np.quantile(maps, [0.3, 0.995])
    return float(low), float(max(high, low + 1e-6))


class StepLayers:
    """The layers of a clip's maps, each laid over all frames of its step.

    Args:
        maps: Float ``(steps, h, w)``.
    """

    def __init__(self, maps: np.ndarray) -> None:
        self._maps, self._span = maps, value_range(maps)
        # Several frames show one step.
        self._step: int | None = None
        self._layers: list[MapLayer] = []

    def draw_on(
        self,
        planes: Sequence[np.ndarray],
        time: float,
        palettes: Callable[[], Iterable[np.ndarray]] = lambda: [MAP_COLOURS],
    ) -> None:
        """Draw over a picture in place. Nothing is drawn after the end of the sound.

        Args:
            planes: RGB, or the planes of a picture of a video.
            time: In seconds of the clip.
            palettes: Gives the colours of each plane, see :class:`MapLayer`.
        """
        step = step_at(time)
        if step >= len(self._maps):
            return
        if step != self._step:
            self._step = step
            self._layers = [
                MapLayer(self._maps[step], plane.shape[:2], self._span, palette=palette)
                for plane, palette in zip(planes, palettes(), strict=True)
            ]
        for layer, plane in zip(self._layers, planes, strict=True):
            layer.draw_on(plane)


def overlay_maps(
    frames: Iterable[np.ndarray], maps: np.ndarray, rate: float = STEPS_PER_SECOND
) -> Iterator[np.ndarray]:
    """Lay the maps of a clip over its frames.

    Args:
        frames: uint8 RGB ``(H, W, 3)`` each, from the start of the clip.
        maps: Float ``(steps, h, w)``.
        rate: Frames a second.

    Yields:
        uint8 RGB ``(H, W, 3)`` for each frame; a frame after the last map is left as it is.
        :func:`mmssl.media.write_video` writes them.

    Raises:
        ValueError: If the maps have another shape or hold NaN.
    """
    layers = StepLayers(_checked(maps))
    for number, frame in enumerate(frames):
        drawn = np.array(frame, order='C')
        layers.draw_on([drawn], number / rate)
        yield drawn


def draw_sheet(
    frames: np.ndarray,
    maps: np.ndarray,
    samples: np.ndarray,
    rate: float = STEPS_PER_SECOND,
    *,
    top: int = 5,
    rule: BoxRule | None = None,
) -> np.ndarray:
    """Draw the moments with the highest peaks of the maps, their boxes, and the spectrogram.

    Args:
        frames: uint8 RGB ``(T, H, W, 3)``.
        maps: Float ``(steps, h, w)``, of this clip.
        samples: Float ``(S,)`` in [-1, 1] at 16 kHz, mono.
        rate: Frames a second.
        top: Number of moments, at least half a second from each other.
        rule: How boxes are cut from maps; the default one if ``None``.

    Returns:
        The sheet, uint8 RGB ``(H', W', 3)``.

    Raises:
        ValueError: If an array is malformed.
    """
    maps, clip = _checked(maps), ArrayClip(frames, samples, rate)
    if len(maps) != steps_in(clip.duration):
        raise ValueError(
            f'{len(maps)} maps for {clip.duration:.2f} s, expected {steps_in(clip.duration)}: one '
            'for every 100 ms for which there are frames and samples'
        )
    steps = sorted(best_steps(maps.max((1, 2)), top, STEPS_PER_SECOND // 2).tolist())
    times = [step_centre(step) for step in steps]
    boxes = [[found.box for found in boxes_from_map(maps[step], rule)] for step in steps]
    titles = [f'{time:.2f} s' for time in times]
    return figure_pixels(clip_sheet(clip, maps, times, boxes, titles))


def clip_sheet(
    clip: Clip,
    maps: np.ndarray,
    times: Sequence[float],
    boxes: Sequence[Sequence[Box]],
    titles: Sequence[str],
    curve: np.ndarray | None = None,
) -> Figure:
    """A sheet of a clip: its spectrogram, and maps and boxes at some instants.

    Args:
        clip: The clip.
        maps: ``(steps, h, w)``.
        times: Instants in seconds.
        boxes: Boxes at each instant, xyxy fractions.
        titles: One a picture.
        curve: As for :func:`contact_sheet`.

    Returns:
        A figure.
    """
    span = value_range(maps)
    pictures = [
        draw_boxes(overlay_map(frame, maps[step_at(time)], span), around)
        for time, frame, around in zip(times, clip.frames(np.array(times)), boxes, strict=True)
    ]
    rows, rate = spectrogram_rows(clip, len(maps) / STEPS_PER_SECOND)
    return contact_sheet(pictures, titles, rows, times, curve, rows_per_second=rate)


def spectrogram_rows(clip: Clip, seconds: float) -> tuple[np.ndarray, float]:
    """Log-mel of a clip and its rows a second; long ones are averaged to the width of a page."""
    factor = math.ceil(seconds * ROWS_PER_CHUNK / _MOST_ROWS)
    rows = []
    for start in np.arange(0, seconds, _PIECE):
        piece = log_mel(clip.samples(start, min(_PIECE, seconds - start))).numpy()
        whole = len(piece) // factor * factor
        rows.append(piece[:whole].reshape(-1, factor, piece.shape[1]).mean(1))
    return np.concatenate(rows), ROWS_PER_CHUNK / factor


def _checked(maps: np.ndarray) -> np.ndarray:
    maps = np.asarray(maps)
    if maps.ndim != 3 or not maps.size or not np.isfinite(maps).all():
        raise ValueError(
            f'maps have shape {maps.shape} and type {maps.dtype}, expected finite values '
            '(steps, h, w), ten steps a second'
        )
    return maps
