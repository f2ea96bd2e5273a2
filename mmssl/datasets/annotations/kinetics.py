"""Kinetics' tables, of which Kinetics-Sounds is a part."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass

from .text import AnnotationError, Rows, cell_name, csv_rows, shown

_COLUMNS = ('label', 'youtube_id', 'time_start', 'time_end', 'split')
_SECONDS = re.compile(r'[0-9]{1,6}\Z')
#: The same part has two names: Kinetics-400's files have the first, Kinetics-700's the second.
_SPLITS = {'validate': 'val'}


@dataclass(frozen=True, slots=True)
class ActionRow:
    """A clip of Kinetics; its file is named by start and end in seconds."""

    video_id: str
    file: str
    label: str
    split: str


def read_kinetics(path: str | os.PathLike) -> Rows[ActionRow]:
    """Read a table of Kinetics.

    Args:
        path: CSV file with the columns ``label,youtube_id,time_start,time_end,split`` in its
            header, in any order; others, such as ``is_cc``, are passed over.

    Returns:
        Clips in order, named ``ID_000010`` and their files ``ID_000010_000020``; the first of
        several rows of a clip stays. The split ``validate`` is ``val``.

    Raises:
        AnnotationError: If a column is missing, or a cell is malformed.
    """
    lines = csv_rows(path)
    first, header = next(lines, (1, []))
    if missing := [name for name in _COLUMNS if name not in header]:
        raise AnnotationError(
            f'{path}:{first}: {shown(header)} lacks {missing}, expected a header with '
            f'{", ".join(_COLUMNS)}'
        )
    numbered = ((line, _row(f'{path}:{line}', header, cells)) for line, cells in lines)
    rows = Rows(numbered, lambda row: row.video_id)
    if not rows:
        raise AnnotationError(f'{path}: no rows')
    return rows


def _row(place: str, header: list[str], cells: list[str]) -> ActionRow:
    if len(cells) != len(header):
        raise AnnotationError(f'{place}: {len(cells)} columns, expected {", ".join(header)}')
    row: Mapping[str, str] = dict(zip(header, cells))
    for name in ('label', 'split'):
        if not row[name]:
            raise AnnotationError(f'{place}: {name} is empty, expected a name')
    for name in ('time_start', 'time_end'):
        if not _SECONDS.match(row[name]):
            raise AnnotationError(f'{place}: {name} is {shown(row[name])}, expected whole seconds')
    start, end = (f'{int(row[name]):06d}' for name in ('time_start', 'time_end'))
    video = cell_name(place, 'youtube_id', row['youtube_id'])
    file = cell_name(place, 'youtube_id', f'{video}_{start}_{end}')
    split = _SPLITS.get(row['split'], row['split'])
    return ActionRow(f'{video}_{start}', file, row['label'], split)
