"""Tables and figures of an experiment's page."""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from matplotlib.figure import Figure

from mmssl.media.files import atomic_file, write_text


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
    """Write a figure atomically."""
    with atomic_file(path) as partial:
        figure.savefig(partial, dpi=110)


def write_between(page: str | os.PathLike, command: str, text: str) -> None:
    """Put a text between the marks of a page; the rest of the page does not change.

    Args:
        page: Markdown file; a new file contains only the marks and the text.
        command: Command that writes the text, named in the marks.
        text: Markdown.

    Raises:
        ValueError: If the page lacks the marks.
    """
    begin, end = f'<!-- written: {command} -->', f'<!-- end of what {command} wrote -->'
    page = Path(page)
    before = page.read_text(encoding='utf-8') if page.exists() else f'{begin}\n{end}\n'
    head, _, rest = before.partition(begin)
    _, mark, tail = rest.partition(end)
    if not mark:
        raise ValueError(f'{page}: lacks the marks {begin} and {end}, between which results go')
    write_text(page, f'{head}{begin}\n\n{text}\n\n{end}{tail}')
