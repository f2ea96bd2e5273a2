"""Tables and figures of an experiment's page."""

import os
from collections.abc import Iterable, Sequence

from matplotlib.figure import Figure

from mmssl.media.files import whole_file


def table(head: Sequence[str], rows: Iterable[Sequence]) -> str:
    """A Markdown table; ``None`` is written as a dash.

    >>> print(table(['a', 'b'], [[1, None]]))
    | a | b |
    |---|---|
    | 1 | - |
    """
    lines = [head, *rows]
    cells = [' | '.join('-' if cell is None else str(cell) for cell in line) for line in lines]
    body = [f'| {cell} |' for cell in cells]
    return '\n'.join([body[0], '|' + '---|' * len(head), *body[1:]])


def save_figure(figure: Figure, path: str | os.PathLike) -> None:
    """Write a figure, whole or not at all."""
    with whole_file(path) as partial:
        figure.savefig(partial, dpi=110)
