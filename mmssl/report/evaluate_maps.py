"""Score maps in files, of any method, against a published annotation file."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations, compress
from os import PathLike
from pathlib import Path

import numpy as np

from ..datasets.annotations import AnnotationError
from ..datasets.forms import FORMS, Sample, box_notes
from ..evaluation import PROTOCOLS, EvaluationResult, choose_threshold, paired_differences
from ..evaluation.evaluate import score_all
from ..evaluation.protocols import Protocol, make_protocol
from ..evaluation.reduce import check_resamples, reduce_scores
from ..media.files import check_folder, write_rows, write_text
from .evaluators import report
from .expected import read_expected, read_numbers
from .map_samples import IdentifiedMaps, Lazy, samples_of, truth_of


@dataclass(frozen=True)
class Method:
    """One method's maps, the samples that have one, and their scores."""

    name: str
    files: IdentifiedMaps
    samples: list[Sample]
    rows: np.ndarray
    lengths: np.ndarray
    result: EvaluationResult


def evaluate_maps(
    methods: Mapping[str, str | PathLike],
    truth: str | PathLike,
    protocol: Protocol,
    out: str | PathLike,
    *,
    form: str = 'vggss',
    pairs: str | PathLike | None = None,
    ids: str | PathLike | None = None,
    sounding: str | PathLike | None = None,
    confidence: str | PathLike | None = None,
    object_maps: str | PathLike | None = None,
    boxes: str | PathLike | None = None,
    resamples: int = 1000,
) -> dict[str, EvaluationResult]:
    """Score methods, print tables, and write the results.

    Args:
        methods: Name to a folder of npy or npz files, or one npz archive. A map is ``(h, w)``;
            ``(T, h, w)``, ten a second, where samples are frames (``video``).
        truth: Published annotation file; a folder of XML files (Flickr-SoundNet)
            or of masks (AVSBench); the folder or table of your own clips.
        protocol: The protocol, with its preset and numbers.
        out: Folder for ``NAME.json``, ``NAME.csv`` (one row per sample),
            ``NAME_missing.txt``, and ``comparison.json`` of several methods.
        form: Form of the annotation file, a name in :data:`FORMS`.
        pairs: Table of the extended set (of this form alone), whose maps are named ``VIDEO+AUDIO``.
        ids: List of identifiers, one per line: only these are expected, as far as annotated.
        sounding: CSV ``id,0 or 1``, for protocols with silent samples. Identifiers without an
            annotation are expected too where they do not sound.
        confidence: CSV ``id,number`` (``extended``).
        object_maps: Like a method's path, to fuse with.
        boxes: Boxes of your own clips (form ``own-clips``).
        resamples: Bootstrap draws.

    Returns:
        Name to result.

    Raises:
        ValueError: If a file is malformed or would not be used, nothing matches, or a name or
            ``out`` cannot name files.
    """
    check_resamples(resamples)
    expected = read_expected(
        protocol, truth, form, pairs=pairs, ids=ids, sounding=sounding, boxes=boxes
    )
    for name in methods:
        if not name or Path(name).name != name:
            raise ValueError(
                f'{name!r} cannot name a method, expected a name that files can have: give --names'
            )
    folder = check_folder(out)
    for note in box_notes(truth, expected):
        print(note)
    identify = FORMS[form].identify
    sure = read_numbers(confidence, identify) if confidence else None
    objects = IdentifiedMaps(object_maps, identify) if object_maps else None
    scored = []
    for name, path in methods.items():
        files = IdentifiedMaps(path, identify)
        present = _present(files, expected)
        samples, lengths = samples_of(files, present, protocol, sure, objects)
        rows = score_all(protocol, samples)
        names, groups = samples.names, samples.groups
        result = reduce_scores(protocol, rows, groups, ids=names, resamples=resamples)
        scored.append(Method(name, files, present, rows, lengths, result))
    for method in scored:
        _write(method, protocol, folder, expected)
    if len(scored) > 1:
        _compare(scored, protocol, folder, resamples)
    return {method.name: method.result for method in scored}


def choose_threshold_of(
    maps: str | PathLike,
    truth: str | PathLike,
    *,
    preset: str | None = None,
    form: str = 'vggss',
    ids: str | PathLike | None = None,
    boxes: str | PathLike | None = None,
) -> float:
    """Choose one threshold on the maps of a validation split, and print it.

    Args:
        maps, truth, form, ids, boxes: As for :func:`evaluate_maps`.
        preset: As for :func:`mmssl.evaluation.choose_threshold`.

    Returns:
        The threshold.

    Raises:
        ValueError: If a file is malformed, or a map is missing.
    """
    expected = read_expected(make_protocol(), truth, form, ids=ids, boxes=boxes)
    files = IdentifiedMaps(maps, FORMS[form].identify)
    names = [sample.id for sample in expected]
    missing = [name for name in names if name not in files]
    if missing:
        raise AnnotationError(f'{maps}: {len(missing)} maps are missing, {missing[:3]} among them')
    threshold, score = choose_threshold(
        Lazy(files.__getitem__, names),
        Lazy(truth_of, expected),
        preset=preset or 'acl',
        consensus=PROTOCOLS[FORMS[form].protocol].default_consensus,
        ids=names,
    )
    print(f'threshold {threshold:.6g}: mean cIoU {score:.4f} on {len(expected)} samples')
    return threshold


def _present(files: IdentifiedMaps, expected: list[Sample]) -> list[Sample]:
    """The samples that have a map."""
    present = [sample for sample in expected if sample.id in files]
    if not present:
        raise AnnotationError(
            f'{files.path}: none of its {len(files)} maps belongs to one of the {len(expected)} '
            f'annotations: maps are named like {next(iter(files))!r}, annotations like '
            f'{expected[0].id!r}'
        )
    return present


def _write(method: Method, protocol: Protocol, out: Path, expected: list[Sample]) -> None:
    """Print a method's table; write its JSON, its CSV and the missing identifiers."""
    coverage = {'evaluated': float(len(method.samples)), 'expected': float(len(expected))}
    flat = {f'{method.name}/{k}': v for k, v in {**method.result.numbers(), **coverage}.items()}
    report(flat)
    result = method.result
    summary = {
        'settings': protocol.numbers(),
        **{name: int(value) for name, value in coverage.items()},
        'counts': result.counts,
        'metrics': result.metrics,
        'intervals': result.intervals,
        'priors': result.priors,
        'ceiling': result.ceiling,
    }
    write_text(out / f'{method.name}.json', json.dumps(summary, indent=1))
    columns = {'id': result.ids, **result.per_sample}
    write_rows(out / f'{method.name}.csv', [columns, *zip(*columns.values())])
    known = {sample.id: sample.id in method.files for sample in expected}
    missing = [name for name, is_there in known.items() if not is_there]
    unknown = [name for name in method.files if name not in known]
    path = out / f'{method.name}_missing.txt'
    write_text(path, ''.join(f'{name}\n' for name in missing))
    if missing:
        print(f'{method.name}: {len(missing)} of {len(expected)} have no map, see {path}')
    if unknown:
        print(
            f'{method.name}: {len(unknown)} maps belong to no annotation, {unknown[:3]} among them'
        )


def _compare(scored: list[Method], protocol: Protocol, out: Path, resamples: int) -> None:
    """Every pair of methods on the samples that all of them have."""
    common = set.intersection(*({sample.id for sample in method.samples} for method in scored))
    if not common:
        raise AnnotationError('no sample has maps of all methods: there is nothing to compare')
    results = {method.name: _restricted(method, protocol, common) for method in scored}
    interval = ', 95 % interval' if resamples else ''
    print(f'\ncomparison on {len(common)} common samples (first - second{interval})')
    report_of: dict[str, dict] = {}
    for first, second in combinations(results, 2):
        pair = paired_differences(results[first], results[second], resamples)
        report_of[f'{first} - {second}'] = pair
        for metric, found in pair.items():
            ends = f'  [{found["low"]:+.4f}, {found["high"]:+.4f}]' if resamples else ''
            print(f'{first} - {second:<16}{metric:<22}{found["difference"]:+.4f}{ends}')
    summary = {
        'samples': len(common),
        'metrics': {name: result.metrics for name, result in results.items()},
        'differences': report_of,
    }
    write_text(out / 'comparison.json', json.dumps(summary, indent=1))


def _restricted(method: Method, protocol: Protocol, common: set[str]) -> EvaluationResult:
    keep = np.repeat([sample.id in common for sample in method.samples], method.lengths)
    owners = [s.id if protocol.per_frame else s.group for s in method.samples]
    groups = np.repeat(np.array(owners, dtype=object), method.lengths)[keep].tolist()
    return reduce_scores(
        protocol,
        method.rows[keep],
        None if None in groups else groups,
        ids=list(compress(method.result.ids or (), keep)),
        resamples=0,
    )
