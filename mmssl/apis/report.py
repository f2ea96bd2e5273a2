"""A page for looking through an evaluation: tables, charts, and every sample with its sound."""

import argparse
import json
import os
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import resources
from inspect import signature
from pathlib import Path
from urllib.parse import quote

import numpy as np
import torch

from ..evaluation import PRESETS, PROTOCOLS, EvaluationResult
from ..evaluation import functional as F
from ..evaluation.evaluate import score_all
from ..evaluation.functional.presets import prediction_values
from ..evaluation.functional.scores import SUCCESS
from ..evaluation.inputs import check_maps, check_truths
from ..evaluation.map_files import safe_name
from ..evaluation.reduce import check_resamples, flatten, reduce_scores
from ..evaluation.samples import columns
from ..evaluation.settings import Settings, make_settings
from ..media.files import check_folder, write_rows, write_text
from ..media.journal import Journal
from ..media.video import DECODER, DECODERS, require_decoder
from ..progress import track
from ..threads import usable_cores
from .clip_files import media_by_name
from .evaluate_maps import (
    FORMS,
    Entry,
    expected_entries,
    maps_by_identifier,
    read_numbers,
    scoring_arguments,
)
from .evaluators import report
from .parallel import JobLost, check_limits, run_all
from .report_samples import CLIP, CLIP_WAYS, OVERLAY, SOUND, SampleJob, write_sample

#: Kinds of samples that have no map to judge, or no truth to judge it by.
OTHER_KINDS = {
    'no map': 'there is no map of this sample: it is not evaluated',
    'unreadable map': 'the map cannot be read, or is no finite floats (h, w): it is not evaluated',
    'nothing sounds': 'nothing visible sounds: there is no place to find',
}
#: Protocols without a page, and why.
REFUSED = {
    'video': 'a sample is a frame there, not a clip',
    'avsbench': 'its truths are masks, and it has no cIoU',
}
#: Bins of the histograms.
BINS = 20

_PAGE = resources.files('mmssl.apis') / 'report_page'
_SAMPLES = 'samples'
_JOURNAL = 'journal'
#: Problems that are printed; the page shows all of them.
_SHOWN = 10


@dataclass(frozen=True)
class WrittenReport:
    """A page that was written.

    Attributes:
        page: ``index.html``.
        result: The evaluation that it shows.
        kinds: Kind of every sample.
        problems: Identifier, what (``map`` or ``clip``) and why, of what could not be read.
        written: Number of samples whose files this run wrote; those of the others were there.
    """

    page: Path
    result: EvaluationResult
    kinds: dict[str, str]
    problems: list[tuple[str, str, str]]
    written: int


@dataclass(frozen=True)
class _Judged:
    """Samples with a map, what is said of each, and what could not be read."""

    settings: Settings
    entries: list[Entry]
    facts: dict[str, F.MapFacts]
    peaks: dict[str, list[float]]
    ciou: dict[str, float | None]
    kinds: dict[str, str]
    rows: dict[str, np.ndarray]
    result: EvaluationResult


def write_report(
    maps: str | os.PathLike,
    truth: str | os.PathLike,
    out: str | os.PathLike,
    *,
    videos: str | os.PathLike,
    audios: str | os.PathLike | None = None,
    form: str = 'vggss',
    pairs: str | os.PathLike | None = None,
    protocol: str | None = None,
    preset: str | None = None,
    threshold: float | None = None,
    tau: float | None = None,
    exact: bool = False,
    consensus: bool | None = None,
    ids: str | os.PathLike | None = None,
    sounding: str | os.PathLike | None = None,
    confidence: str | os.PathLike | None = None,
    resamples: int = 1000,
    title: str | None = None,
    clips: str = 'copy',
    side: int = 384,
    backend: str = DECODER,
    workers: int = 1,
    time_limit: float = 300.0,
) -> WrittenReport:
    """Score maps, and write a folder with a page that shows every sample.

    The page, ``index.html``, needs neither server nor network. A run that was
    killed goes on where it was; samples whose map or clip has changed since
    are drawn again, and clips that could not be read are tried again.

    Args:
        maps: Folder of npy or npz files, or one npz archive, ``(h, w)`` each.
        truth, form, pairs, ids, sounding, confidence: As for
            :func:`mmssl.apis.evaluate_maps.evaluate_maps`.
        out: Folder of the page.
        videos: Folder of video files, or of picture files.
        audios: Folder of sound files of the same names, if the sound is apart.
        protocol, preset, threshold, tau, exact, consensus: As for
            :func:`mmssl.evaluation.evaluate`; the form's own protocol by default.
        resamples: Bootstrap draws.
        title: Heading of the page; the name of ``maps`` by default.
        clips: ``'copy'`` clips that browsers play as they are, ``'link'`` to
            them, or ``'none'``: no clips at all. Others are written anew as
            H.264 and AAC, with 25 pictures a second and the sound as the model
            hears it.
        side: Largest width or height of pictures and rewritten clips, in pixels.
        backend: Decoder, ``'pyav'`` or ``'decord'``.
        workers: Processes.
        time_limit: Seconds for a sample.

    Returns:
        What was written.

    Raises:
        ValueError: If a file is not what it should be, nothing matches, the
            protocol has no page, ``out`` holds another page, or the decoder is
            unknown or not installed.
    """
    require_decoder(backend)
    if clips not in CLIP_WAYS:
        raise ValueError(f'clips is {clips!r}, expected one of {CLIP_WAYS}')
    if side < 16:
        raise ValueError(f'side is {side} pixels, expected at least 16')
    check_limits(workers, time_limit)
    check_resamples(resamples)
    settings = make_settings(
        protocol or FORMS[form].protocol,
        preset,
        threshold=threshold,
        tau=tau,
        exact=exact,
        consensus=consensus,
    )
    if settings.protocol in REFUSED:
        raise ValueError(
            f'protocol {settings.protocol!r} has no report page: {REFUSED[settings.protocol]}; '
            'mmssl evaluate scores it'
        )
    out = _report_folder(out)
    media_of = _MediaOf(videos, audios)
    identify = FORMS[form].identify
    entries = expected_entries(FORMS[form].read(truth, pairs), ids, sounding, identify)
    files = maps_by_identifier(maps, identify)
    sure = read_numbers(confidence, identify) if confidence else None
    readable, broken = _read_maps(files, entries)
    judged = _judge(settings, entries, readable, broken, sure, resamples)
    jobs = {
        entry.id: _job(entry, readable.get(entry.id), out, media_of(entry), side, clips, backend)
        for entry in entries
    }
    media, written = _write_samples(jobs, out, workers, time_limit)
    problems = [(name, 'map', reason) for name, reason in broken.items()]
    problems += [(name, 'clip', m['problem']) for name, m in media.items() if m['problem']]
    data = {
        'title': title or Path(maps).stem,
        **_numbers(judged, form, len(files) - len(readable) - len(broken)),
        'problems': problems,
        'samples': [_sample(entry, judged, jobs[entry.id], media[entry.id]) for entry in entries],
    }
    write_rows(out / 'problems.csv', [('id', 'what', 'reason'), *problems])
    page = write_page(out, data)
    return WrittenReport(page, judged.result, judged.kinds, problems, written)


def write_page(out: str | os.PathLike, data: dict) -> Path:
    """Write the page around its data.

    Args:
        out: Folder of the page.
        data: What ``report.js`` shows; see ``docs/report.md``.

    Returns:
        ``index.html``; it is written last.
    """
    out = Path(out)
    # A page that was opened from a file may load scripts, but no JSON.
    text = json.dumps(data, separators=(',', ':'), allow_nan=False)
    write_text(out / 'data.js', f"'use strict';\nconst REPORT = {text};\n")
    files = sorted(_PAGE.iterdir(), key=lambda file: (file.name == 'index.html', file.name))
    for file in files:
        write_text(out / file.name, file.read_text(encoding='utf-8'))
    return out / 'index.html'


def _report_folder(out):
    out = check_folder(out)
    if (out / 'index.html').exists() and not (out / f'{_JOURNAL}.jsonl').exists():
        raise ValueError(f'{out} holds an index.html of something else: choose another folder')
    for leftover in (out / _SAMPLES).glob('.*.partial.*'):
        leftover.unlink()
    return out


def _read_maps(files: Mapping[str, np.ndarray], entries: Sequence[Entry]):
    """Maps that can be judged, and why the others cannot."""
    readable, broken = {}, {}
    for entry in track(entries, 'reading maps'):
        if entry.id not in files:
            continue
        try:
            values = files[entry.id]
            check_maps([values], [entry.id])
            readable[entry.id] = values
        except (ValueError, TypeError) as error:
            broken[entry.id] = str(error)
    if not readable:
        raise ValueError(
            f'none of the {len(files)} maps can be judged: {len(broken)} are unreadable, '
            f'{len(files) - len(broken)} belong to none of the {len(entries)} annotations; maps '
            f'are named like {next(iter(files))!r}, annotations like {entries[0].id!r}'
        )
    return readable, broken


def _judge(settings, entries, readable, broken, confidence, resamples) -> _Judged:
    present = [entry for entry in entries if entry.id in readable]
    arguments, _ = scoring_arguments(readable, present, settings, confidence)
    rows = score_all(settings, **arguments)
    names = arguments['ids']
    result = reduce_scores(settings, rows, arguments['groups'], ids=names, resamples=resamples)
    facts, peaks = {}, {}
    for entry in track(present, 'judging maps'):
        facts[entry.id] = _facts(settings, entry, readable[entry.id])
        peaks[entry.id] = _peak(readable[entry.id])
    kinds = {entry.id: _kind(entry, facts.get(entry.id), broken) for entry in entries}
    scores = dict(zip(names, map(_number, result.per_sample['ciou'])))
    return _Judged(settings, present, facts, peaks, scores, kinds, columns(settings, rows), result)


def _facts(settings, entry, values):
    maps = torch.stack(check_maps([values], [entry.id]))
    truth = np.stack(check_truths([entry.truth], [entry.id], settings))
    p = prediction_values(maps, settings.preset, truth.shape[1:], settings.tau)
    return F.map_facts(maps, p, truth)[0]


def _peak(values):
    """Centre of the highest cell as fractions of the frame."""
    row, column = np.unravel_index(np.argmax(values), np.shape(values))
    height, width = np.shape(values)
    return [_rounded((column + 0.5) / width), _rounded((row + 0.5) / height)]


def _kind(entry, facts, broken):
    if facts is None:
        return 'unreadable map' if entry.id in broken else 'no map'
    return 'nothing sounds' if entry.sounding is False else F.kind_of(facts)


class _MediaOf:
    """Files of the picture and of the sound of an entry."""

    def __init__(self, videos, audios):
        self.videos = media_by_name(videos)
        self.audios = media_by_name(audios, sounds=True) if audios else self.videos
        self.apart = Path(audios) if audios else None

    def __call__(self, entry: Entry) -> tuple[Path | None, Path | None]:
        name, sound = entry.picture or entry.id, entry.sound or entry.id
        picture = self.videos.get(name)
        if self.apart is None and sound == name:
            return picture, None
        # A sound that is missing must be found missing, not be taken from the picture's file.
        missing = (self.apart or Path()) / f'{sound}.wav'
        return picture, self.audios.get(sound, missing)


def _job(entry, values, out, media, side, clips, backend) -> SampleJob:
    picture, sound = media
    return SampleJob(
        safe_name(entry.id),
        out / _SAMPLES,
        picture,
        sound,
        entry.time or 0.0,
        values,
        side,
        clips,
        backend,
    )


def _write_samples(jobs: Mapping[str, SampleJob], out, workers, time_limit):
    """Records of all samples, and how many were written now."""
    journal = Journal(out / f'{_JOURNAL}.jsonl', _JOURNAL)
    names = {job.stem: name for name, job in jobs.items()}
    left = [job for name, job in jobs.items() if not _is_done(job, journal.get(name))]
    done = run_all(write_sample, left, workers=workers, time_limit=time_limit)
    for job, record in track(done, 'drawing samples', total=len(left)):
        if isinstance(record, JobLost):
            record = _lost(job, record.reason)
        journal.add(names[job.stem], {'of': job.of, **record})
    return {name: journal[name] for name in jobs}, len(left)


def _is_done(job, record):
    return (
        record is not None
        and record['of'] == job.of
        and not record['problem']
        and all(job.file(ending).exists() for ending in record['files'])
    )


def _lost(job, reason):
    """A sample whose clip hung or killed its process: without the clip it can be drawn."""
    record = write_sample(replace(job, picture=None))
    return {**record, 'problem': f'{job.picture}: {reason}'}


def _numbers(judged: _Judged, form, unknown) -> dict:
    """Everything but the samples."""
    settings, result = judged.settings, judged.result
    counted = Counter(judged.kinds.values())
    meanings = {**{name: kind.meaning for name, kind in F.KINDS.items()}, **OTHER_KINDS}
    return {
        'settings': {
            'form': form,
            'protocol': settings.protocol,
            'preset': settings.preset.name,
            'threshold': settings.threshold,
        },
        'coverage': {
            'evaluated': len(judged.entries),
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


def _metric(result, name):
    low, high = result.intervals.get(name, (None, None))
    priors = {prior: values.get(name) for prior, values in result.priors.items()}
    found = {'value': result.metrics[name], 'low': low, 'high': high, **priors}
    found['ceiling'] = result.ceiling.get(name)
    return {'name': name, **{key: _number(value) for key, value in found.items()}}


def _charts(judged: _Judged) -> Iterable[dict]:
    """Histogram and success curve of both rules, over the samples that have a score."""
    positive = [entry.id for entry in judged.entries if judged.ciou[entry.id] is not None]
    if not positive:
        return
    chosen = np.array([judged.ciou[entry.id] is not None for entry in judged.entries])
    adaptive = [judged.facts[name].ciou for name in positive]
    given = [judged.ciou[name] for name in positive]
    for title, scores, column in (
        ('cIoU, adaptive rule', adaptive, 'centre_disc/ciou_adaptive'),
        (f'cIoU, preset {judged.settings.preset.name}', given, 'centre_disc/ciou'),
    ):
        prior = judged.rows.get(column)
        yield {
            'title': title,
            'n': len(scores),
            'histogram': np.histogram(scores, BINS, (0, 1))[0].tolist(),
            'thresholds': [_rounded(t) for t in F.THRESHOLDS],
            'success': _success_curve(scores),
            'centre disc': None if prior is None else _success_curve(prior[chosen]),
        }


def _success_curve(scores):
    return [_rounded(F.success_rate(scores, threshold)) for threshold in F.THRESHOLDS]


def _classes(judged: _Judged) -> list[dict]:
    """A row a class, by name; of samples that have a score."""
    members: dict[str, list[str]] = {}
    for entry in judged.entries:
        if entry.label is not None and judged.ciou[entry.id] is not None:
            members.setdefault(entry.label, []).append(entry.id)
    return [_class_row(judged, name, members[name]) for name in sorted(members)]


def _class_row(judged, name, ids):
    given = np.array([judged.ciou[i] for i in ids])
    adaptive = np.array([judged.facts[i].ciou for i in ids])
    return {
        'name': name,
        'n': len(ids),
        'mean': _rounded(given.mean()),
        'success': _rounded(F.success_rate(given, SUCCESS)),
        'mean adaptive': _rounded(adaptive.mean()),
        'found': _rounded(F.success_rate(adaptive, SUCCESS)),
    }


def _sample(entry: Entry, judged: _Judged, job: SampleJob, media: dict) -> dict:
    facts, score = judged.facts.get(entry.id), judged.ciou.get(entry.id)
    boxes = np.clip(np.asarray(entry.truth, dtype=np.float64).reshape(-1, 4), 0, 1)
    constant = facts is not None and facts.constant
    return {
        'id': entry.id,
        'label': entry.label,
        'group': entry.group,
        'kind': judged.kinds[entry.id],
        'ciou': None if score is None else _rounded(score),
        'adaptive': None if score is None else _rounded(facts.ciou),
        'boxes': [[_rounded(value) for value in box] for box in boxes],
        'peak': None if constant else judged.peaks.get(entry.id),
        'time': entry.time,
        'event': entry.event and list(entry.event),
        'duration': media['duration'] and round(media['duration'], 3),
        'size': media['size'],
        # The stem holds percent signs of its own, so it is quoted as part of an address.
        'stem': f'{_SAMPLES}/{quote(job.stem)}',
        'overlay': OVERLAY in media['files'],
        'sound': SOUND in media['files'],
        'clip': CLIP in media['files'],
        'problem': media['problem'],
    }


def _number(value):
    """JSON has no NaN."""
    return None if value is None or np.isnan(value) else float(value)


def _rounded(value):
    return round(float(value), 4)


DESCRIPTION = """Write a page for looking through an evaluation.

Tables, charts, and every sample with its sound; REPORT/index.html opens from the
disk, without server and network. Maps: a folder of NAME.npy or NAME.npz files, or
one npz archive, (h, w) each, as the method gives them; tools/test.py --dump-maps
writes such a folder.

Examples:
    %(prog)s maps/ours --truth vggss.json --videos data/vggsound/videos --out report
    %(prog)s maps/is3 --form is3 --truth boxes.json --videos frames --audios sounds
"""


def add_report_options(parser: argparse.ArgumentParser) -> None:
    """Add description and options of :func:`report_from_options`."""
    parser.description = DESCRIPTION
    parser.add_argument('maps', help='folder or npz archive of maps')
    parser.add_argument('--truth', required=True, help='published annotation file')
    parser.add_argument('--videos', required=True, help='folder of the videos, or of pictures')
    parser.add_argument('--audios', help='folder of the sounds, if they are apart')
    parser.add_argument('--out', default='report', help='folder for the page (report)')
    parser.add_argument('--title', help='heading of the page (name of the maps)')
    parser.add_argument('--form', choices=tuple(FORMS), default='vggss', help='form of the file')
    parser.add_argument('--pairs', help='table of an extended set: video,audio,label')
    known = tuple(name for name in PROTOCOLS if name not in REFUSED)
    parser.add_argument('--protocol', choices=known, help="the form's own by default")
    parser.add_argument('--preset', choices=tuple(PRESETS), help="the protocol's own by default")
    parser.add_argument('--threshold', type=float, help='one for all maps, from a validation split')
    parser.add_argument('--tau', type=float, help="temperature of SLAVC's presets (0.03)")
    parser.add_argument('--exact', action='store_true', help='extended: the standard AP, too')
    parser.add_argument(
        '--consensus', action='store_true', help='extended: boxes are those of Flickr-SoundNet'
    )
    parser.add_argument('--ids', help='list of identifiers: only these are expected')
    parser.add_argument('--sounding', help='CSV of id,0 or 1: which samples sound')
    parser.add_argument('--confidence', help='CSV of id,number (extended)')
    parser.add_argument('--resamples', type=int, default=1000, help='bootstrap draws (1000)')
    parser.add_argument(
        '--clips',
        choices=CLIP_WAYS,
        default='copy',
        help='what becomes of clips that browsers play as they are (copy)',
    )
    parser.add_argument('--side', type=int, default=384, help='largest side of a picture (384)')
    parser.add_argument('--backend', choices=DECODERS, default=DECODER)
    parser.add_argument('--workers', type=int, default=usable_cores(), help='processes')
    parser.add_argument('--time-limit', type=float, default=300.0, help='seconds a sample (300)')


def report_from_options(args: argparse.Namespace) -> WrittenReport:
    """Write the page that was asked for, and print what stands on it.

    Args:
        args: Options of :func:`add_report_options`.

    Raises:
        ValueError: See :func:`write_report`.
    """
    options = {name: getattr(args, name) for name in signature(write_report).parameters}
    options['consensus'] = options['consensus'] or None
    done = write_report(**options)
    _print(done)
    return done


def _print(done: WrittenReport) -> None:
    evaluated, expected = done.result.counts['samples'], len(done.kinds)
    flat = {**flatten(done.result), 'evaluated': evaluated, 'expected': expected}
    report({f'maps/{name}': value for name, value in flat.items()})
    print(', '.join(f'{name}: {n}' for name, n in Counter(done.kinds.values()).most_common()))
    for name, what, reason in done.problems[:_SHOWN]:
        print(f'{what} of {name}: {reason}')
    if len(done.problems) > _SHOWN:
        print(f'... and {len(done.problems) - _SHOWN} more, see {done.page.parent}/problems.csv')
    print(f'{done.written} of {expected} samples drawn, the others were there already')
    print(done.page)
