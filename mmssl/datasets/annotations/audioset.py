"""AudioSet's files: segments with several labels each, the classes, and the ontology."""

import os
import re
from dataclasses import dataclass

from .text import (
    AnnotationError,
    Rows,
    cell_name,
    columns,
    csv_rows,
    headed_rows,
    json_entries,
    shown,
)

_SECONDS = re.compile(r'[0-9]{1,6}(\.[0-9]{1,6})?\Z')
_CLASSES = 'index,mid,display_name'
_SEGMENTS = 'YTID, start_seconds, end_seconds, positive_labels'


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a video, ``ID_000030`` by its start in whole seconds, and the classes in it."""

    video_id: str
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OntologyClass:
    """A class: its name, and the identifiers of the classes that belong to it."""

    name: str
    children: tuple[str, ...]


def read_segments(path: str | os.PathLike) -> Rows[Segment]:
    """Read a table of segments.

    Args:
        path: CSV file ``YTID, start_seconds, end_seconds, positive_labels``. The labels are
            identifiers such as ``/m/05tny_`` with commas between them, in quotes. Lines that begin
            with ``#``, of which the published files have three, and a header are passed over.

    Returns:
        Segments in order; the first of several rows of a clip stays.

    Raises:
        AnnotationError: If a row is not of that form.
    """
    lines = ((n, cells) for n, cells in csv_rows(path) if not cells[0].startswith('#'))
    numbered = (
        (n, _segment(f'{path}:{n}', cells)) for n, cells in lines if ', '.join(cells) != _SEGMENTS
    )
    rows = Rows(numbered, lambda row: row.video_id)
    if not rows:
        raise AnnotationError(f'{path}: no rows')
    return rows


def read_class_table(path: str | os.PathLike) -> dict[str, str]:
    """Read the classes and their names, in the order of their numbers.

    Args:
        path: CSV file with the header ``index,mid,display_name``.

    Returns:
        Identifier to name.

    Raises:
        AnnotationError: If the header is another, a row has not three columns, an index is not
            the number of its row, or an identifier or a name is empty or comes twice.
    """
    names: dict[str, str] = {}
    for place, (index, identifier, name) in headed_rows(path, _CLASSES):
        if index != str(len(names)):
            raise AnnotationError(f'{place}: index is {shown(index)}, expected {len(names)}')
        if not name or name in names.values():
            raise AnnotationError(f'{place}: class is {shown(name)}, expected a name of its own')
        if not identifier or identifier in names:
            raise AnnotationError(f'{place}: mid is {shown(identifier)}, expected one of its own')
        names[identifier] = name
    return names


def read_ontology(path: str | os.PathLike) -> dict[str, OntologyClass]:
    """Read the ontology.

    Args:
        path: JSON list of objects with ``id``, ``name`` and ``child_ids``.

    Returns:
        Identifier to class, in the order of the file.

    Raises:
        AnnotationError: If it is another file, or a child is not in it.
    """
    classes: dict[str, OntologyClass] = {}
    for entry in json_entries(path, 'id', 'name', 'child_ids'):
        children = entry.content['child_ids']
        if not isinstance(children, list) or not all(isinstance(name, str) for name in children):
            raise entry.error(f'child_ids is {shown(children)}, expected a list of identifiers')
        classes[entry.text('id')] = OntologyClass(entry.text('name'), tuple(children))
    for identifier, found in classes.items():
        if lacking := [child for child in found.children if child not in classes]:
            raise AnnotationError(
                f'{path}: entry {shown(identifier)} has the child {shown(lacking[0])}, which is '
                'not an entry'
            )
    return classes


def _segment(place: str, cells: list[str]) -> Segment:
    youtube_id, start, end, labels = columns(place, cells, _SEGMENTS)
    for name, text in (('start_seconds', start), ('end_seconds', end)):
        if not _SECONDS.match(text):
            raise AnnotationError(f'{place}: {name} is {shown(text)}, expected seconds')
    identifiers = tuple(label.strip() for label in labels.split(','))
    if not all(label.startswith('/') for label in identifiers):
        raise AnnotationError(
            f'{place}: positive_labels is {shown(labels)}, expected identifiers such as "/m/05tny_"'
        )
    video = cell_name(place, 'YTID', youtube_id)
    name = cell_name(place, 'YTID', f'{video}_{int(float(start)):06d}')
    return Segment(name, identifiers)
