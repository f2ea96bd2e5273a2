"""VGGSound's files: the four-column table, ``test.csv`` and ``stat.csv``."""

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass

from .identifiers import is_millisecond_id
from .text import (
    AnnotationError,
    Rows,
    cell_id,
    cell_name,
    columns,
    csv_rows,
    shown,
    unique_rows,
)

_WHOLE_SECONDS = re.compile(r'[0-9]{1,6}\Z')


@dataclass(frozen=True, slots=True)
class TableRow:
    """A row of VGGSound's table."""

    video_id: str
    label: str
    split: str


def read_vggsound_table(path: str | os.PathLike) -> Rows[TableRow]:
    """Read VGGSound's four-column table.

    Args:
        path: CSV file without a header: ``YouTube ID,start seconds,label,split``.
            The first column may also hold the millisecond form; the second
            is then the start in seconds or milliseconds.

    Returns:
        Its rows, in order; the first of several rows of a clip stays, and ``repeated`` and
        ``conflicting`` tell the others' lines.

    Raises:
        AnnotationError: If a row does not have four columns or its start is not a whole number; the
            message names file and line.
    """

    return unique_rows(path, _table_row)


def read_vggsound_test(path: str | os.PathLike) -> Rows[TableRow]:
    """Read VGGSound's two-column test list.

    Args:
        path: CSV file without a header: ``ID_000032.mp4,label``.

    Returns:
        As :func:`read_vggsound_table`; every row's split is ``'test'``.

    Raises:
        AnnotationError: If a row has not two columns.
    """

    return unique_rows(path, _test_row)


def read_class_names(path: str | os.PathLike) -> list[str]:
    """Read the classes of VGGSound's ``stat.csv``, sorted.

    Args:
        path: CSV file without a header: ``class,number of clips,category``.

    Raises:
        AnnotationError: If a row has not three columns or a class comes twice.
    """
    names: dict[str, int] = {}
    for line, cells in csv_rows(path):
        if len(cells) != 3 or not cells[0]:
            raise AnnotationError(f'{path}:{line}: {shown(cells)}, expected class, count, category')
        if cells[0] in names:
            raise AnnotationError(
                f'{path}:{line}: class {cells[0]!r} again, first in line {names[cells[0]]}'
            )
        names[cells[0]] = line
    if not names:
        raise AnnotationError(f'{path}: no rows')
    return sorted(names)


def class_names(table: Iterable[TableRow]) -> list[str]:
    """Classes of a table, sorted; a class's index is its label."""
    return sorted({row.label for row in table})


def _table_row(place: str, cells: list[str]) -> TableRow:
    names = 'YouTube ID, start seconds, label, split'
    youtube_id, start, label, split = columns(place, cells, names)
    video_id = _video_id(place, youtube_id, start)
    return TableRow(video_id, _text(place, 'label', label), _text(place, 'split', split))


def _test_row(place: str, cells: list[str]) -> TableRow:
    name, label = columns(place, cells, 'ID_000032.mp4, label')
    return TableRow(cell_id(place, 'video', name), _text(place, 'label', label), 'test')


def _video_id(place: str, youtube_id: str, start: str) -> str:
    cell_name(place, 'YouTube ID', youtube_id)
    if is_millisecond_id(youtube_id):
        milliseconds = youtube_id.rsplit('_', 2)[1]
        if start not in (milliseconds, str(int(milliseconds) // 1000)):
            message = f'start is {shown(start)}, expected that of {youtube_id}'
            raise AnnotationError(f'{place}: {message}')
        return cell_id(place, 'YouTube ID', youtube_id)
    if not _WHOLE_SECONDS.match(start):
        raise AnnotationError(f'{place}: start is {shown(start)}, expected whole seconds')
    return cell_name(place, 'YouTube ID', f'{youtube_id}_{int(start):06d}')


def _text(place: str, name: str, text: str) -> str:
    if not text:
        raise AnnotationError(f'{place}: {name} is empty, expected a name')
    return text
