"""The data of a report page: tables, charts and samples (``docs/reference/report.md``).

- :func:`numbers_of`: everything but the samples
- :func:`sample_of`: one sample
- :func:`compare`: a second method beside the first one
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from urllib.parse import quote

import numpy as np

from ..datasets.forms import Sample
from ..evaluation import EvaluationResult
from ..evaluation import functional as F
from ..evaluation.functional.scores import SUCCESS
from ..localization import map_correlation
from .judge import OTHER_KINDS, JudgedMaps, rounded
from .map_samples import truth_of
from .page_samples import CLIP, OTHER, OVERLAY, SOUND, SampleJob

#: Folder of the samples' files in that of a page.
SAMPLES = 'samples'
#: Bins of the histograms.
BINS = 20


def numbers_of(judged: JudgedMaps, form: str, unknown: int) -> dict:
    """Everything on a page but the samples.

    Args:
        judged: All samples.
        form: Form of the annotations.
        unknown: Number of maps that belong to no annotation.
    """
    protocol, result = judged.protocol, judged.result
    counted = Counter(judged.kinds.values())
    meanings = {**{name: kind.meaning for name, kind in F.KINDS.items()}, **OTHER_KINDS}
    return {
        'settings': {
            'form': form,
            'protocol': protocol.name,
            'preset': protocol.preset.name,
            'threshold': protocol.threshold,
        },
        'coverage': {
            'evaluated': len(judged.samples),
            'expected': len(judged.kinds),
            'no map': counted['no map'],
            'unreadable maps': counted['unreadable map'],
            'maps without annotation': unknown,
            **{name.replace('_', ' '): n for name, n in result.counts.items() if name != 'samples'},
        },
        'metrics': [_metric(result, name) for name in result.metrics],
        'charts': list(_charts(judged)),
        'classes': _classes(judged),
        'kinds': [
            {'name': name, 'meaning': meaning, 'n': counted[name]}
            for name, meaning in meanings.items()
            if counted[name]
        ],
    }


def _metric(result: EvaluationResult, name: str) -> dict:
    low, high = result.intervals.get(name, (None, None))
    priors = {prior: values.get(name) for prior, values in result.priors.items()}
    found = {'value': result.metrics[name], 'low': low, 'high': high, **priors}
    found['ceiling'] = result.ceiling.get(name)
    # JSON has no NaN.
    known = {k: None if v is None or np.isnan(v) else float(v) for k, v in found.items()}
    return {'name': name, **known}


def _charts(judged: JudgedMaps) -> Iterable[dict]:
    """Histogram and success curve of both rules, over the samples that have a score."""
    if not judged.ciou:
        return
    chosen = np.array([sample.id in judged.ciou for sample in judged.samples])
    given = list(judged.ciou.values())
    adaptive = [judged.facts[name].ciou for name in judged.ciou]
    for title, scores, column in (
        ('cIoU, adaptive rule', adaptive, 'centre_disc/ciou_adaptive'),
        (f'cIoU, preset {judged.protocol.preset.name}', given, 'centre_disc/ciou'),
    ):
        prior = judged.rows.get(column)
        yield {
            'title': title,
            'n': len(scores),
            'histogram': np.histogram(scores, BINS, (0, 1))[0].tolist(),
            'thresholds': [rounded(t) for t in F.THRESHOLDS],
            'success': _success_curve(np.array(scores)),
            'centre disc': None if prior is None else _success_curve(prior[chosen]),
        }


def _success_curve(scores: np.ndarray) -> list[float]:
    return [rounded(F.success_rate(scores, threshold)) for threshold in F.THRESHOLDS]


def _classes(judged: JudgedMaps) -> list[dict]:
    """One row per class, by name, over the samples that have a score."""
    members: dict[str, list[str]] = {}
    for sample in judged.samples:
        if sample.label is not None and sample.id in judged.ciou:
            members.setdefault(sample.label, []).append(sample.id)
    return [_class_row(judged, name, members[name]) for name in sorted(members)]


def _class_row(judged: JudgedMaps, name: str, ids: Sequence[str]) -> dict:
    given = np.array([judged.ciou[i] for i in ids])
    adaptive = np.array([judged.facts[i].ciou for i in ids])
    return {
        'name': name,
        'n': len(ids),
        'mean': rounded(given.mean()),
        'success': rounded(F.success_rate(given, SUCCESS)),
        'mean adaptive': rounded(adaptive.mean()),
        'found': rounded(F.success_rate(adaptive, SUCCESS)),
    }


def sample_of(sample: Sample, judged: JudgedMaps, job: SampleJob, media: dict) -> dict:
    """One sample on a page.

    Args:
        sample: Ground truth of the sample.
        judged: All samples.
        job: The job that drew it.
        media: Result of :func:`report_samples.write_sample`.
    """
    facts, score = judged.facts.get(sample.id), judged.ciou.get(sample.id)
    boxes = np.clip(truth_of(sample), 0, 1)
    return {
        'id': sample.id,
        'label': sample.label,
        'group': sample.group,
        'kind': judged.kinds[sample.id],
        'ciou': None if score is None else rounded(score),
        'adaptive': None if facts is None or score is None else rounded(facts.ciou),
        'boxes': [[rounded(value) for value in box] for box in boxes],
        'peak': None if facts is None or facts.constant else judged.peaks[sample.id],
        'time': sample.moment,
        'event': sample.event,
        'duration': media['duration'] and round(media['duration'], 3),
        'size': media['size'],
        # The stem holds percent signs of its own, so it is quoted as part of an address.
        'stem': f'{SAMPLES}/{quote(job.stem)}',
        'overlay': OVERLAY in media['files'],
        'other overlay': OTHER in media['files'],
        'sound': SOUND in media['files'],
        'clip': CLIP in media['files'],
        'problem': media['problem'],
    }


def compare(pages: Sequence[dict], judged: Sequence[JudgedMaps], names: Sequence[str]) -> dict:
    """The data of one page for two methods.

    Args:
        pages: Data of a page of each, see :func:`numbers_of`, with ``samples``.
        judged: All samples of each.
        names: Name of each.

    Returns:
        The first page with the second one's entries as ``other`` of its metrics, classes, kinds and
        samples, with ``names``, and with the ``correlation`` of both maps of a sample.
    """
    first, second = pages
    samples = [
        {
            **row,
            'other': {
                **{key: beside[key] for key in ('kind', 'ciou', 'adaptive', 'peak')},
                'overlay': beside['other overlay'],
            },
            'correlation': _correlation(judged, row['id']),
        }
        for row, beside in zip(first['samples'], second['samples'], strict=True)
    ]
    charts = [
        {**chart, 'title': f'{name}: {chart["title"]}'}
        for name, page in zip(names, pages)
        for chart in page['charts']
    ]
    return {
        **first,
        'names': list(names),
        'other coverage': second['coverage'],
        **{key: _beside(first[key], second[key]) for key in ('metrics', 'classes', 'kinds')},
        'charts': charts,
        'samples': samples,
    }


def _beside(rows: Sequence[dict], others: Sequence[dict]) -> list[dict]:
    """Rows of the first method by name, with the second one's row as ``other``."""
    seconds = {row['name']: row for row in others}
    known = {row['name'] for row in rows}
    # The first method has no sample of a kind or class that only the second one has.
    added = [
        {**dict.fromkeys(row), 'name': row['name'], 'meaning': row.get('meaning'), 'n': 0}
        for name, row in seconds.items()
        if name not in known
    ]
    return [{**row, 'other': seconds.get(row['name'])} for row in [*rows, *added]]


def _correlation(judged: Sequence[JudgedMaps], name: str) -> float | None:
    """Similarity of both maps of a sample; ``None`` if one is missing."""
    maps = [verdicts.maps[name][None] for verdicts in judged if name in verdicts.maps]
    return rounded(map_correlation(*maps)[0]) if len(maps) == len(judged) else None
