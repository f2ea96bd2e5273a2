"""Boxes in VGG-SS form, their faults counted; clips in which nothing visible sounds."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...evaluation.functional.ground_truth import box_cells
from .identifiers import canonical_id
from .text import (
    JsonEntry,
    is_numbers,
    json_entries,
    json_value,
    listed_entries,
    name_fault,
    shown,
)


@dataclass(frozen=True)
class BoxCounts:
    """How the metric's protocol reads published boxes.

    Attributes:
        entries: Number of annotated pictures.
        boxes: Number of boxes.
        out_of_range: Boxes with a coordinate outside [0, 1], which is clipped.
        zero_area: Boxes that cover no pixel of the evaluation grid.
        swapped: Those of them that lie in [0, 1] and end before they begin: x1 < x0 or y1 < y0.
        empty: Indices of the entries that no box marks a pixel of; they score
            0 whatever is predicted, and they count.
    """

    entries: int
    boxes: int
    out_of_range: int
    zero_area: int
    swapped: int
    empty: tuple[int, ...]

    @property
    def odd(self) -> bool:
        """Whether a fault was found."""
        return bool(self.out_of_range or self.zero_area or self.empty)

    def __str__(self) -> str:
        ends = f' ({self.swapped} with x1 < x0 or y1 < y0)' if self.swapped else ''
        return (
            f'{self.boxes} boxes of {self.entries} entries: {self.out_of_range} out of range, '
            f'{self.zero_area} of zero area{ends}, {len(self.empty)} entries without any truth'
        )


def read_boxes(path: str | os.PathLike) -> list[dict[str, Any]]:
    """Read boxes in VGG-SS form; ours add ``score``, ``time``, ``event``, ``group`` and ``steps``.

    Args:
        path: JSON list of ``{file, class, bbox}`` with boxes as xyxy fractions
            of the full frame.

    Returns:
        Entries ``{video_id, label_name, boxes (k, 4) float64}`` and, where the
        file gives them, ``scores`` (one per box), ``time`` (s), ``event`` (start,
        end), ``group`` and ``steps`` (boxes ``(k, 4)`` of every 100 ms).

    Raises:
        AnnotationError: If the file is not such a list; the message names the entry.
    """
    return [_box_entry(entry) for entry in json_entries(path, 'file', 'class', 'bbox')]


def read_named_boxes(path: str | os.PathLike) -> list[tuple[str, dict[str, Any]]]:
    """Like :func:`read_boxes`, with each entry after its ``file`` as written."""
    return named_boxes(path, json_value(path))


def named_boxes(path: str | os.PathLike, found: Any) -> list[tuple[str, dict[str, Any]]]:
    """Like :func:`read_named_boxes`, for the content of a file."""
    entries = listed_entries(path, found, 'file', 'class', 'bbox')
    return [(entry.name('file'), _box_entry(entry)) for entry in entries]


def count_boxes(boxes: Sequence[np.ndarray]) -> BoxCounts:
    """Count the boxes that the metric's protocol clips or finds empty.

    Args:
        boxes: One array ``(k, 4)`` of xyxy fractions an entry.
    """
    owner = np.repeat(np.arange(len(boxes)), [len(b) for b in boxes])
    every = np.concatenate([*boxes, np.zeros((0, 4))])
    cells = box_cells(every)
    marks = (cells[:, 2] > cells[:, 0]) & (cells[:, 3] > cells[:, 1])
    empty = np.setdiff1d(np.arange(len(boxes)), owner[marks])
    outside = ((every < 0) | (every > 1)).any(1)
    swapped = ~outside & (every[:, 2:] < every[:, :2]).any(1)
    return BoxCounts(
        entries=len(boxes),
        boxes=len(every),
        out_of_range=int(outside.sum()),
        zero_area=int((~marks).sum()),
        swapped=int((swapped & ~marks).sum()),
        empty=tuple(empty.tolist()),
    )


def read_negatives(path: str | os.PathLike) -> list[dict[str, Any]]:
    """Read clips in which nothing visible sounds.

    Args:
        path: JSON list of ``{file, kind, time}``; the kind is that of the
            sound, ``time`` the instant to look at in seconds.

    Returns:
        Entries ``{video_id, kind, time}``.

    Raises:
        AnnotationError: If the file is not such a list; the message names the entry.
    """

    return [
        {
            'video_id': _video_id(entry),
            'kind': entry.text('kind'),
            'time': entry.number('time'),
        }
        for entry in json_entries(path, 'file', 'kind', 'time')
    ]


def _box_entry(entry: JsonEntry) -> dict[str, Any]:
    boxes = entry.content['bbox']
    found: dict[str, Any] = {
        'video_id': _video_id(entry),
        'label_name': entry.text('class'),
        'boxes': _box_array(entry, 'bbox', boxes),
    }
    if len(boxes) and (found['boxes'] > 2).any(1).all():
        raise entry.error(f'bbox is {shown(boxes)}, expected fractions; are these pixels?')
    if 'score' in entry.content:
        found['scores'] = entry.numbers('score', len(boxes))
    if 'time' in entry.content:
        found['time'] = entry.number('time')
    if 'event' in entry.content:
        found['event'] = entry.numbers('event', 2)
    if 'group' in entry.content:
        found['group'] = entry.text('group')
    if 'steps' in entry.content:
        steps = entry.content['steps']
        if not isinstance(steps, list):
            raise entry.error(f'steps must list the boxes of every 100 ms, got {shown(steps)}')
        found['steps'] = [_box_array(entry, f'steps[{i}]', step) for i, step in enumerate(steps)]
    return found


def _box_array(entry: JsonEntry, name: str, boxes: Any) -> np.ndarray:
    if not isinstance(boxes, list) or not all(is_numbers(box, 4) for box in boxes):
        raise entry.error(f'{name} must list four finite numbers a box, got {shown(boxes)}')
    return np.array(boxes, dtype=np.float64).reshape(-1, 4)


def _video_id(entry: JsonEntry) -> str:
    video_id = canonical_id(entry.name('file'))
    if fault := name_fault(video_id):
        raise entry.error(f'file is {shown(entry.content["file"])}, {fault}')
    return video_id
