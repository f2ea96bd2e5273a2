"""A detector's boxes, in COCO's two forms."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ...clock import STEPS_PER_SECOND
from .identifiers import canonical_id
from .text import (
    AnnotationError,
    JsonEntry,
    entries_of,
    is_number,
    is_numbers,
    json_value,
    shown,
)

Key = int | str
Box = tuple[float, float, float, float]

_LIST = 'a list of {"image_id", "category_id", "bbox": [x, y, w, h], "score"}'
_DICT = '{"images": [...], "categories": [...], "annotations": [...]}'


@dataclass
class DetectedPicture:
    """One picture, and the detections in it.

    Attributes:
        video_id: Clip that the picture is of.
        time: Its instant in seconds, where the file gives one.
        boxes: xyxy fractions of the frame, one per box.
        names: Names of the boxes' categories; their numbers where no table has names.
        scores: The detector's scores; 1 without scores in the file.
        name: The picture's own name, as the file has it.
    """

    video_id: str
    time: float | None
    boxes: list[Box] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    scores: list[float] = field(default_factory=list)
    name: str = ''

    def above(self, score: float) -> 'DetectedPicture':
        """The boxes of at least this score, best first."""
        order = np.argsort([-value for value in self.scores], kind='stable')
        kept = [i for i in order if self.scores[i] >= score]
        boxes, names, scores = (
            [values[i] for i in kept] for values in (self.boxes, self.names, self.scores)
        )
        return replace(self, boxes=boxes, names=names, scores=scores)


class DetectionTable:
    """A detector's pictures by clip and time.

    Args:
        pictures: As :func:`read_detections` gives them.
    """

    def __init__(self, pictures: Sequence[DetectedPicture]) -> None:
        self._clips: dict[str, list[DetectedPicture]] = {}
        for picture in pictures:
            self._clips.setdefault(picture.video_id, []).append(picture)

    def picture(self, video_id: str, time: float | None) -> DetectedPicture | None:
        """The picture of an instant, ``None`` if the detector did not run on it.

        A picture without a time is the only one of its clip and stands for
        any; one with a time must lie within half a step of 100 ms.

        Args:
            video_id: Clip.
            time: Seconds; ``None`` for the only picture there is.

        Raises:
            AnnotationError: If several pictures fit.
        """
        found = self._clips.get(video_id, [])
        if time is not None and not any(picture.time is None for picture in found):
            near = 0.5 / STEPS_PER_SECOND
            found = [p for p in found if p.time is not None and abs(p.time - time) < near]
        if len(found) > 1:
            raise AnnotationError(
                f'{len(found)} pictures of clip {video_id} in the detections could be the one of '
                f'time {time}; give every image in the table of images its "time" in seconds'
            )
        return found[0] if found else None


def read_detections(
    path: str | os.PathLike, images_path: str | os.PathLike | None = None
) -> list[DetectedPicture]:
    """Read the results of any detector.

    Args:
        path: COCO's results, a JSON list of ``image_id``, ``category_id``, ``bbox``
            (x, y, width, height in pixels) and ``score``, or a JSON object with
            ``images``, ``categories`` and ``annotations``.
        images_path: JSON object with ``images`` (``id``, ``file_name`` naming the
            clip, ``width``, ``height`` and optionally ``time``) and ``categories``.
            A list of results needs it; otherwise it takes the place of the tables
            that the object has.

    Returns:
        Every picture of the table of images, also those without a box.

    Raises:
        AnnotationError: If a file is malformed; the message names the entry.
    """
    return detections_of(path, json_value(path), images_path)


def detections_of(
    path: str | os.PathLike, found: Any, images_path: str | os.PathLike | None = None
) -> list[DetectedPicture]:
    """Like :func:`read_detections`, for the content of a file."""
    if not isinstance(found, (dict, list)):
        raise AnnotationError(f'{path}: holds {shown(found)}, expected {_LIST} or {_DICT}')
    tables, tables_path = found, path
    if images_path is not None:
        tables, tables_path = json_value(images_path), images_path
    elif isinstance(found, list):
        raise AnnotationError(
            f'{path}: a list of results does not say which clip an image_id is of; '
            'give the JSON file with the images, too (--images)'
        )
    sizes, pictures = _pictures(tables_path, tables)
    names = _category_names(tables_path, tables)
    results = {'annotations': found} if isinstance(found, list) else found
    for entry in _entries(path, results, 'annotations', 'image_id', 'category_id', 'bbox'):
        image = _number_or_text(entry, 'image_id')
        if image not in pictures:
            raise entry.error(f'image_id is {shown(image)}, which the images of {tables_path} lack')
        category = _number_or_text(entry, 'category_id')
        pictures[image].boxes.append(_fractions(entry, sizes[image]))
        pictures[image].names.append(names.get(category, str(category)))
        pictures[image].scores.append(_score(entry))
    return list(pictures.values())


def _pictures(
    path: str | os.PathLike, tables: Any
) -> tuple[dict[Key, tuple[float, float]], dict[Key, DetectedPicture]]:
    """Sizes in pixels and empty pictures, by the images' identifiers."""
    sizes, pictures = {}, {}
    for entry in _entries(path, tables, 'images', 'file_name', 'id', 'width', 'height'):
        image = _number_or_text(entry, 'id')
        if image in pictures:
            raise entry.error(f'id is {shown(image)}, which an image before has')
        size = entry.number('width'), entry.number('height')
        if not all(size):
            raise entry.error(f'width and height are {size}, expected positive numbers of pixels')
        time = entry.number('time') if entry.content.get('time') is not None else None
        sizes[image] = size
        # Detectors are run on extracted frames as often as on clips.
        stem = entry.name('file_name', base=True)
        for suffix in ('.jpg', '.jpeg', '.png'):
            stem = stem.removesuffix(suffix)
        name = entry.text('file_name')
        pictures[image] = DetectedPicture(canonical_id(stem), time, name=name)
    return sizes, pictures


def _category_names(path: str | os.PathLike, tables: Any) -> dict[Key, str]:
    if 'categories' not in tables:
        return {}
    entries = _entries(path, tables, 'categories', 'name', 'id')
    return {_number_or_text(entry, 'id'): entry.text('name') for entry in entries}


def _entries(path: str | os.PathLike, tables: Any, table: str, *keys: str) -> Iterator[JsonEntry]:
    rows = tables.get(table) if isinstance(tables, dict) else None
    if not isinstance(rows, list):
        raise AnnotationError(f'{path}: {table} is {shown(rows)}, expected {_DICT}')
    return entries_of(path, rows, *keys)


def _number_or_text(entry: JsonEntry, key: str) -> Key:
    value = entry.content[key]
    if type(value) not in (int, str):
        raise entry.error(f'{key} is {shown(value)}, expected a whole number or a text')
    return value


def _score(entry: JsonEntry) -> float:
    score = entry.content.get('score', 1.0)
    if not is_number(score):
        raise entry.error(f'score is {shown(score)}, expected a number')
    return float(score)


def _fractions(entry: JsonEntry, size: tuple[float, float]) -> Box:
    box = entry.content['bbox']
    if not is_numbers(box, 4) or min(box[2:]) < 0:
        raise entry.error(
            f'bbox is {shown(box)}, expected x, y, width, height in pixels; is it xyxy?'
        )
    x, y, w, h = box
    corners = np.array([x, y, x + w, y + h]) / np.tile(size, 2)
    # A box outside the picture refers to other pixels. A little is rounding.
    if (corners > 1.5).any() or (corners < -0.5).any():
        raise entry.error(
            f'bbox is {shown(box)} in a picture of {size[0]:g} x {size[1]:g} pixels, expected '
            'x, y, width, height inside it; is it xyxy, or of another size of the picture?'
        )
    return tuple(np.clip(corners, 0, 1).tolist())
