"""Clips that classification got wrong, as a class report lists them."""

from collections.abc import Callable, Collection
from os import PathLike
from typing import Any

from ..datasets.annotations import AnnotationError
from ..datasets.annotations.text import columns, csv_rows
from ..engine.class_report_hook import WRONG


def read_mistakes(
    path: str | PathLike, identify: Callable[[str], str], known: Collection[str]
) -> list[dict[str, Any]]:
    """Read ``test_wrong.csv`` of :class:`mmssl.engine.ClassReportHook`.

    Args:
        path: The file.
        identify: Brings the names of clips to identifiers.
        known: Identifiers of the samples; other clips are left out.

    Returns:
        Rows ``{id, wrong, of, label, predicted, score}`` in the order of the file: most often
        wrong first.

    Raises:
        AnnotationError: If it is another file, a clip appears twice, or none is a sample.
    """
    header, *lines = [*csv_rows(path)] or [(1, [])]
    if header[1] != WRONG:
        raise AnnotationError(
            f'{path}:{header[0]}: {header[1]}, expected the header {",".join(WRONG)}, as '
            'test_wrong.csv in the work directory of a test has it'
        )
    rows: dict[str, dict[str, Any]] = {}
    for line, cells in lines:
        place = f'{path}:{line}'
        row = _row(place, columns(place, cells, ', '.join(WRONG)), identify)
        if row['id'] in rows:
            raise AnnotationError(f'{place}: clip {row["id"]!r} appears twice')
        rows[row['id']] = row
    found = [row for name, row in rows.items() if name in known]
    if rows and not found:
        raise AnnotationError(
            f'{path}: none of its {len(rows)} clips is a sample: clips are named like '
            f'{next(iter(rows))!r}, samples like {next(iter(known))!r}'
        )
    return found


def _row(place: str, cells: list[str], identify: Callable[[str], str]) -> dict[str, Any]:
    name, wrong, rounds, label, predicted, score = cells
    try:
        counts, value = {'wrong': int(wrong), 'of': int(rounds)}, float(score)
    except ValueError as error:
        raise AnnotationError(f'{place}: {cells}, expected numbers: {error}') from error
    return {
        'id': identify(name),
        **counts,
        'label': label,
        'predicted': predicted,
        'score': value,
    }
