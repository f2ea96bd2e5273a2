"""Pages with boxes of several sources side by side, like the paper's Figures 1 and 2."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.patches import Patch, Rectangle

from mmssl.visualization.text import plain_text

#: Sources of boxes in the order of the columns, and their colours.
SOURCE_COLOURS = {'pseudo boxes': '#ffb000', 'truth': '#30b050', 'detector': '#e020c0'}


@dataclass(frozen=True)
class BoxPanel:
    """Boxes of one source on one picture.

    Attributes:
        source: One of :data:`SOURCE_COLOURS`.
        frame: uint8 RGB ``(H, W, 3)``.
        boxes: xyxy fractions of the frame ``(k, 4)``.
        labels: Label of each box; it can be empty.
        note: Text above the picture instead of the source's name.

    Raises:
        ValueError: If the source is unknown, or the numbers of boxes and labels differ.
    """

    source: str
    frame: np.ndarray
    boxes: np.ndarray
    labels: Sequence[str]
    note: str = ''

    def __post_init__(self) -> None:
        if self.source not in SOURCE_COLOURS:
            raise ValueError(f'source is {self.source!r}, expected one of {sorted(SOURCE_COLOURS)}')
        if len(self.boxes) != len(self.labels):
            raise ValueError(
                f'{len(self.boxes)} boxes with {len(self.labels)} labels, expected one each'
            )


@dataclass(frozen=True)
class BoxCase:
    """One picture's title and panels, at most one for each source."""

    title: str
    panels: Sequence[BoxPanel]


@plain_text()
def boxes_page(cases: Sequence[BoxCase], across: int = 1) -> Figure:
    """Draw pictures with the boxes of every source side by side.

    Args:
        cases: Pictures; if a picture lacks a source, its place stays empty.
        across: Number of pictures in a row.

    Raises:
        ValueError: If there is no case.
    """
    if not cases or across < 1:
        raise ValueError(f'{len(cases)} cases, {across} across, expected at least one each')
    present = {panel.source for case in cases for panel in case.panels}
    sources = [source for source in SOURCE_COLOURS if source in present]
    rows = -(-len(cases) // across)
    size = (max(2.1 * len(sources) * across, 3.5), 2.5 * rows + 0.3)
    figure = Figure(figsize=size, layout='constrained')
    parts = figure.subfigures(rows, across, squeeze=False).ravel()
    for part, case in zip(parts, cases):
        _draw_case(part, case, sources)
    handles = [
        Patch(facecolor='none', edgecolor=SOURCE_COLOURS[s], linewidth=2, label=s) for s in sources
    ]
    figure.legend(handles=handles, loc='outside lower center', ncols=len(handles), fontsize=8)
    return figure


def _draw_case(part: SubFigure, case: BoxCase, sources: Sequence[str]) -> None:
    part.suptitle(case.title, fontsize=8)
    panels = {panel.source: panel for panel in case.panels}
    for axis, source in zip(part.subplots(1, len(sources), squeeze=False)[0], sources):
        axis.set_axis_off()
        if source in panels:
            _draw_panel(axis, panels[source])


def _draw_panel(axis: Axes, panel: BoxPanel) -> None:
    colour = SOURCE_COLOURS[panel.source]
    height, width = panel.frame.shape[:2]
    axis.imshow(panel.frame)
    axis.set_title(panel.note or panel.source, fontsize=7, color=colour)
    for (x0, y0, x1, y1), label in zip(panel.boxes, panel.labels):
        # Pixel i covers [i - 0.5, i + 0.5) on matplotlib's axes.
        corner = (x0 * width - 0.5, y0 * height - 0.5)
        sides = ((x1 - x0) * width, (y1 - y0) * height)
        axis.add_patch(Rectangle(corner, *sides, fill=False, edgecolor=colour, linewidth=2))
        if label:
            text = axis.annotate(label, corner, (2, -2), textcoords='offset points', va='top')
            text.set(fontsize=5.5, color='white', clip_on=True)
            text.set_bbox(dict(facecolor=colour, edgecolor='none', alpha=0.8, pad=0.8))
