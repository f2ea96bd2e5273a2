"""Marks on pictures, uint8 RGB. Only :meth:`MapLayer.draw_on` changes its argument."""

from collections.abc import Iterable
from functools import lru_cache

import cv2
import numpy as np

from ..localization.boxes import Box

#: Red, green and blue.
Colour = tuple[int, int, int]

GREEN = (60, 220, 90)
ORANGE = (255, 176, 0)

#: Colours of maps, RGB ``(256, 3)``, from the lowest to the highest value.
MAP_COLOURS = cv2.applyColorMap(np.arange(256, dtype='u1')[:, None], cv2.COLORMAP_TURBO)[:, 0, ::-1]


def overlay_map(
    picture: np.ndarray,
    values: np.ndarray,
    value_range: tuple[float, float] | None = None,
    opacity: float = 0.55,
) -> np.ndarray:
    """Lay a map over a picture. Higher values are warmer and less transparent.

    Args:
        picture: uint8 RGB ``(H, W, 3)``.
        values: Map ``(h, w)``.
        value_range: Values with no colour and with the hottest colour; the map's own minimum and
            maximum if ``None``.
        opacity: Share of colour at the hottest place.

    Returns:
        uint8 RGB ``(H, W, 3)``.

    Raises:
        ValueError: If the picture or the map is of another shape or type.
    """
    picture, values = _checked(picture), np.asarray(values)
    if values.ndim != 2 or not values.size or not np.isfinite(values).all():
        raise ValueError(f'map has shape {values.shape}, expected finite values (h, w)')
    return MapLayer(values, picture.shape[:2], value_range, opacity).over(picture)


class MapLayer:
    """A map's colours at a picture's size, to be laid over several pictures.

    Args:
        values, value_range, opacity: As for :func:`overlay_map`.
        shape: Height and width of the pictures.
        palette: Colours from the lowest to the highest value, uint8 ``(256,)`` or
            ``(256, 3)``, as the pictures hold them.
    """

    def __init__(
        self,
        values: np.ndarray,
        shape: tuple[int, int],
        value_range: tuple[float, float] | None = None,
        opacity: float = 0.55,
        palette: np.ndarray = MAP_COLOURS,
    ) -> None:
        low, high = value_range or (float(values.min()), float(values.max()))
        share = (np.asarray(values, np.float32) - low) / max(high - low, 1e-9)
        share = _enlarged(share, shape)
        np.clip(share, 0, 1, out=share)
        levels = cv2.convertScaleAbs(share, alpha=255)
        weight = opacity * np.arange(256)[:, None] / 255
        palette = palette.reshape(256, -1)
        self._colours = _looked_up(levels, weight * palette)
        self._rest = _looked_up(levels, np.repeat(255 * (1 - weight), palette.shape[1], 1))

    def over(self, picture: np.ndarray) -> np.ndarray:
        """Return the picture, uint8 ``(H, W)`` or ``(H, W, 3)``, under the map."""
        drawn = np.array(picture, order='C')
        self.draw_on(drawn)
        return drawn

    def draw_on(self, picture: np.ndarray) -> None:
        """Draw the map over a picture in place."""
        # Whole numbers are four times as fast as OpenCV's blending of fractions.
        cv2.multiply(picture, self._rest, picture, scale=1 / 255)
        cv2.add(picture, self._colours, picture)


def _looked_up(levels: np.ndarray, table: np.ndarray) -> np.ndarray:
    """Rows of a table ``(256, C)`` by level, rounded to uint8."""
    return cv2.applyColorMap(levels, (table + 0.5).astype(np.uint8)[:, None])


def _enlarged(values: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Cubic interpolation like OpenCV's. It is separable, so it takes two products of matrices."""
    rows, columns = (_interpolation(*sides) for sides in zip(values.shape, shape, strict=True))
    # BLAS leaves threads that keep a core busy while they wait for the next product.
    tall = np.einsum('rk,kl->rl', rows, values)
    return np.einsum('rl,lc->rc', tall, np.ascontiguousarray(columns.T))


@lru_cache(8)
def _interpolation(short: int, long: int) -> np.ndarray:
    """The weights of ``short`` values in each of ``long`` interpolated ones."""
    return cv2.resize(np.eye(short, dtype=np.float32), (short, long), interpolation=cv2.INTER_CUBIC)


def draw_spectrogram(spectrogram: np.ndarray) -> np.ndarray:
    """A spectrogram as a picture, with time to the right, high bands on top, and loud values
    bright.

    Args:
        spectrogram: Log-mel ``(rows, bands)``.

    Returns:
        uint8 RGB ``(bands, rows, 3)``, from the quietest to the loudest value;
        all dark where they are equal.

    Raises:
        ValueError: If there is no row or no band.
    """
    values = np.asarray(spectrogram, np.float32)
    if values.ndim != 2 or not values.size:
        raise ValueError(f'spectrogram has shape {values.shape}, expected (rows, bands)')
    share = (values - values.min()) / max(float(np.ptp(values)), 1e-9)
    picture = (share.T[::-1] * 255 + 0.5).astype(np.uint8)
    return np.ascontiguousarray(cv2.applyColorMap(picture, cv2.COLORMAP_MAGMA)[..., ::-1])


def draw_box(
    picture: np.ndarray, box: Box, colour: Colour = GREEN, thickness: int | None = None
) -> np.ndarray:
    """Draw a box given as xyxy fractions of the frame.

    Args:
        picture: uint8 RGB ``(H, W, 3)``.
        box: Its corners; parts outside the frame are cut off.
        colour: RGB.
        thickness: Pixels of a line; by the picture's size if ``None``.

    Returns:
        uint8 RGB ``(H, W, 3)``.

    Raises:
        ValueError: If the picture is of another shape or type.
    """
    picture = _checked(picture)
    height, width = picture.shape[:2]
    x0, y0, x1, y1 = np.clip(box, 0, 1)
    corners = (int(x0 * (width - 1)), int(y0 * (height - 1)))
    opposite = (int(x1 * (width - 1)), int(y1 * (height - 1)))
    thickness = thickness or _thickness(picture)
    return cv2.rectangle(picture, corners, opposite, colour, thickness)


def draw_boxes(
    picture: np.ndarray,
    boxes: Iterable[Box],
    colour: Colour = GREEN,
    thickness: int | None = None,
) -> np.ndarray:
    """Draw several boxes as :func:`draw_box` does, also the rows of an array ``(k, 4)``."""
    picture = _checked(picture)
    for box in boxes:
        picture = draw_box(picture, box, colour, thickness)
    return picture


def draw_mask(picture: np.ndarray, mask: np.ndarray, colour: Colour = GREEN) -> np.ndarray:
    """Draw the outline of a bool mask ``(h, w)`` of the whole frame."""
    picture = _checked(picture)
    height, width = picture.shape[:2]
    mask = cv2.resize(mask.astype(np.uint8), (width, height), interpolation=cv2.INTER_NEAREST)
    outlines, _ = cv2.findContours(mask, cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
    return cv2.drawContours(picture, outlines, -1, colour, _thickness(picture))


def _checked(picture: np.ndarray) -> np.ndarray:
    """A copy of a picture to draw on."""
    picture = np.array(picture, order='C')
    if picture.ndim != 3 or picture.shape[2] != 3 or picture.dtype != np.uint8:
        raise ValueError(
            f'picture has shape {picture.shape} and type {picture.dtype}, expected uint8 (H, W, 3)'
        )
    return picture


def _thickness(picture: np.ndarray) -> int:
    return max(1, round(min(picture.shape[:2]) / 120))
