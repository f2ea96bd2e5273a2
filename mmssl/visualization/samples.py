"""A sheet that shows one sample: picture, map, boxes, sound and class scores."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from ..localization.boxes import Box
from .axes import show_picture, show_spectrogram
from .drawing import GREEN, ORANGE, draw_box, draw_boxes, draw_mask, overlay_map
from .text import plain_text

#: Colours of the heads' bars, in the order in which the heads are given.
HEAD_COLOURS = ('#4477aa', '#ee6677', '#aa8800')
MOMENT_COLOUR = '#00bfff'
#: Number of classes on a sheet, besides the true one.
SHOWN = 5


@dataclass(frozen=True)
class SampleCase:
    """One sample's truth and prediction at one instant.

    Attributes:
        title: One line.
        frame: uint8 RGB ``(H, W, 3)``.
        values: Map ``(h, w)`` of the frame.
        true_boxes: xyxy fractions ``(k, 4)``; may be empty.
        found_box: Box from the map.
        scores: Head to class probabilities ``(K,)``; classes are ordered by the first.
        classes: K names.
        spectrogram: Log-mel ``(rows, bands)``, 100 rows a second.
        time: The instant, in seconds from the spectrogram's start.
        label: The true class, if known.
        true_mask: Bool ``(H', W')``, if the ground truth is a mask.
        sound_label: Text below the spectrogram.

    Raises:
        ValueError: If there are no scores, or not one per class.
    """

    title: str
    frame: np.ndarray
    values: np.ndarray
    true_boxes: np.ndarray
    found_box: Box
    scores: dict[str, np.ndarray]
    classes: Sequence[str]
    spectrogram: np.ndarray
    time: float
    label: int | None = None
    true_mask: np.ndarray | None = None
    sound_label: str = 'seconds'

    def __post_init__(self) -> None:
        lengths = {name: len(values) for name, values in self.scores.items()}
        if not lengths or set(lengths.values()) != {len(self.classes)}:
            raise ValueError(
                f'scores of {lengths} classes, expected {len(self.classes)} of at least one head'
            )


@plain_text()
def sample_page(case: SampleCase) -> Figure:
    """Draw the frame, the map over it, the boxes, the spectrogram and the class scores.

    The ground truth is green, the box from the map orange, and the instant a blue line. The map's
    colours span its own range.

    Returns:
        A figure with five axes in that order.
    """
    figure = Figure(figsize=(8, 5.6), layout='constrained')
    figure.suptitle(case.title, fontsize=10)
    grid = figure.add_gridspec(2, 3, height_ratios=(1.25, 1))
    pictures = {
        'frame': case.frame,
        'map': overlay_map(case.frame, case.values),
        'truth (green), box of the map': _with_boxes(case),
    }
    for column, (title, picture) in enumerate(pictures.items()):
        axis = figure.add_subplot(grid[0, column])
        show_picture(axis, picture, title, interpolation='nearest')
    _draw_sound(figure.add_subplot(grid[1, :2]), case)
    _draw_scores(figure.add_subplot(grid[1, 2]), case)
    return figure


def _with_boxes(case: SampleCase) -> np.ndarray:
    # The ground truth comes last, so that it covers a prediction in the same place.
    picture = draw_box(case.frame, case.found_box, ORANGE)
    if case.true_mask is not None:
        picture = draw_mask(picture, case.true_mask)
    return draw_boxes(picture, case.true_boxes, GREEN)


def _draw_sound(axis: Axes, case: SampleCase) -> None:
    seconds = show_spectrogram(axis, case.spectrogram, 'magma')
    axis.axvline(case.time, color=MOMENT_COLOUR, linewidth=1.6)
    axis.set(xlim=(0, seconds))
    axis.set_xlabel(case.sound_label, fontsize=8)
    axis.set_ylabel('mel band', fontsize=8)
    axis.tick_params(labelsize=7)


def _draw_scores(axis: Axes, case: SampleCase) -> None:
    shown = _shown_classes(case)
    colours = dict(zip(case.scores, HEAD_COLOURS))
    height = 0.6 / len(colours)
    for place, number in enumerate(shown):
        style: dict[str, Any] = dict(fontsize=7, va='bottom', clip_on=True)
        if number == case.label:
            style |= dict(color='#108030', weight='bold')
        axis.text(0.01, place - 0.21, case.classes[number], **style)
        for row, (head, colour) in enumerate(colours.items()):
            middle = place - 0.2 + (row + 0.5) * height
            axis.barh(middle, case.scores[head][number], height, color=colour)
    # The first class on top, its name above its bars.
    axis.set(xlim=(0, 1), ylim=(len(shown) - 0.5, -0.65), yticks=[])
    axis.tick_params(labelsize=7)
    axis.set_title('class scores', fontsize=8)
    handles = [Patch(color=colour, label=head) for head, colour in colours.items()]
    axis.legend(handles=handles, fontsize=6, loc='lower right')


def _shown_classes(case: SampleCase) -> list[int]:
    """Classes with the highest scores of the first head, and the true one."""
    first = next(iter(case.scores.values()))
    shown = np.argsort(-first, kind='stable')[:SHOWN].tolist()
    if case.label is not None and case.label not in shown:
        shown[-1] = case.label
    return shown
