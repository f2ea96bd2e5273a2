"""Pages of pictures, drawn with matplotlib and returned as figures."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from ..media.logmel import ROWS_PER_CHUNK
from .axes import show_picture, show_spectrogram
from .drawing import draw_box, overlay_map
from .text import plain_text

#: Largest number of classes with names and numbers in a confusion matrix.
_MOST_NAMES = 60


@plain_text()
def contact_sheet(
    pictures: Sequence[np.ndarray],
    titles: Sequence[str],
    spectrogram: np.ndarray,
    times: Sequence[float],
    curve: np.ndarray | None = None,
    *,
    rows_per_second: float = ROWS_PER_CHUNK,
) -> Figure:
    """A spectrogram with marked instants, and the pictures of these instants.

    Args:
        pictures: uint8 RGB pictures.
        titles: One line a picture.
        spectrogram: Log-mel ``(rows, bands)``.
        times: Instants of the pictures in seconds.
        curve: A score of every 100 ms step, drawn over the spectrogram.
        rows_per_second: Rows of the spectrogram.

    Returns:
        A figure.
    """
    columns = max(len(pictures), 1)
    figure = Figure(figsize=(max(2.2 * columns, 6), 4.4), layout='constrained')
    grid = figure.add_gridspec(2, columns, height_ratios=(1, 1.4))
    top = figure.add_subplot(grid[0, :])
    seconds = show_spectrogram(top, spectrogram, 'magma', rows_per_second)
    top.set(xlabel='seconds', ylabel='mel band')
    if curve is not None:
        second = top.twinx()
        second.plot((np.arange(len(curve)) + 0.5) / 10, curve, color='white', linewidth=1)
        second.set(ylim=(0, 1.02), xlim=(0, seconds), ylabel='agreement')
    for time in times:
        top.axvline(time, color='deepskyblue', linewidth=1.5)
    for column, (picture, title) in enumerate(zip(pictures, titles)):
        show_picture(figure.add_subplot(grid[1, column]), picture, title)
    return figure


@plain_text()
def result_grid(rows: Sequence[Mapping[str, Any]]) -> Figure:
    """One picture with several sounds, one per column.

    Args:
        rows: Each a dict with ``frame`` (uint8 RGB), ``maps`` (title to map
            ``(h, w)``) and ``boxes`` (xyxy fractions, one per map).

    Returns:
        A figure: the frames above, the maps with their boxes below.
    """
    lines = 1 + max(len(row['maps']) for row in rows)
    figure = Figure(figsize=(1.9 * len(rows), 2.05 * lines), layout='constrained')
    axes = figure.subplots(lines, len(rows), squeeze=False)
    for column, row in enumerate(rows):
        show_picture(axes[0, column], row['frame'], 'picture')
        for line, ((title, values), box) in enumerate(zip(row['maps'].items(), row['boxes']), 1):
            drawn = draw_box(overlay_map(row['frame'], values), box)
            show_picture(axes[line, column], drawn, title)
    return figure


@plain_text()
def confusion_sheet(matrix: np.ndarray, classes: Sequence[str], title: str) -> Figure:
    """A confusion matrix, its rows shaded by their shares.

    Args:
        matrix: Numbers of clips ``(K, K)``, one row per class and one column per prediction.
        classes: K names.
        title: The predictor.

    Returns:
        A figure. With more than 60 classes, it shows no names.
    """
    count = len(matrix)
    side = min(16.0, 3 + 0.35 * count)
    figure = Figure(figsize=(side, side), layout='constrained')
    axes = figure.add_subplot()
    axes.imshow(matrix / np.maximum(matrix.sum(1, keepdims=True), 1), cmap='Blues', vmin=0, vmax=1)
    axes.set(title=title, xlabel='predicted', ylabel='class')
    if count > _MOST_NAMES:
        return figure
    axes.set_xticks(range(count), classes, rotation=90)
    axes.set_yticks(range(count), classes)
    for row, column in np.argwhere(matrix > 0):
        dark = matrix[row, column] > matrix[row].sum() / 2
        axes.text(
            column, row, str(matrix[row, column]), ha='center', va='center', fontsize=7,
            color='white' if dark else 'black',
        )  # fmt: skip
    return figure


def figure_pixels(figure: Figure, dpi: float = 100) -> np.ndarray:
    """Render a figure.

    Args:
        figure: A figure of matplotlib.
        dpi: Pixels an inch.

    Returns:
        uint8 RGB ``(H, W, 3)``.
    """
    figure.set_dpi(dpi)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return np.ascontiguousarray(np.asarray(canvas.buffer_rgba())[..., :3])
