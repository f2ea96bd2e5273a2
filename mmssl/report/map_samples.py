"""Maps in files, with their ground truth.

- :class:`IdentifiedMaps`: map files under the identifiers of an annotation file
- :func:`samples_of`: map files and their annotation as samples of an evaluation
- :func:`truth_of`, :func:`is_annotated`: the annotation of a sample
- :class:`Lazy`: a sequence whose items are read when they are asked for
"""

from collections.abc import Callable, Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from ..datasets.annotations import AnnotationError
from ..datasets.forms import Sample
from ..datasets.load_truth import read_mask
from ..evaluation.functional import sounding_steps
from ..evaluation.inputs import Samples
from ..evaluation.map_files import MapFiles
from ..evaluation.protocols import Protocol


class IdentifiedMaps(MapFiles):
    """Map files under the identifiers of an annotation file.

    Args:
        path: As for :class:`MapFiles`.
        identify: Brings the files' names to these identifiers.

    Raises:
        ValueError: If there are no maps, or two are of one sample.
    """

    def __init__(self, path: str | PathLike, identify: Callable[[str], str]) -> None:
        super().__init__(path)
        names: dict[str, str] = {}
        for name in self:
            if (other := names.setdefault(identify(name), name)) != name:
                raise AnnotationError(
                    f'{self.path}: {name!r} and {other!r} are maps of one sample, expected one'
                )
        self._places = {key: self._places[name] for key, name in names.items()}


class Lazy(Sequence):
    """Arrays that are read when they are asked for.

    Args:
        read: From a key to its array.
        keys: One an array.
    """

    def __init__(self, read: Callable[[Any], np.ndarray], keys: Sequence) -> None:
        self.read, self.keys = read, keys

    def __len__(self) -> int:
        return len(self.keys)

    def __getitem__(self, index: Any) -> Any:
        return self.read(self.keys[index])


def is_annotated(sample: Sample) -> bool:
    """Whether a sample has an annotation."""
    return sample.truth is not None or sample.sounding is False


def truth_of(sample: Sample) -> np.ndarray:
    """Boxes ``(k, 4)`` of a sample, empty without annotation, or its mask, bool ``(H, W)``.

    Raises:
        MediaError: If the mask's file is missing or not a picture.
    """
    if isinstance(sample.truth, Path):
        return read_mask(sample.truth)
    return np.zeros((0, 4)) if sample.truth is None else sample.truth


def samples_of(
    files: Mapping[str, np.ndarray],
    expected: Sequence[Sample],
    protocol: Protocol,
    confidence: Mapping[str, float] | None = None,
    objects: Mapping[str, np.ndarray] | None = None,
) -> tuple[Samples, np.ndarray]:
    """Samples of map files; maps and masks are read when they are asked for.

    Args:
        files: Identifier to map, with a map for every sample.
        expected: The ground truth.
        protocol: The protocol.
        confidence: Identifier to confidence (``extended``).
        objects: Identifier to the map to fuse with.

    Returns:
        The samples, and the number of rows of each.

    Raises:
        AnnotationError: If an input of the protocol is missing.
    """
    names = [sample.id for sample in expected]
    if protocol.per_frame:
        if confidence is not None or objects is not None:
            raise AnnotationError(
                f'confidence and object maps are not used by protocol {protocol.name!r}'
            )
        return _frames(protocol, files, expected)
    for what, values in (('confidence', confidence), ('object map', objects)):
        lacking = [name for name in names if values is not None and name not in values]
        if lacking:
            raise AnnotationError(
                f'{len(lacking)} samples have no {what}, {lacking[:3]} among them'
            )
    groups = [sample.group for sample in expected]
    if protocol.needs_groups and None in groups:
        raise AnnotationError(f'{names[groups.index(None)]}: the annotation has no group')
    flags = [sample.sounding for sample in expected] if protocol.needs_sounding else None
    if flags is not None and all(flag is None for flag in flags):
        raise AnnotationError(
            'the annotations do not say which samples sound: give --sounding FILE (id,0 or 1)'
        )
    samples = Samples(
        maps=Lazy(files.__getitem__, names),
        truth=Lazy(truth_of, expected),
        object_maps=None if objects is None else Lazy(objects.__getitem__, names),
        confidence=None if confidence is None else [confidence[name] for name in names],
        sounding=flags,
        groups=None if None in groups else groups,
        ids=names,
    )
    return samples, np.ones(len(names), dtype=int)


def _frames(
    protocol: Protocol, files: Mapping[str, np.ndarray], expected: Sequence[Sample]
) -> tuple[Samples, np.ndarray]:
    """One row per frame. Frames outside of the event or without boxes are silent."""
    maps, truth, sounding, owners, ids, lengths = [], [], [], [], [], []
    for sample in expected:
        values = files[sample.id]
        if values.ndim != 3:
            raise AnnotationError(
                f'{sample.id}: map has shape {values.shape}, protocol {protocol.name!r} expects '
                '(T, h, w), ten a second'
            )
        count = len(values)
        maps += list(values)
        boxes = _boxes_of_steps(sample, count)
        truth += boxes
        inside = sounding_steps(count, sample.event)
        if sample.steps is not None:
            inside = inside & [len(step) > 0 for step in boxes]
        sounding += [bool(flag) and sample.sounding is not False for flag in inside]
        owners += [sample.id] * count
        ids += [f'{sample.id}/{step}' for step in range(count)]
        lengths.append(count)
    flags = sounding if protocol.needs_sounding else None
    return Samples(maps, truth, sounding=flags, groups=owners, ids=ids), np.array(lengths)


def _boxes_of_steps(sample: Sample, count: int) -> list[np.ndarray]:
    """Ground truth of every step of a map: its own, or that of the sample."""
    if sample.steps is None:
        return [truth_of(sample)] * count
    if len(sample.steps) != count:
        raise AnnotationError(
            f'{sample.id}: the map has {count} steps, and boxes are of {len(sample.steps)}; '
            'give a map every 100 ms'
        )
    return list(sample.steps)
