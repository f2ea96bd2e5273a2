"""Label Studio's exports: https://labelstud.io/guide/task_format.

JSON has a task an entry, JSON-MIN an annotation an entry: the data and the values of each control
beside each other, the newest annotation of a task first.

Boxes are percent of the frame. Of several annotations of a task the one that is marked as ground
truth counts, or else the last one that was not cancelled.
"""

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from ...media.video import PICTURE_SUFFIXES, VIDEO_SUFFIXES
from .picture_boxes import PictureBoxes, drawn_frames, named_picture, turned_box
from .text import JsonEntry, entries_of, is_number, shown

#: The prefix that Label Studio adds to the name of an uploaded file.
_UPLOAD = re.compile(r'[0-9a-f]{8}-(?=.)')
_SIDES = ('x', 'y', 'width', 'height')


def is_label_studio(found: Any) -> bool:
    """Whether a JSON value is an export of Label Studio."""
    first = found[0] if isinstance(found, list) and found else None
    return isinstance(first, dict) and bool({'annotations', 'annotation_id'} & set(first))


def read_label_studio(path: str | os.PathLike, found: list) -> list[PictureBoxes]:
    """Read an export.

    Args:
        path: Path of the file, for messages.
        found: Content of the file.

    Raises:
        AnnotationError: If it is another file; the message names the entry.
    """
    if 'annotations' in found[0]:
        entries = entries_of(path, found, 'annotations', 'data')
        tasks = [(entry, entry.content['data'], _results(entry)) for entry in entries]
    else:
        entries = _newest(entries_of(path, found, 'annotation_id'))
        tasks = [(entry, entry.content, _results_of_min(entry)) for entry in entries]
    pictures: list[PictureBoxes] = []
    for entry, data, results in tasks:
        name = _file_name(entry, data)
        of_video = [result for result in results if result.get('type') == 'videorectangle']
        if of_video:
            pictures += _frames(entry, name, of_video)
            continue
        of_picture = [r for r in results if r.get('type') == 'rectanglelabels']
        boxes = [_box(entry, _value(entry, r), _size(r)) for r in of_picture]
        names = [_label(entry, r, 'rectanglelabels') for r in of_picture]
        pictures.append(named_picture(name, boxes, names))
    return pictures


def _newest(entries: Iterable[JsonEntry]) -> Iterator[JsonEntry]:
    """The first entry of every task."""
    seen = set()
    for entry in entries:
        task = entry.content.get('id')
        if task is not None and type(task) not in (int, str):
            raise entry.error(f'id is {shown(task)}, expected the number of a task')
        if task is None or task not in seen:
            yield entry
        seen.add(task)


def _results_of_min(entry: JsonEntry) -> list[dict]:
    """Values of all controls, as the results of the other export."""
    values = [
        value
        for control in entry.content.values()
        if isinstance(control, list)
        for value in control
        if isinstance(value, dict)
    ]
    return [
        {**value, 'type': kind, 'value': value}
        for value in values
        for key, kind in (('sequence', 'videorectangle'), ('rectanglelabels', 'rectanglelabels'))
        if key in value
    ]


def _file_name(entry: JsonEntry, data: Any) -> str:
    """The path that a task's data name."""
    texts = [v for v in data.values() if isinstance(v, str)] if isinstance(data, dict) else []
    for text in texts:
        parts = urlsplit(text)
        # A file of local storage is an argument of the URL.
        path = PurePosixPath(parse_qs(parts.query).get('d', [unquote(parts.path)])[0])
        if path.suffix.lower() in PICTURE_SUFFIXES | VIDEO_SUFFIXES:
            served = 'd=' not in parts.query and ('/upload/' in text or parts.scheme)
            return _UPLOAD.sub('', path.name, count=1) if served else str(path).lstrip('/')
    raise entry.error(f'data are {shown(data)}, expected the name of a picture or a video')


def _results(entry: JsonEntry) -> list[dict]:
    made = entry.content['annotations']
    if not isinstance(made, list) or not all(isinstance(a, dict) for a in made):
        raise entry.error(f'annotations are {shown(made)}, expected a list of objects')
    kept = [a for a in made if not a.get('was_cancelled')]
    chosen = next((a for a in kept if a.get('ground_truth')), kept[-1] if kept else {})
    results = chosen.get('result', [])
    if not isinstance(results, list) or not all(isinstance(r, dict) for r in results):
        raise entry.error(f'result is {shown(results)}, expected a list of objects')
    return results


def _frames(entry: JsonEntry, name: str, results: list[dict]) -> list[PictureBoxes]:
    """Frames of a video on which boxes were drawn."""
    drawn: dict[tuple[float | None, int | None], list[tuple[list[float], str]]] = {}
    for result in results:
        value, label = _value(entry, result), _label(entry, result, 'labels')
        sequence = value.get('sequence')
        if not isinstance(sequence, list) or not all(isinstance(s, dict) for s in sequence):
            raise entry.error(f'sequence is {shown(sequence)}, expected a list of objects')
        for shape in sequence:
            time, frame = shape.get('time'), shape.get('frame')
            if not is_number(time) and (type(frame) is not int or frame < 1):
                raise entry.error(f'a box of the sequence has frame {shown(frame)} and no time')
            # Label Studio counts frames from 1.
            key = (float(time), None) if is_number(time) else (None, frame - 1)
            drawn.setdefault(key, []).append((_box(entry, shape, _size(result)), label))
    return drawn_frames(name, drawn)


def _value(entry: JsonEntry, result: dict) -> dict:
    if not isinstance(value := result.get('value'), dict):
        raise entry.error(f'value is {shown(value)}, expected an object')
    return value


def _label(entry: JsonEntry, result: dict, key: str) -> str:
    labels = _value(entry, result).get(key)
    if not isinstance(labels, list) or not labels or not isinstance(labels[0], str):
        raise entry.error(f'{key} are {shown(labels)}, expected a list of a name')
    return labels[0]


def _size(result: dict) -> tuple[float, float]:
    """Width and height; only boxes that are turned depend on them."""
    width: Any
    height: Any
    width, height = result.get('original_width'), result.get('original_height')
    known = is_number(width) and is_number(height) and min(width, height) > 0
    return (float(width), float(height)) if known else (100.0, 100.0)


def _box(entry: JsonEntry, value: dict, size: tuple[float, float]) -> list[float]:
    given: list[Any] = [value.get(side) for side in _SIDES]
    if not all(map(is_number, given)):
        raise entry.error(f'x, y, width, height are {shown(given)}, expected percent')
    x, y, w, h = (number * size[i % 2] / 100 for i, number in enumerate(given))
    degrees = value.get('rotation') or 0
    if not is_number(degrees):
        raise entry.error(f'rotation is {shown(degrees)}, expected degrees')
    # About the corner that was the upper left one.
    box, fault = turned_box((x, y, x + w, y + h), size, degrees, (x, y))
    if fault:
        raise entry.error(f'the box x, y, width, height {shown(given)} (percent) {fault}')
    return box
