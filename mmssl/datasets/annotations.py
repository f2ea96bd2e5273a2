"""Readers of published annotation files, as they are.

- VGGSound's table: ``YouTube ID,start seconds,label,split``, no header
- VGG-SS boxes: a list of ``{file, class, bbox}``; ours add ``time``, ``event``, ``group``

A video is identified as ``ID_000032`` (start in seconds, six digits). The
millisecond form ``ID_32000_42000`` names the same clip.
"""

import csv
import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

# YouTube's identifiers have eleven characters and may hold underscores themselves.
_MILLISECONDS = re.compile(r'(.{11})_(\d+)_(\d+)$')


class AnnotationError(ValueError):
    """An annotation file is not what it should be; the message names the place."""


@dataclass(frozen=True)
class TableRow:
    """A row of VGGSound's table."""

    video_id: str
    label: str
    split: str


def canonical_id(name: str) -> str:
    """Bring a clip's name to the form ``ID_000032``.

    >>> canonical_id('9fhhMaXTraI_44000_54000')
    '9fhhMaXTraI_000044'
    >>> canonical_id('9fhhMaXTraI_000044.mp4')
    '9fhhMaXTraI_000044'
    """
    stem = name[:-4] if name.endswith(('.mp4', '.wav')) else name
    if match := _MILLISECONDS.match(stem):
        return f'{match[1]}_{int(match[2]) // 1000:06d}'
    return stem


def read_vggsound_table(path: str | os.PathLike) -> list[TableRow]:
    """Read VGGSound's four-column table.

    Args:
        path: CSV file without a header.

    Returns:
        Its rows, in order; of rows that name one clip twice the first stays.

    Raises:
        AnnotationError: If a row has not four columns or its start is no
            whole number; the message names file and line.
    """
    rows = {}
    for line, cells in _csv_rows(path):
        if len(cells) != 4:
            raise AnnotationError(
                f'{path}:{line}: {len(cells)} columns, '
                'expected YouTube ID, start seconds, label, split'
            )
        youtube_id, start, label, split = cells
        if not start.isdigit():
            raise AnnotationError(f'{path}:{line}: start is {start!r}, expected whole seconds')
        video_id = f'{youtube_id}_{int(start):06d}'
        rows.setdefault(video_id, TableRow(video_id, label, split))
    if not rows:
        raise AnnotationError(f'{path}: no rows')
    return list(rows.values())


def read_boxes(path: str | os.PathLike) -> list[dict]:
    """Read boxes in VGG-SS form.

    Args:
        path: JSON list of ``{file, class, bbox}`` with boxes as xyxy fractions
            of the full frame. Boxes are passed on as published, out-of-range
            and degenerate ones too: the metric's protocol says what they mean.

    Returns:
        Entries ``{video_id, label_name, boxes (k, 4) float64}`` and, where the
        file gives them, ``time`` (s), ``event`` (start, end) and ``group``.

    Raises:
        AnnotationError: If the file is no such list; the message names the entry.
    """
    try:
        entries = json.loads(_text(path))
    except json.JSONDecodeError as error:
        raise AnnotationError(f'{path}:{error.lineno}: not JSON: {error.msg}') from error
    if not isinstance(entries, list) or not entries:
        raise AnnotationError(f'{path}: expected a list of entries with file, class, bbox')
    return [_box_entry(path, index, entry) for index, entry in enumerate(entries)]


def class_names(table: list[TableRow]) -> list[str]:
    """Classes of a table, sorted; a class's index is its label."""
    return sorted({row.label for row in table})


def _box_entry(path, index, entry):
    missing = [key for key in ('file', 'class', 'bbox') if key not in entry]
    if missing:
        raise AnnotationError(f'{path}: entry {index} lacks {missing}')
    try:
        boxes = np.array(entry['bbox'], dtype=np.float64).reshape(-1, 4)
    except (TypeError, ValueError) as error:
        raise AnnotationError(
            f'{path}: entry {index} ({entry["file"]}): bbox is no list of four numbers each'
        ) from error
    found = {
        'video_id': canonical_id(entry['file']),
        'label_name': entry['class'],
        'boxes': boxes,
    }
    found.update({key: entry[key] for key in ('time', 'event', 'group') if key in entry})
    return found


def _csv_rows(path) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(_text(path).splitlines())
    for cells in reader:
        if cells:
            yield reader.line_num, [cell.strip() for cell in cells]


def _text(path) -> str:
    try:
        return Path(path).read_text(encoding='utf-8')
    except OSError as error:
        raise AnnotationError(f'{path}: {error.strerror}') from error
    except UnicodeDecodeError as error:
        raise AnnotationError(f'{path}: not UTF-8 at byte {error.start}') from error
