"""AVE: events that are heard and seen, in clips of ten seconds."""

import os
import re
from dataclasses import dataclass

from .text import AnnotationError, Rows, cell_name, read_text, shown

_HEADER = 'Category&VideoID&Quality&StartTime&EndTime'
_SECONDS = re.compile(r'[0-9]{1,3}\Z')


@dataclass(frozen=True, slots=True)
class EventRow:
    """An event of a clip, in whole seconds; some have no length."""

    video: str
    label: str
    start: int
    end: int


def read_ave(path: str | os.PathLike) -> Rows[EventRow]:
    """Read ``Annotations.txt``, ``trainSet.txt``, ``valSet.txt`` or ``testSet.txt``.

    Args:
        path: Lines ``Category&VideoID&Quality&StartTime&EndTime``, with or without this header.
            A video may have several events.

    Returns:
        Events in order; the first of equal lines stays.

    Raises:
        AnnotationError: If a line is not of that form.
    """
    lines = enumerate(read_text(path).splitlines(), 1)
    rows = Rows(
        (
            (number, _event(f'{path}:{number}', line.strip()))
            for number, line in lines
            if line.strip() not in ('', _HEADER)
        ),
        repr,
    )
    if not rows:
        raise AnnotationError(f'{path}: no rows')
    return rows


def _event(place: str, line: str) -> EventRow:
    cells = [cell.strip() for cell in line.split('&')]
    if len(cells) != 5:
        raise AnnotationError(f'{place}: {shown(line)}, expected {_HEADER}')
    label, video, _, *times = cells
    if not label:
        raise AnnotationError(f'{place}: Category is empty, expected a name')
    for name, time in zip(('StartTime', 'EndTime'), times):
        if not _SECONDS.match(time):
            raise AnnotationError(f'{place}: {name} is {shown(time)}, expected whole seconds')
    start, end = map(int, times)
    if end < start:
        raise AnnotationError(f'{place}: EndTime is {end}, expected at least StartTime {start}')
    return EventRow(cell_name(place, 'VideoID', video), label, start, end)
