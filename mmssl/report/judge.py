"""Verdicts of a report page on every sample: its score, and the fault of its map.

- :func:`judge`: maps that can be judged, scores, kinds and facts of all samples
- :data:`OTHER_KINDS`: kinds beside those of :mod:`mmssl.evaluation.functional.failures`
"""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from ..datasets.forms import Sample
from ..evaluation import EvaluationResult
from ..evaluation import functional as F
from ..evaluation.evaluate import score_all
from ..evaluation.functional.presets import prediction_values
from ..evaluation.inputs import check_maps, check_truths
from ..evaluation.protocols import Columns, Protocol
from ..evaluation.reduce import nothing_scored, reduce_scores
from ..evaluation.samples import columns
from ..progress import track
from .map_samples import is_annotated, samples_of, truth_of

#: Kinds of samples without a readable map or without ground truth.
OTHER_KINDS = {
    'no map': 'there is no map of this sample: it is not evaluated',
    'unreadable map': 'the map cannot be read as finite floats (h, w): it is not evaluated',
    'nothing sounds': 'nothing visible sounds: there is no place to find',
    'no truth': 'nothing is annotated: the map has no score',
}


@dataclass(frozen=True)
class JudgedMaps:
    """Verdicts on annotated samples with a map, and the reasons why other maps are unreadable.

    ``maps`` holds those of samples without annotation, too; ``ciou`` holds the scores of samples
    that have one.
    """

    protocol: Protocol
    samples: list[Sample]
    maps: dict[str, np.ndarray]
    broken: dict[str, str]
    facts: dict[str, F.MapFacts]
    peaks: dict[str, list[float]]
    ciou: dict[str, float]
    kinds: dict[str, str]
    rows: Columns
    result: EvaluationResult


def judge(
    protocol: Protocol,
    expected: Sequence[Sample],
    files: Mapping[str, np.ndarray],
    confidence: Mapping[str, float] | None,
    resamples: int,
) -> JudgedMaps:
    """Score the readable maps, and name the fault of each.

    Args:
        protocol: What is asked for; it has a page.
        expected: All samples. Samples without annotation have no score.
        files: Identifier to map.
        confidence: Identifier to confidence, where it is given.
        resamples: Bootstrap draws.

    Raises:
        ValueError: If no map can be judged, or an input of the protocol is missing.
    """
    maps, broken = _read(files, expected)
    present = [sample for sample in expected if sample.id in maps and is_annotated(sample)]
    if present:
        samples, _ = samples_of(maps, present, protocol, confidence)
        rows = score_all(protocol, samples)
        named, groups, ids = columns(protocol, rows), samples.groups, samples.names
        result = reduce_scores(protocol, rows, groups, ids=ids, resamples=resamples)
    else:
        named, result = {}, nothing_scored()
    facts, peaks = {}, {}
    for sample in track(present, 'judging maps'):
        facts[sample.id] = _facts(protocol, sample, maps[sample.id])
        peaks[sample.id] = _peak(maps[sample.id])
    kinds = {sample.id: _kind(sample, facts.get(sample.id), maps, broken) for sample in expected}
    scores = zip((sample.id for sample in present), result.per_sample.get('ciou', ()))
    ciou = {name: float(score) for name, score in scores if not np.isnan(score)}
    return JudgedMaps(protocol, present, maps, broken, facts, peaks, ciou, kinds, named, result)


def _read(
    files: Mapping[str, np.ndarray], expected: Sequence[Sample]
) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """Readable maps, and the reasons for the others; both by identifier."""
    readable, broken = {}, {}
    for name in track([sample.id for sample in expected], 'reading maps'):
        if name not in files:
            continue
        try:
            check_maps([values := files[name]], [name])
            readable[name] = values
        except (ValueError, TypeError) as error:
            broken[name] = str(error)
    if not readable:
        raise ValueError(
            f'none of the {len(files)} maps can be judged: {len(broken)} are unreadable, '
            f'{len(files) - len(broken)} belong to none of the {len(expected)} annotations; '
            + (
                f'the first: {next(iter(broken.values()))}'
                if broken
                else f'maps are named like {next(iter(files))!r}, annotations like '
                f'{expected[0].id!r}'
            )
        )
    return readable, broken


def _facts(protocol: Protocol, sample: Sample, values: np.ndarray) -> F.MapFacts:
    maps = torch.stack(check_maps([values], [sample.id])).numpy()
    truth = np.stack(check_truths([truth_of(sample)], [sample.id], protocol))
    p = prediction_values(maps, protocol.preset, truth.shape[1:], protocol.tau)
    return F.map_facts(maps, p, truth)[0]


def _peak(values: np.ndarray) -> list[float]:
    """Centre of the highest cell as fractions of the frame."""
    row, column = np.unravel_index(np.argmax(values), np.shape(values))
    height, width = np.shape(values)
    return [rounded((column + 0.5) / width), rounded((row + 0.5) / height)]


def _kind(
    sample: Sample, facts: F.MapFacts | None, maps: Container[str], broken: Container[str]
) -> str:
    if sample.id not in maps:
        return 'unreadable map' if sample.id in broken else 'no map'
    if facts is None:
        return 'no truth'
    return 'nothing sounds' if sample.sounding is False else F.kind_of(facts)


def rounded(value: float) -> float:
    """A number as the page holds it, to four digits."""
    return round(float(value), 4)
