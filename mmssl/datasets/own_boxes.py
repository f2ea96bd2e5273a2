"""Boxes of the user's own clips, assigned to clips and instants."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cache
from os import PathLike
from pathlib import PurePosixPath

import numpy as np

from ..media.isolation import run_isolated
from ..media.video import frame_time
from . import annotations as ann
from .forms import Sample

Picture = ann.PictureBoxes


def with_boxes(
    samples: Sequence[Sample],
    boxes_file: str | PathLike,
    root: str | PathLike,
    classes: Iterable[str],
    known: Iterable[str],
) -> tuple[list[Sample], list[str]]:
    """Give samples their boxes from a file.

    A box counts if its label is the clip's class, or no class at all. Of several pictures of a
    clip, the middle one counts.

    Args:
        samples: Clips of a split.
        boxes_file: See :func:`mmssl.datasets.annotations.read_exported_boxes`.
        root: Folder that the names of their files are relative to.
        classes: All classes.
        known: Files of the clips of all splits.

    Returns:
        The samples, some with boxes, and notes.

    Raises:
        AnnotationError: If the file cannot be read, a name fits several clips, or none fits any.
    """
    pictures = ann.read_exported_boxes(boxes_file)
    files = _Files({*known})
    of_file: dict[str, list[Picture]] = {}
    strange: list[str] = []
    for picture in pictures:
        if name := files.named(picture.clip, boxes_file):
            of_file.setdefault(name, []).append(picture)
        else:
            strange.append(str(picture.clip))
    if not of_file:
        raise ann.AnnotationError(
            f'{boxes_file}: none of its {len(pictures)} pictures is of a clip, e.g. '
            f'{", ".join(strange[:1])}; a picture is named as its clip, with @SECONDS after it'
        )
    boxed = [_boxed(s, of_file.get(s.picture, ()), root, {*classes}) for s in samples]
    count = sum(sample.truth is not None for sample in boxed)
    notes = [f'{boxes_file}: boxes of {count} of the {len(samples)} clips of this split']
    if strange:
        names = ', '.join(strange[:3])
        notes.append(f'{boxes_file}: {len(strange)} pictures are of no clip, e.g. {names}')
    return boxed, notes


class _Files:
    """Files by the last parts of their paths, without endings."""

    def __init__(self, names: set[str]) -> None:
        self._paths: dict[str, list[tuple[tuple[str, ...], str]]] = {}
        for name in sorted(names):
            path = ann.without_ending(name)
            self._paths.setdefault(path.name, []).append((path.parts, name))

    def named(self, clip: PurePosixPath, place: str | PathLike) -> str | None:
        """The file whose path ends as a picture's name does."""
        found = [
            name
            for parts, name in self._paths.get(clip.name, ())
            if parts[-len(clip.parts) :] == clip.parts
        ]
        if len(found) > 1:
            raise ann.AnnotationError(
                f'{place}: {clip} may be {found[0]} or {found[1]}, expected a name with folders '
                'that tell them apart'
            )
        return found[0] if found else None


def _boxed(
    sample: Sample, pictures: Sequence[Picture], root: str | PathLike, classes: set[str]
) -> Sample:
    start, end = sample.span or (0.0, np.inf)
    fitting: list[tuple[float, np.ndarray]] = []
    for picture in pictures:
        time = _time(picture, f'{root}/{sample.picture}')
        rows = [n == sample.label or n not in classes for n in picture.names]
        boxes = picture.boxes[np.array(rows, bool)]
        # Its part of the recording is unknown.
        inside = sample.span is None if time is None else start <= time < end
        if inside and len(boxes):
            fitting.append((-1.0 if time is None else time - start, boxes))
    if not fitting:
        return sample
    fitting.sort(key=lambda pair: pair[0])
    moment, boxes = fitting[len(fitting) // 2]
    return replace(sample, truth=boxes, moment=None if moment < 0 else moment)


def _time(picture: Picture, path: str) -> float | None:
    return picture.time if picture.frame is None else _frame_time(path, picture.frame)


@cache
def _frame_time(path: str, frame: int) -> float:
    return run_isolated(frame_time, path, frame, progress=lambda items, total: items)
