"""Score maps in files, of any method, against a published annotation file."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from os import PathLike
from pathlib import Path

import numpy as np

from ..datasets import forms as dataset_forms
from ..datasets.annotations import (
    AnnotationError,
    canonical_id,
    count_boxes,
    read_boxes,
    read_flickr_boxes,
    read_is3,
)
from ..datasets.annotations.text import csv_rows
from ..datasets.load_truth import read_mask
from ..evaluation import EvaluationResult, choose_threshold, paired_differences
from ..evaluation.evaluate import score_all
from ..evaluation.functional import sounding_steps
from ..evaluation.map_files import MapFiles
from ..evaluation.reduce import check_resamples, flatten, reduce_scores
from ..evaluation.settings import SOUNDING, Settings
from ..media.files import check_folder, write_rows, write_text
from .evaluators import report


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
        protocol: The protocol that is meant by default.
        identify: Brings the name of a map's file to the entries' identifiers.
    """

    read: Callable[[str, str | None], list[Entry]]
    protocol: str
    identify: Callable[[str], str] = str


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
    if not pairs:
        raise AnnotationError('form extended needs the table of pairs: give --pairs FILE')
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
    'extended': Form(_read_extended, 'extended'),
    'is3': Form(_read_is3, 'interactive'),
    'avsbench': Form(_read_avsbench, 'avsbench'),
}


@dataclass(frozen=True)
class Method:
    """One method's maps, and what was found of them."""

    name: str
    entries: list[Entry]
    missing: list[str]
    unknown: list[str]
    rows: np.ndarray
    lengths: np.ndarray
    result: EvaluationResult


def evaluate_maps(
    methods: Mapping[str, str | PathLike],
    truth: str | PathLike,
    settings: Settings,
    out: str | PathLike,
    *,
    form: str = 'vggss',
    pairs: str | PathLike | None = None,
    ids: str | PathLike | None = None,
    sounding: str | PathLike | None = None,
    confidence: str | PathLike | None = None,
    object_maps: str | PathLike | None = None,
    resamples: int = 1000,
) -> dict[str, EvaluationResult]:
    """Score methods, print tables, and write what was found.

    Args:
        methods: Name to a folder of npy or npz files, or one npz archive. A
            map is ``(h, w)``; in ``video`` ``(T, h, w)``, ten a second.
        truth: Published annotation file; a folder of XML files (Flickr-SoundNet)
            or of masks (AVSBench).
        settings: Protocol, preset and numbers.
        out: Folder for ``NAME.json``, ``NAME.csv`` (a row a sample),
            ``NAME_missing.txt``, and ``comparison.json`` of several methods.
        form: Form of the annotation file, a name in :data:`FORMS`.
        pairs: Table of the extended set (of this form alone), whose maps are
            named ``VIDEO+AUDIO``.
        ids: List of identifiers, one a line: only these are expected.
        sounding: CSV ``id,0 or 1``, of protocols in which some do not sound.
            Identifiers without an annotation are expected too where they do not sound.
        confidence: CSV ``id,number`` (``extended``).
        object_maps: Like a method's path, to fuse with.
        resamples: Bootstrap draws.

    Returns:
        Name to result.

    Raises:
        ValueError: If a file is not what it should be or would not be used,
            nothing matches, or a name or ``out`` is none for files.
    """
    _check_use(settings.protocol, form, pairs, sounding)
    check_resamples(resamples)
    out = _results_folder(out, methods)
    identify = FORMS[form].identify
    entries = expected_entries(FORMS[form].read(truth, pairs), ids, sounding, identify)
    _print_faults(truth, entries)
    extras = {
        'confidence': read_numbers(confidence, identify) if confidence else None,
        'objects': maps_by_identifier(object_maps, identify) if object_maps else None,
    }
    scored = [
        _score(name, path, entries, settings, identify, resamples, **extras)
        for name, path in methods.items()
    ]
    for method in scored:
        _write(method, settings, out, len(entries))
    if len(scored) > 1:
        _compare(scored, settings, out, resamples)
    return {method.name: method.result for method in scored}


def choose_threshold_of(
    maps: str | PathLike,
    truth: str | PathLike,
    *,
    preset: str | None = None,
    form: str = 'vggss',
    ids: str | PathLike | None = None,
) -> float:
    """Choose one threshold on the maps of a validation split, and print it.

    Args:
        maps, truth, form, ids: As for :func:`evaluate_maps`.
        preset: As for :func:`mmssl.evaluation.choose_threshold`.

    Returns:
        The threshold.

    Raises:
        ValueError: If a file is not what it should be, or a map is missing.
    """
    identify = FORMS[form].identify
    entries = expected_entries(FORMS[form].read(truth, None), ids, None, identify)
    files = maps_by_identifier(maps, identify)
    missing = [entry.id for entry in entries if entry.id not in files]
    if missing:
        raise AnnotationError(f'{maps}: {len(missing)} maps are missing, {missing[:3]} among them')
    threshold, score = choose_threshold(
        _Lazy(files, [entry.id for entry in entries]),
        _Truths(entries),
        preset=preset or 'acl',
        consensus=form == 'flickr-soundnet',
        ids=[entry.id for entry in entries],
    )
    print(f'threshold {threshold:.6g}: mean cIoU {score:.4f} on {len(entries)} samples')
    return threshold


def _check_use(protocol, form, pairs, sounding):
    if pairs and form != 'extended':
        raise AnnotationError(
            f'pairs={str(pairs)!r} would not be used with form {form!r}: leave it out, or take '
            "form 'extended'"
        )
    if sounding and protocol not in SOUNDING:
        raise AnnotationError(
            f'sounding={str(sounding)!r} would not be used by protocol {protocol!r}: leave it out '
            f'(--ids chooses samples), or take one of {SOUNDING}'
        )


def _results_folder(out, names) -> Path:
    for name in names:
        if not name or Path(name).name != name:
            raise ValueError(
                f'{name!r} is no name for a method, expected one that files can have: give --names'
            )
    return check_folder(out)


def _print_faults(truth, entries):
    """Say what the boxes of a file have that no score shows."""
    sounding = [entry.truth for entry in entries if entry.sounding is not False]
    counts = count_boxes([boxes for boxes in sounding if not isinstance(boxes, Path)])
    if counts.odd:
        print(f'{truth}: {counts}')


def expected_entries(
    entries: Sequence[Entry],
    ids: str | PathLike | None,
    sounding: str | PathLike | None,
    identify: Callable[[str], str] = str,
) -> list[Entry]:
    """The entries that are to be evaluated; see :func:`evaluate_maps`.

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


def _score(name, path, entries, settings, identify, resamples, confidence, objects):
    files = maps_by_identifier(path, identify)
    present = [entry for entry in entries if entry.id in files]
    expected = {entry.id for entry in entries}
    if not present:
        raise AnnotationError(
            f'{path}: none of its {len(files)} maps belongs to one of the {len(entries)} '
            f'annotations: maps are named like {next(iter(files))!r}, annotations like '
            f'{entries[0].id!r}'
        )
    arguments, lengths = scoring_arguments(files, present, settings, confidence, objects)
    rows = score_all(settings, **arguments)
    result = reduce_scores(
        settings, rows, arguments['groups'], ids=arguments['ids'], resamples=resamples
    )
    missing = [entry.id for entry in entries if entry.id not in files]
    unknown = [key for key in files if key not in expected]
    return Method(name, present, missing, unknown, rows, lengths, result)


class _Truths(Sequence):
    """Truths of entries; masks are read when they are asked for."""

    def __init__(self, entries):
        self.entries = entries

    def __len__(self):
        return len(self.entries)

    def __getitem__(self, index):
        truth = self.entries[index].truth
        return read_mask(truth) if isinstance(truth, Path) else truth


class _Lazy(Sequence):
    """Maps that are read when they are asked for."""

    def __init__(self, files, names):
        self.files, self.names = files, names

    def __len__(self):
        return len(self.names)

    def __getitem__(self, index):
        return self.files[self.names[index]]


def scoring_arguments(
    files: Mapping[str, np.ndarray],
    entries: Sequence[Entry],
    settings: Settings,
    confidence: Mapping[str, float] | None = None,
    objects: Mapping[str, np.ndarray] | None = None,
) -> tuple[dict, np.ndarray]:
    """Keyword arguments of :func:`mmssl.evaluation.evaluate.score_all`.

    Args:
        files: Identifier to map, with a map for every entry.
        entries: What is true.
        settings: What is asked for.
        confidence: Identifier to confidence (``extended``).
        objects: Identifier to the map to fuse with.

    Returns:
        The arguments, and the number of rows of every entry.

    Raises:
        AnnotationError: If something that the protocol needs is not there.
    """
    names = [entry.id for entry in entries]
    if settings.protocol == 'video':
        if confidence is not None or objects is not None:
            raise AnnotationError("confidence and object maps are not used by protocol 'video'")
        return _frames(files, entries)
    for what, values in (('confidence', confidence), ('object map', objects)):
        lacking = [name for name in names if values is not None and name not in values]
        if lacking:
            raise AnnotationError(
                f'{len(lacking)} samples have no {what}, {lacking[:3]} among them'
            )
    groups = [entry.group for entry in entries]
    if settings.protocol == 'interactive' and None in groups:
        raise AnnotationError(f'{names[groups.index(None)]}: the annotation has no group')
    flags = None
    if settings.protocol in SOUNDING:
        flags = [entry.sounding for entry in entries]
        if all(flag is None for flag in flags):
            raise AnnotationError(
                'the annotations do not say which samples sound: give --sounding FILE (id,0 or 1)'
            )
    arguments = {
        'maps': _Lazy(files, names),
        'truth': _Truths(entries),
        'sounding': flags,
        'groups': None if None in groups else groups,
        'ids': names,
        'confidence': None if confidence is None else [confidence[name] for name in names],
        'object_maps': None if objects is None else _Lazy(objects, names),
    }
    return arguments, np.ones(len(names), dtype=int)


def _frames(files, entries):
    """A row a frame; outside of the annotated event nothing sounds."""
    arguments = {key: [] for key in ('maps', 'truth', 'sounding', 'groups', 'ids')}
    lengths = []
    for entry in entries:
        maps = files[entry.id]
        if maps.ndim != 3:
            raise AnnotationError(
                f"{entry.id}: map has shape {maps.shape}, protocol 'video' expects (T, h, w), ten "
                'a second'
            )
        silent = entry.sounding is False
        arguments['maps'] += list(maps)
        arguments['truth'] += [entry.truth] * len(maps)
        inside = sounding_steps(len(maps), entry.event)
        arguments['sounding'] += [bool(flag) and not silent for flag in inside]
        arguments['groups'] += [entry.id] * len(maps)
        arguments['ids'] += [f'{entry.id}/{step}' for step in range(len(maps))]
        lengths.append(len(maps))
    return arguments, np.array(lengths)


def _write(method, settings, out, expected):
    """Print a method's table; write its JSON, its CSV and the missing identifiers."""
    found = {'evaluated': float(len(method.entries)), 'expected': float(expected)}
    flat = {f'{method.name}/{k}': v for k, v in {**flatten(method.result), **found}.items()}
    report(flat)
    result = method.result
    summary = {
        'settings': {**asdict(settings), 'preset': settings.preset.name},
        **{name: int(value) for name, value in found.items()},
        'counts': result.counts,
        'metrics': result.metrics,
        'intervals': result.intervals,
        'priors': result.priors,
        'ceiling': result.ceiling,
    }
    write_text(out / f'{method.name}.json', json.dumps(summary, indent=1))
    columns = {'id': result.ids, **result.per_sample}
    write_rows(out / f'{method.name}.csv', [columns, *zip(*columns.values())])
    missing = out / f'{method.name}_missing.txt'
    write_text(missing, ''.join(f'{name}\n' for name in method.missing))
    if method.missing:
        print(f'{method.name}: {len(method.missing)} of {expected} have no map, see {missing}')
    if method.unknown:
        print(
            f'{method.name}: {len(method.unknown)} maps belong to no annotation, '
            f'{method.unknown[:3]} among them'
        )


def _compare(scored, settings, out, resamples):
    """Every pair of methods on the samples that all of them have."""
    common = set.intersection(*({entry.id for entry in method.entries} for method in scored))
    if not common:
        raise AnnotationError('no sample has maps of all methods: there is nothing to compare')
    results = {method.name: _restricted(method, settings, common) for method in scored}
    print(f'\ncomparison on {len(common)} common samples (first - second, 95 % interval)')
    report_of: dict[str, dict] = {}
    names = list(results)
    for i, first in enumerate(names):
        for second in names[i + 1 :]:
            pair = paired_differences(results[first], results[second], resamples)
            report_of[f'{first} - {second}'] = pair
            for metric, found in pair.items():
                value = f'{found["difference"]:+.4f}  [{found["low"]:+.4f}, {found["high"]:+.4f}]'
                print(f'{first} - {second:<16}{metric:<22}{value}')
    summary = {
        'samples': len(common),
        'metrics': {name: result.metrics for name, result in results.items()},
        'differences': report_of,
    }
    write_text(out / 'comparison.json', json.dumps(summary, indent=1))


def _restricted(method, settings, common):
    keep = np.repeat([entry.id in common for entry in method.entries], method.lengths)
    ids = [name for name, kept in zip(method.result.ids, keep) if kept]
    groups = [entry.group for entry in method.entries]
    if settings.protocol == 'video':
        groups = [entry.id for entry in method.entries]
    groups = np.repeat(np.array(groups, dtype=object), method.lengths)[keep]
    known = all(group is not None for group in groups)
    return reduce_scores(
        settings, method.rows[keep], list(groups) if known else None, ids=ids, resamples=0
    )


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
