"""What is true of every sample of an evaluation of files: published forms to entries.

- :class:`Entry`: one sample
- :class:`Form`, :data:`FORMS`: the published forms of annotations
- :func:`read_entries`: the entries that are to be evaluated
- :func:`read_numbers`: a table of identifiers and numbers
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path

import numpy as np

from ..datasets import forms as dataset_forms
from ..datasets.annotations import (
    AnnotationError,
    canonical_id,
    read_boxes,
    read_flickr_boxes,
    read_is3,
)
from ..datasets.annotations.text import csv_rows
from ..evaluation.protocols import Protocol, names_with


@dataclass(frozen=True)
class Entry:
    """What is true of one sample; ``truth`` may be the file of a mask.

    ``label`` is its class, ``time`` the instant (s) that the truth belongs to;
    ``picture`` and ``sound`` name the files, where not ``id`` itself does.
    """

    id: str
    truth: np.ndarray | Path
    group: str | None = None
    sounding: bool | None = None
    event: tuple[float, float] | None = None
    label: str | None = None
    time: float | None = None
    picture: str | None = None
    sound: str | None = None


@dataclass(frozen=True)
class Form:
    """A published form of annotations.

    Attributes:
        read: Path of the truth, and of the list of pairs where there is one, to entries.
        protocol: Name of the protocol that is meant by default.
        identify: Brings the name of a map's file to the entries' identifiers.
        needs_pairs: Whether there is a list of pairs, which must be given.
    """

    read: Callable[[str, str | None], list[Entry]]
    protocol: str
    identify: Callable[[str], str] = str
    needs_pairs: bool = False


def _read_vggss(path, pairs):
    return [
        Entry(
            e['video_id'],
            e['boxes'],
            e.get('group'),
            e.get('sounding'),
            e.get('event'),
            e['label_name'],
            e.get('time', dataset_forms.VGGSS_TIME),
        )
        for e in read_boxes(path)
    ]


def _read_flickr(path, pairs):
    return [Entry(name, boxes) for name, boxes in read_flickr_boxes(path).items()]


def _read_is3(path, pairs):
    return [
        Entry(
            e['video_id'],
            e['boxes'],
            e['group'],
            label=e['label_name'],
            picture=e['picture'],
            sound=e['sound'],
        )
        for e in read_is3(path)
    ]


def _read_extended(path, pairs):
    samples = dataset_forms.extended(dataset_forms.FormFiles(pairs, path)).samples
    nothing = np.zeros((0, 4))
    return [
        Entry(
            s['video_id'],
            s.get('boxes', nothing),
            sounding=s['sounding'],
            label=s.get('label_name'),
            time=s.get('moment'),
            picture=s['picture'],
            sound=s['sound'],
        )
        for s in samples
    ]


def _read_avsbench(path, pairs):
    masks = sorted(Path(path).rglob('*.png'))
    if not masks:
        raise AnnotationError(f'{path}: no masks, expected png files in it or below')
    return [Entry(mask.stem, mask) for mask in masks]


#: Published forms that ``--form`` knows.
FORMS = {
    'vggss': Form(_read_vggss, 'vggss', canonical_id),
    'flickr-soundnet': Form(_read_flickr, 'flickr-soundnet'),
    'extended': Form(_read_extended, 'extended', needs_pairs=True),
    'is3': Form(_read_is3, 'interactive'),
    'avsbench': Form(_read_avsbench, 'avsbench'),
}


def read_entries(
    protocol: Protocol,
    truth: str | PathLike,
    form: str,
    *,
    pairs: str | PathLike | None = None,
    ids: str | PathLike | None = None,
    sounding: str | PathLike | None = None,
) -> list[Entry]:
    """The entries that are to be evaluated.

    Args:
        protocol: What is asked for.
        truth, form, pairs, ids, sounding: As for
            :func:`mmssl.report.evaluate_maps.evaluate_maps`.

    Raises:
        AnnotationError: If a file is not what it should be, is missing, or
            would not be used.
    """
    _check_use(protocol, form, pairs, sounding)
    known = FORMS[form]
    return expected_entries(known.read(truth, pairs), ids, sounding, known.identify)


def _check_use(protocol, form, pairs, sounding):
    """Make sure that a form's files are there, and none that would not be used."""
    needs_pairs = FORMS[form].needs_pairs
    if pairs and not needs_pairs:
        named = ' or '.join(repr(name) for name, other in FORMS.items() if other.needs_pairs)
        raise AnnotationError(
            f'pairs={str(pairs)!r} would not be used with form {form!r}: leave it out, or take '
            f'form {named}'
        )
    if needs_pairs and not pairs:
        raise AnnotationError(f'form {form} needs the table of pairs: give --pairs FILE')
    if sounding and not protocol.needs_sounding:
        raise AnnotationError(
            f'sounding={str(sounding)!r} would not be used by protocol {protocol.name!r}: leave it '
            f'out (--ids chooses samples), or take one of {names_with("needs_sounding")}'
        )


def expected_entries(
    entries: Sequence[Entry],
    ids: str | PathLike | None,
    sounding: str | PathLike | None,
    identify: Callable[[str], str] = str,
) -> list[Entry]:
    """The entries that are to be evaluated; see :func:`read_entries`.

    Raises:
        AnnotationError: If a listed identifier has no entry, or one is there twice.
    """
    known = {entry.id: entry for entry in entries}
    if len(known) < len(entries):
        raise AnnotationError(
            f'{len(entries) - len(known)} identifiers are annotated more than once, expected once'
        )
    if sounding:
        flags = read_numbers(sounding, identify)
        odd = {name: flag for name, flag in flags.items() if flag not in (0, 1)}
        if odd:
            name, flag = next(iter(odd.items()))
            raise AnnotationError(
                f'{sounding}: {name!r} has {flag:g}, expected 1 (sounds) or 0 (does not)'
            )
        unknown = [name for name, flag in flags.items() if flag and name not in known]
        if unknown:
            raise AnnotationError(
                f'{sounding}: {len(unknown)} samples sound but have no annotation, {unknown[:3]} '
                'among them'
            )
        nothing = np.zeros((0, 4))
        known = {
            name: replace(known.get(name, Entry(name, nothing)), sounding=bool(flag))
            for name, flag in flags.items()
        }
    if ids:
        listed = dict.fromkeys(identify(cells[0]) for _, cells in _rows(ids))
        unknown = [name for name in listed if name not in known]
        if unknown:
            raise AnnotationError(
                f'{ids}: {len(unknown)} identifiers are not annotated, {unknown[:3]} among them'
            )
        known = {name: known[name] for name in listed}
    return list(known.values())


def read_numbers(path: str | PathLike, identify: Callable[[str], str]) -> dict[str, float]:
    """A CSV of identifier and number; a first line without a number is a header.

    Raises:
        AnnotationError: If a line is something else, or an identifier is there twice.
    """
    found: dict[str, float] = {}
    for number, (line, cells) in enumerate(_rows(path)):
        try:
            name, value = identify(cells[0]), float(cells[1])
        except (IndexError, ValueError) as error:
            if not number:
                continue
            raise AnnotationError(f'{path}:{line}: {cells}, expected id,number') from error
        if name in found:
            raise AnnotationError(f'{path}:{line}: {name!r} is there twice')
        found[name] = value
    return found


def _rows(path):
    rows = list(csv_rows(path))
    if not rows:
        raise AnnotationError(f'{path}: no rows')
    return rows
