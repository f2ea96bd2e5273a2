"""The separator of the columns of a table, guessed from its lines."""

import csv
import re
from collections.abc import Sequence

# A clip or a video of YouTube, where a name could be anything.
_LISTED = re.compile(r'.{11}(_[0-9]{6}|_[0-9]{1,9}_[0-9]{1,9})?(\.mp4)?\Z')
#: Number of lines that are read.
_LOOKED_AT = 100


def first_lines(text: str) -> list[str]:
    """The first lines that are not empty."""
    return [line for line in text.splitlines() if line.strip()][:_LOOKED_AT]


def other_mark(text: str, listed: bool) -> str:
    """Name of the separator that spreadsheets use instead of commas; empty if commas separate the
    columns.

    Args:
        text: A table.
        listed: Whether it may be a list of names, which may hold any character but a comma.
    """
    lines = first_lines(text)
    for mark, name in ((';', 'semicolons'), ('\t', 'tabs')):
        if column_count(lines, mark) <= max(1, column_count(lines, ',')):
            continue
        if listed and not all(_LISTED.match(line.split(mark)[0].strip('" ')) for line in lines):
            continue
        return name
    return ''


def column_count(lines: Sequence[str], mark: str) -> int:
    """Number of columns that all lines have between marks, 0 if they differ."""
    try:
        counts = {len(cells) for cells in csv.reader(lines, delimiter=mark)}
    except csv.Error:
        return 0
    return counts.pop() if len(counts) == 1 else 0
