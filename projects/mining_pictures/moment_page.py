"""Pages that compare the mid-frame with selected moments, like the paper's Figures 3 and 4."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from mmssl.visualization.axes import show_spectrogram
from mmssl.visualization.text import plain_text

#: Colours of the mid-frame, the selected moments and the true event.
MID_COLOUR = '#e00000'
MOMENT_COLOUR = '#1060ff'
EVENT_COLOUR = '#30b050'


@dataclass(frozen=True)
class MomentCase:
    """A clip whose moments are drawn.

    Attributes:
        title: One line.
        spectrogram: Log-mel ``(rows, bands)``, 100 rows per second.
        mid: Time of the mid-frame in seconds.
        mid_frame: uint8 RGB ``(H, W, 3)``.
        times: Selected moments in seconds, best first.
        frames: Their pictures.
        scores: Their scores, ``None`` if unknown.
        event: True interval in seconds, if known.

    Raises:
        ValueError: If the numbers of moments, frames and scores differ.
    """

    title: str
    spectrogram: np.ndarray
    mid: float
    mid_frame: np.ndarray
    times: Sequence[float]
    frames: Sequence[np.ndarray]
    scores: Sequence[float | None]
    event: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        if not len(self.times) == len(self.frames) == len(self.scores):
            raise ValueError(
                f'{len(self.times)} moments with {len(self.frames)} frames and '
                f'{len(self.scores)} scores, expected one each'
            )
        if np.ndim(self.spectrogram) != 2 or not np.size(self.spectrogram):
            raise ValueError(
                f'spectrogram has shape {np.shape(self.spectrogram)}, expected (rows, bands)'
            )


@plain_text()
def moments_page(cases: Sequence[MomentCase]) -> Figure:
    """Draw clips below each other: a spectrogram with marks, and the frames.

    A dashed red line marks the mid-frame, blue lines mark the selected moments,
    and a green area marks the true event.

    Raises:
        ValueError: If there is no case.
    """
    if not cases:
        raise ValueError('no case to draw, expected at least one')
    columns = 1 + max(len(case.times) for case in cases)
    figure = Figure(figsize=(max(2.0 * columns, 6.5), 3.9 * len(cases) + 0.3), layout='constrained')
    parts = figure.subfigures(len(cases), 1, squeeze=False)[:, 0]
    for part, case in zip(parts, cases):
        _draw_case(part, case, columns)
    handles: list[Artist] = [
        Line2D([], [], color=MID_COLOUR, linestyle='--', label='mid-frame'),
        Line2D([], [], color=MOMENT_COLOUR, label='selected moments'),
    ]
    if any(case.event for case in cases):
        handles.append(Patch(color=EVENT_COLOUR, alpha=0.25, label='true event'))
    figure.legend(handles=handles, loc='outside lower center', ncols=3, fontsize=8)
    return figure


def _draw_case(part: SubFigure, case: MomentCase, columns: int) -> None:
    part.suptitle(case.title, fontsize=9)
    grid = part.add_gridspec(2, columns, height_ratios=(1, 1.5))
    _draw_sound(part.add_subplot(grid[0, :]), case)
    _draw_frame(part.add_subplot(grid[1, 0]), case.mid_frame, f'mid {case.mid:.2f} s', MID_COLOUR)
    for rank, (time, frame, score) in enumerate(zip(case.times, case.frames, case.scores), 1):
        text = f'{rank}: {time:.2f} s' + ('' if score is None else f' ({score:.3g})')
        _draw_frame(part.add_subplot(grid[1, rank]), frame, text, MOMENT_COLOUR)


def _draw_sound(axis: Axes, case: MomentCase) -> None:
    # A grey scale, dark for loud, because the colours of the marks stand out only on grey.
    seconds = show_spectrogram(axis, case.spectrogram, 'gray_r')
    if case.event is not None:
        axis.axvspan(*case.event, color=EVENT_COLOUR, alpha=0.25, linewidth=0)
    for time in case.times:
        axis.axvline(time, color=MOMENT_COLOUR, linewidth=1.6)
    axis.axvline(case.mid, color=MID_COLOUR, linewidth=1.6, linestyle='--')
    axis.set(xlim=(0, seconds), xlabel='seconds', ylabel='mel band')
    axis.tick_params(labelsize=7)


def _draw_frame(axis: Axes, frame: np.ndarray, title: str, colour: str) -> None:
    axis.imshow(frame)
    axis.set_title(title, fontsize=8, color=colour)
    axis.set(xticks=[], yticks=[])
    for spine in axis.spines.values():
        spine.set(color=colour, linewidth=3)
