"""Maps in files, beside what is true of them.

- :func:`maps_by_identifier`: map files under the identifiers of an annotation file
- :func:`samples_of`: map files and entries as samples of an evaluation
- :class:`Truths`, :class:`Lazy`: sequences that are read when they are asked for
"""

from collections.abc import Callable, Mapping, Sequence
from os import PathLike
from pathlib import Path

import numpy as np

from ..datasets.annotations import AnnotationError
from ..datasets.load_truth import read_mask
from ..evaluation.functional import sounding_steps
from ..evaluation.inputs import Samples
from ..evaluation.map_files import MapFiles
from ..evaluation.protocols import Protocol
from .entries import Entry


def maps_by_identifier(
    path: str | PathLike, identify: Callable[[str], str]
) -> Mapping[str, np.ndarray]:
    """Map files under the identifiers of an annotation file.

    Raises:
        ValueError: If there are no maps, or two are of one sample.
    """
    return _Renamed(MapFiles(path), identify)


class _Renamed(Mapping):
    """Map files under the identifiers of an annotation file."""

    def __init__(self, files, identify):
        self.files = files
        self.names: dict[str, str] = {}
        for name in files:
            if (other := self.names.setdefault(identify(name), name)) != name:
                raise AnnotationError(
                    f'{files.path}: {name!r} and {other!r} are maps of one sample, expected one'
                )

    def __getitem__(self, name):
        return self.files[self.names[name]]

    def __contains__(self, name):
        # Mapping's own would read the map.
        return name in self.names

    def __iter__(self):
        return iter(self.names)

    def __len__(self):
        return len(self.names)


class Truths(Sequence):
    """Truths of entries; masks are read when they are asked for."""

    def __init__(self, entries):
        self.entries = entries

    def __len__(self):
        return len(self.entries)

    def __getitem__(self, index):
        truth = self.entries[index].truth
        return read_mask(truth) if isinstance(truth, Path) else truth


class Lazy(Sequence):
    """Maps that are read when they are asked for."""

    def __init__(self, files, names):
        self.files, self.names = files, names

    def __len__(self):
        return len(self.names)

    def __getitem__(self, index):
        return self.files[self.names[index]]


def samples_of(
    files: Mapping[str, np.ndarray],
    entries: Sequence[Entry],
    protocol: Protocol,
    confidence: Mapping[str, float] | None = None,
    objects: Mapping[str, np.ndarray] | None = None,
) -> tuple[Samples, np.ndarray]:
    """Samples of map files; maps and masks are read when they are asked for.

    Args:
        files: Identifier to map, with a map for every entry.
        entries: What is true.
        protocol: What is asked for.
        confidence: Identifier to confidence (``extended``).
        objects: Identifier to the map to fuse with.

    Returns:
        The samples, and the number of rows of every entry.

    Raises:
        AnnotationError: If something that the protocol needs is not there.
    """
    names = [entry.id for entry in entries]
    if protocol.per_frame:
        if confidence is not None or objects is not None:
            raise AnnotationError(
                f'confidence and object maps are not used by protocol {protocol.name!r}'
            )
        return _frames(protocol, files, entries)
    for what, values in (('confidence', confidence), ('object map', objects)):
        lacking = [name for name in names if values is not None and name not in values]
        if lacking:
            raise AnnotationError(
                f'{len(lacking)} samples have no {what}, {lacking[:3]} among them'
            )
    groups = [entry.group for entry in entries]
    if protocol.needs_groups and None in groups:
        raise AnnotationError(f'{names[groups.index(None)]}: the annotation has no group')
    flags = None
    if protocol.needs_sounding:
        flags = [entry.sounding for entry in entries]
        if all(flag is None for flag in flags):
            raise AnnotationError(
                'the annotations do not say which samples sound: give --sounding FILE (id,0 or 1)'
            )
    samples = Samples(
        maps=Lazy(files, names),
        truth=Truths(entries),
        object_maps=None if objects is None else Lazy(objects, names),
        confidence=None if confidence is None else [confidence[name] for name in names],
        sounding=flags,
        groups=None if None in groups else groups,
        ids=names,
    )
    return samples, np.ones(len(names), dtype=int)


def _frames(protocol, files, entries):
    """A row a frame; outside of the annotated event nothing sounds."""
    given = {key: [] for key in ('maps', 'truth', 'sounding', 'groups', 'ids')}
    lengths = []
    for entry in entries:
        maps = files[entry.id]
        if maps.ndim != 3:
            raise AnnotationError(
                f'{entry.id}: map has shape {maps.shape}, protocol {protocol.name!r} expects '
                '(T, h, w), ten a second'
            )
        silent = entry.sounding is False
        given['maps'] += list(maps)
        given['truth'] += [entry.truth] * len(maps)
        inside = sounding_steps(len(maps), entry.event)
        given['sounding'] += [bool(flag) and not silent for flag in inside]
        given['groups'] += [entry.id] * len(maps)
        given['ids'] += [f'{entry.id}/{step}' for step in range(len(maps))]
        lengths.append(len(maps))
    if not protocol.needs_sounding:
        given['sounding'] = None
    return Samples(**given), np.array(lengths)
