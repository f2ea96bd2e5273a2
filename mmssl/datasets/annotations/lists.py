"""Lists of clips: identifiers (heard, unheard, 10k, 144k, Flickr's, clean lists), and pairs.

Pairs are those of the extended sets: the picture of one video with the sound of another.
"""

import os
from dataclasses import dataclass

from .text import AnnotationError, Rows, cell_id, csv_rows, shown

#: Label of pairs whose sound comes from nothing that is visible.
NON_SOUNDING = 'non-sounding'
_HEADER = ['video', 'audio', 'label']


@dataclass(frozen=True, slots=True)
class Pair:
    """Picture of ``video``, sound of ``audio``."""

    video: str
    audio: str
    label: str

    @property
    def sounding(self) -> bool:
        """Whether something visible sounds."""
        return self.label != NON_SOUNDING


def read_pairs(path: str | os.PathLike) -> list[Pair]:
    """Read an extended list, pairs of a video with itself included.

    Args:
        path: CSV file with the header ``video,audio,label``; the label is a
            class or ``non-sounding``.

    Raises:
        AnnotationError: If the header is another or a row has not three columns.
    """
    rows = csv_rows(path)
    line, header = next(rows, (1, []))
    if header != _HEADER:
        raise AnnotationError(f'{path}:{line}: {shown(header)}, expected the header {_HEADER}')
    pairs = [_pair(f'{path}:{line}', cells) for line, cells in rows]
    if not pairs:
        raise AnnotationError(f'{path}: no rows')
    return pairs


def read_ids(path: str | os.PathLike) -> Rows[str]:
    """Read a list of identifiers.

    Args:
        path: One identifier per line, or a CSV file whose first column is used
            (the second of Flickr's test list is not).

    Returns:
        Identifiers in the form ``ID_000032``, in order, each once;
        ``repeated`` tells the lines that name one again.

    Raises:
        AnnotationError: If a line has no identifier or there is none at all.
    """
    # Names of files may be any bytes.
    lines = csv_rows(path, errors='surrogateescape', listed=True)
    rows = Rows(
        ((line, cell_id(f'{path}:{line}', 'identifier', cells[0])) for line, cells in lines), str
    )
    if not rows:
        raise AnnotationError(f'{path}: no identifiers')
    return rows


def _pair(place: str, cells: list[str]) -> Pair:
    if len(cells) != 3 or not cells[2]:
        raise AnnotationError(f'{place}: {shown(cells)}, expected video, audio, label')
    video, audio = (cell_id(place, *named) for named in zip(_HEADER, cells[:2]))
    return Pair(video, audio, cells[2])
