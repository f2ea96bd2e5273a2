"""Pictures and spectrograms on the axes of a figure."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes

from ..media.logmel import ROWS_PER_CHUNK


def show_picture(axis: Axes, picture: np.ndarray, title: str, **options: Any) -> None:
    """Show a uint8 RGB picture and its title; options are those of ``Axes.imshow``."""
    axis.imshow(picture, **options)
    axis.set_title(title, fontsize=8)
    axis.set_axis_off()


def show_spectrogram(
    axis: Axes, spectrogram: np.ndarray, colours: str, rows_per_second: float = ROWS_PER_CHUNK
) -> float:
    """Show a log-mel ``(rows, bands)``, time to the right, and return its length in seconds."""
    rows, bands = spectrogram.shape
    seconds = rows / rows_per_second
    extent = (0, seconds, 0, bands)
    axis.imshow(spectrogram.T, origin='lower', aspect='auto', cmap=colours, extent=extent)
    return seconds
