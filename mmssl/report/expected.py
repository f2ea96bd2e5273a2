"""The expected samples of an evaluation of files.

- :func:`read_expected`: the samples of an annotation file that are to be evaluated
- :func:`read_numbers`: a table of identifiers and numbers
"""

from collections.abc import Callable
from dataclasses import replace
from os import PathLike
from typing import NoReturn

from ..datasets.annotations import AnnotationError
from ..datasets.annotations.text import csv_rows
from ..datasets.forms import FORMS, Form, FormFiles, Sample, form_with, names_with
from ..evaluation.protocols import Protocol
from ..evaluation.protocols import names_with as protocols_with
from .map_samples import is_annotated

Source = str | PathLike


def read_expected(
    protocol: Protocol,
    truth: Source,
    form: str,
    *,
    pairs: Source | None = None,
    ids: Source | None = None,
    sounding: Source | None = None,
    boxes: Source | None = None,
    unannotated: bool = False,
) -> list[Sample]:
    """The samples to evaluate. Identifiers of ``ids`` without annotation are reported.

    Args:
        protocol: The protocol.
        truth, form, pairs, ids, sounding, boxes: As for
            :func:`mmssl.report.evaluate_maps.evaluate_maps`.
        unannotated: Include the user's own clips without boxes.

    Raises:
        ValueError: If no form for maps in files has this name.
        AnnotationError: If a file is malformed, is missing, or would not be used; if no listed
            identifier has an annotation, or one appears twice.
    """
    chosen = form_with(form, 'protocol')
    _check_use(protocol, chosen, pairs, sounding, boxes)
    ann_file, boxes_file = (pairs or '', truth) if chosen.boxes_apart else (truth, boxes)
    samples = chosen.samples(FormFiles(ann_file, boxes_file, 'test')).samples
    known = {sample.id: sample for sample in samples}
    if len(known) < len(samples):
        raise AnnotationError(
            f'{len(samples) - len(known)} identifiers are annotated more than once, expected once'
        )
    if sounding:
        known = _flagged(known, sounding, chosen.identify)
    if ids:
        known = _listed(known, ids, chosen.identify)
    if chosen.own_data:
        kept = [s for s in known.values() if unannotated or is_annotated(s)]
        return kept or _refuse_without_boxes(truth)
    blank = [sample.id for sample in known.values() if not is_annotated(sample)]
    if blank:
        raise AnnotationError(
            f'{truth}: {len(blank)} samples have no truth, {blank[:3]} among them: leave them out, '
            'or say that they do not sound'
        )
    return list(known.values())


def _refuse_without_boxes(truth: Source) -> NoReturn:
    raise AnnotationError(f'{truth}: no clip has boxes, expected a file with some: give --boxes')


def _check_use(
    protocol: Protocol,
    form: Form,
    pairs: Source | None,
    flags: Source | None,
    boxes: Source | None,
) -> None:
    """Check that a form's files are given, and no unused ones."""
    if boxes and not form.own_data:
        named = ' or '.join(repr(name) for name in names_with('protocol') if FORMS[name].own_data)
        raise AnnotationError(
            f'--boxes {boxes} would not be used with form {form.name!r}: leave it out, or take '
            f'form {named}'
        )
    if pairs and not form.needs_pairs:
        named = ' or '.join(map(repr, names_with('needs_pairs')))
        raise AnnotationError(
            f'--pairs {pairs} would not be used with form {form.name!r}: leave it out, or '
            f'take form {named}'
        )
    if form.needs_pairs and not pairs:
        raise AnnotationError(f'form {form.name} needs the table of pairs: give --pairs FILE')
    if flags and not protocol.needs_sounding:
        raise AnnotationError(
            f'--sounding {flags} would not be used by protocol {protocol.name!r}: leave it '
            f'out (--ids chooses samples), or take one of {protocols_with("needs_sounding")}'
        )


def _listed(
    known: dict[str, Sample], path: Source, identify: Callable[[str], str]
) -> dict[str, Sample]:
    """The samples in a list, which may name others, too."""
    listed = dict.fromkeys(identify(cells[0]) for _, cells in _rows(path))
    unknown = [name for name in listed if name not in known]
    if len(unknown) == len(listed):
        raise AnnotationError(
            f'{path}: none of its {len(listed)} identifiers is annotated, e.g. {unknown[0]!r}, '
            f'where annotated ones are like {next(iter(known))!r}'
        )
    if unknown:
        print(
            f'{path}: {len(unknown)} of {len(listed)} identifiers are not annotated and are left '
            f'out, {unknown[:3]} among them'
        )
    return {name: known[name] for name in listed if name in known}


def _flagged(
    known: dict[str, Sample], path: Source, identify: Callable[[str], str]
) -> dict[str, Sample]:
    """The samples in a table of flags. Samples without annotation are silent."""
    flags = read_numbers(path, identify)
    for name, flag in flags.items():
        if flag not in (0, 1):
            raise AnnotationError(
                f'{path}: {name!r} has {flag:g}, expected 1 (sounds) or 0 (does not)'
            )
    unknown = [name for name, flag in flags.items() if flag and name not in known]
    if unknown:
        raise AnnotationError(
            f'{path}: {len(unknown)} samples sound but have no annotation, {unknown[:3]} among them'
        )
    return {
        name: replace(known.get(name) or Sample(name), sounding=bool(flag))
        for name, flag in flags.items()
    }


def read_numbers(path: Source, identify: Callable[[str], str]) -> dict[str, float]:
    """A CSV of identifier and number; a first line without a number is a header.

    Raises:
        AnnotationError: If a line is something else, or an identifier appears twice.
    """
    numbers: dict[str, float] = {}
    for index, (line, cells) in enumerate(_rows(path)):
        try:
            name, value = identify(cells[0]), float(cells[1])
        except (IndexError, ValueError) as error:
            if not index:
                continue
            raise AnnotationError(f'{path}:{line}: {cells}, expected id,number') from error
        if name in numbers:
            raise AnnotationError(f'{path}:{line}: {name!r} appears twice')
        numbers[name] = value
    return numbers


def _rows(path: Source) -> list[tuple[int, list[str]]]:
    rows = list(csv_rows(path))
    if not rows:
        raise AnnotationError(f'{path}: no rows')
    return rows
