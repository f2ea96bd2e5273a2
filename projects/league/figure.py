"""The league's figure: every method at every level, and peaks around changes of the sound."""

import numpy as np
from matplotlib.figure import Figure

from .follow import AFTER, BEFORE
from .methods import METHODS
from .plan import LEVELS
from .results import MAIN, Results


def draw_league(results: Results) -> Figure | None:
    """Draw the finished results; ``None`` if no method is tested."""
    cells = {
        (level, name): cell
        for level in LEVELS
        for name in METHODS
        if (cell := results.test(level, name, MAIN)) is not None
    }
    if not cells:
        return None
    figure = Figure(figsize=(11, 4), layout='constrained')
    scores, turns = figure.subplots(1, 2)
    names = [*METHODS][::-1]
    for level in LEVELS:
        shift = 0.2 * (level - 2)
        points = [
            (value, names.index(name) - shift)
            for (of, name), cell in cells.items()
            if of == level
            for value in cell.values
        ]
        if points:
            scores.plot(*zip(*points), 'o', alpha=0.6, label=f'level {level}')
    scores.set_yticks(range(len(names)), [METHODS[name].title for name in names])
    scores.set(xlabel='adaptive cIoU@0.5 on test clips; one dot per seed', xlim=(0, 1))
    scores.grid(axis='x', alpha=0.3)
    scores.legend(fontsize=8)
    _draw_turns(results, turns)
    return figure


def _draw_turns(results, axis):
    times = np.arange(-BEFORE, AFTER) / 10
    for name, method in METHODS.items():
        curves = [curve for level in LEVELS for curve in results.curve(level, name)]
        if curves:
            # Unknown shares are None, and leave a gap in the curve.
            known = np.ma.masked_invalid(np.array(curves, dtype=float))
            axis.plot(times, known.mean(0), label=method.title)
    axis.axvline(0, color='grey', linestyle='--')
    axis.set(xlabel='seconds after the change', ylabel='peaks on the sounding object', ylim=(0, 1))
    if axis.get_legend_handles_labels()[0]:
        axis.legend(fontsize=7)
    axis.grid(alpha=0.3)
