"""A line of text over a picture."""

import numpy as np
from matplotlib.figure import Figure

from .sheets import figure_pixels
from .text import plain_text

#: Height of a line as a share of the picture's, and its least height in pixels.
_SHARE, _LEAST = 1 / 14, 14
#: Brightness of the picture behind the text, as a share.
_DIMMED = 0.35


class Caption:
    """White text along the upper edge of pictures, which become dark behind it.

    Args:
        text: One line. Of a longer line, the end is shown.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self._light = np.zeros((0, 0), np.uint8)

    def draw_on(self, picture: np.ndarray) -> None:
        """Draw over a picture in place.

        Args:
            picture: uint8, grey or luma ``(H, W)``, or RGB ``(H, W, 3)``.
        """
        height, width = picture.shape[:2]
        line = min(height, max(_LEAST, round(_SHARE * height)))
        if self._light.shape != (line, width):
            self._light = line_of_text(self.text, width, line)
        light = self._light if picture.ndim == 2 else self._light[..., None]
        # Luma ends at 235, which players show as white.
        np.maximum(_DIMMED * picture[:line], 0.92 * light, out=picture[:line], casting='unsafe')


@plain_text()
def line_of_text(text: str, width: int, height: int) -> np.ndarray:
    """White text on black.

    Args:
        text: One line. Of a longer line, the end is shown.
        width, height: In pixels.

    Returns:
        uint8 ``(height, width)``.
    """
    most = max(4, round(width / (0.36 * height)))  # letters are about half as wide as high
    shown = text if len(text) <= most else f'…{text[1 - most :]}'
    dpi = 100
    figure = Figure(figsize=(width / dpi, height / dpi), facecolor='black')
    points = 0.6 * height * 72 / dpi
    figure.text(0.3 * height / width, 0.5, shown, color='white', va='center', fontsize=points)
    return figure_pixels(figure, dpi)[:height, :width, 0].copy()
