"""The user's own table of clips: ``path,label[,split][,start,end]``.

Columns are separated by commas, semicolons or tabs. With a header they may have any order, and
other columns may exist. Without one, their number tells which they are.
"""

import math
import os
from collections.abc import Iterator
from dataclasses import dataclass

from ...spelling import did_you_mean
from .marks import column_count, first_lines
from .text import AnnotationError, Rows, csv_rows, read_text, shown

#: Parts of a data set.
SPLITS = ('train', 'val', 'test')
_COLUMNS = ('path', 'label', 'split', 'start', 'end')
#: Columns of a table without a header, by their number.
_UNNAMED = {
    2: ('path', 'label'),
    3: ('path', 'label', 'split'),
    4: ('path', 'label', 'start', 'end'),
    5: _COLUMNS,
}
#: Where tabs or semicolons separate columns, commas belong to labels and numbers.
_MARKS = '\t;,'


@dataclass(frozen=True, slots=True)
class ClipRow:
    """A clip of a table.

    Attributes:
        path: File, absolute or relative to the table's folder.
        label: Class.
        split: One of :data:`SPLITS`; empty where the table tells none.
        span: Start and end in seconds of a part of the file; the end may be infinite.
    """

    path: str
    label: str
    split: str = ''
    span: tuple[float, float] | None = None

    @property
    def clip(self) -> str:
        """Name of the clip: the path, and the part where there is one.

        >>> ClipRow('a.mp4', 'dog', span=(12.5, 15.0)).clip
        'a.mp4#12.5-15'
        """
        if self.span is None:
            return self.path
        start, end = self.span
        return f'{self.path}#{start:.12g}-{"" if math.isinf(end) else f"{end:.12g}"}'


def read_clip_table(path: str | os.PathLike) -> Rows[ClipRow]:
    """Read a table of clips.

    Args:
        path: CSV file. Seconds may have a decimal comma if the columns have another separator.

    Returns:
        Its rows, in order; the first of several rows of a clip stays, see :class:`Rows`.

    Raises:
        AnnotationError: If a column is missing, or a cell is malformed; the message names file and
            line.
    """
    # Names of files may be any bytes.
    mark = _mark(path, read_text(path, 'surrogateescape'))
    rows = Rows(_rows(path, mark), lambda row: row.clip)
    if not rows:
        raise AnnotationError(f'{path}: no rows, expected path,label[,split][,start,end]')
    if len({bool(row.split) for row in rows}) > 1:
        lacking = next(row for row in rows if not row.split)
        raise AnnotationError(
            f'{path}: {lacking.path} has no split, and other rows have one: give all rows one of '
            f'{", ".join(SPLITS)}, or none'
        )
    return rows


def _mark(path: str | os.PathLike, text: str) -> str:
    """The separator of the columns."""
    lines = first_lines(text)
    for count in (column_count, lambda lines, mark: column_count(lines[:1], mark)):
        for mark in _MARKS:
            if count(lines, mark) > 1:
                return mark
    raise AnnotationError(
        f'{path}:1: {shown(lines[0]) if lines else "nothing"}, expected path and label, parted by '
        'a comma, a semicolon or a tab'
    )


def _rows(path: str | os.PathLike, mark: str) -> Iterator[tuple[int, ClipRow]]:
    names: tuple[str, ...] = ()
    for line, cells in csv_rows(path, 'surrogateescape', listed=True, delimiter=mark):
        place = f'{path}:{line}'
        if not names:
            titles = tuple(cell.lower() for cell in cells)
            names = _columns(place, titles)
            if names == titles:
                continue
        if len(cells) != len(names):
            raise AnnotationError(
                f'{place}: {len(cells)} columns, expected {len(names)} as in the first line: '
                f'{", ".join(names)}'
            )
        yield line, _row(place, dict(zip(names, cells)), mark)


def _columns(place: str, titles: tuple[str, ...]) -> tuple[str, ...]:
    """Names of the columns, from a header or from the number of columns."""
    known = [title for title in titles if title in _COLUMNS]
    # A folder or a class may have such a name, too.
    if len(known) < 2 and 'path' not in known:
        if len(titles) in _UNNAMED:
            return _UNNAMED[len(titles)]
        raise AnnotationError(
            f'{place}: {len(titles)} columns without a header, expected path,label[,split]'
            '[,start,end], or a header with these names'
        )
    if repeated := [title for title in known if known.count(title) > 1]:
        raise AnnotationError(f'{place}: the header names {repeated[0]!r} twice')
    for title in ('path', 'label'):
        if title not in known:
            raise AnnotationError(
                f'{place}: the header lacks {title!r}, it has {shown(list(titles))}'
                f'{did_you_mean(title, titles)}'
            )
    return titles


def _row(place: str, cells: dict[str, str], mark: str) -> ClipRow:
    for name in ('path', 'label'):
        if not cells[name]:
            raise AnnotationError(f'{place}: {name} is empty')
    if (split := cells.get('split', '').lower()) not in ('', *SPLITS):
        raise AnnotationError(
            f'{place}: split is {shown(cells["split"])}, expected one of {", ".join(SPLITS)}'
            f'{did_you_mean(split, SPLITS)}'
        )
    start = _seconds(place, 'start', cells.get('start', ''), mark)
    end = _seconds(place, 'end', cells.get('end', ''), mark)
    if start is None and end is None:
        return ClipRow(cells['path'], cells['label'], split)
    span = start or 0.0, math.inf if end is None else end
    if span[1] <= span[0]:
        raise AnnotationError(
            f'{place}: end is {span[1]:g} s, expected more than start, {span[0]:g}'
        )
    return ClipRow(cells['path'], cells['label'], split, span)


def _seconds(place: str, name: str, text: str, mark: str) -> float | None:
    if not text:
        return None
    try:
        value = float(text if mark == ',' else text.replace(',', '.'))
    except ValueError:
        value = math.nan
    if not 0 <= value < math.inf:
        raise AnnotationError(f'{place}: {name} is {shown(text)}, expected seconds, as 12.5')
    return value
