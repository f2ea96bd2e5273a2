"""Lists of identifiers: heard, unheard, 10k, 144k, Flickr's, and clean lists."""

import os

from .text import AnnotationError, Rows, cell_id, csv_rows


def read_ids(path: str | os.PathLike) -> Rows[str]:
    """Read a list of identifiers.

    Args:
        path: One identifier a line, or a CSV file whose first column is used
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
