"""A page for browsing an evaluation: tables, charts, and every sample with its sound."""

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path

from ..collection.clip_files import media_by_name
from ..collection.journaled import run_journaled
from ..collection.parallel import check_limits
from ..datasets.forms import FORMS, Sample
from ..evaluation import EvaluationResult
from ..evaluation.map_files import safe_name
from ..evaluation.protocols import Protocol, make_protocol
from ..evaluation.reduce import check_resamples
from ..media.files import absence, check_folder, write_rows, write_text
from ..media.journal import Journal
from ..media.video import DECODER, require_decoder
from .expected import read_expected, read_numbers
from .judge import judge
from .map_samples import IdentifiedMaps
from .mistakes import read_mistakes
from .page_data import SAMPLES, compare, numbers_of, sample_of
from .page_samples import CLIP_WAYS, SampleJob, write_sample

_PAGE = resources.files('mmssl') / 'web/report'
_JOURNAL = 'journal'


@dataclass(frozen=True)
class WrittenReport:
    """A page that was written.

    Attributes:
        page: ``index.html``.
        result: The evaluation that it shows, of the first method where there are two.
        kinds: Kind of every sample.
        problems: Identifier, kind (``map`` or ``clip``) and reason of everything unreadable.
        written: Number of samples whose files this run wrote. The other files already existed.
        results: The evaluation of each method by its name.
    """

    page: Path
    result: EvaluationResult
    kinds: dict[str, str]
    problems: list[tuple[str, str, str]]
    written: int
    results: dict[str, EvaluationResult]


def write_report(
    maps: str | os.PathLike,
    truth: str | os.PathLike,
    out: str | os.PathLike,
    *,
    videos: str | os.PathLike,
    audios: str | os.PathLike | None = None,
    against: str | os.PathLike | None = None,
    form: str = 'vggss',
    protocol: Protocol | None = None,
    pairs: str | os.PathLike | None = None,
    ids: str | os.PathLike | None = None,
    sounding: str | os.PathLike | None = None,
    confidence: str | os.PathLike | None = None,
    boxes: str | os.PathLike | None = None,
    wrong: str | os.PathLike | None = None,
    resamples: int = 1000,
    title: str | None = None,
    clips: str = 'copy',
    side: int = 384,
    decoder: str = DECODER,
    workers: int = 1,
    time_limit: float = 300.0,
) -> WrittenReport:
    """Score maps, and write a folder with an HTML page that shows every sample.

    The page, ``index.html``, needs neither server nor network. A run that was killed continues;
    samples whose map or clip has changed are drawn again, and clips that could not be read are
    tried again.

    Args:
        maps: Folder of npy or npz files, or one npz archive, ``(h, w)`` each.
        truth, form, pairs, ids, sounding, confidence, boxes: As for
            :func:`mmssl.report.evaluate_maps.evaluate_maps`.
        out: Folder of the page.
        protocol: What is asked for; the form's own by default.
        against: Maps of a second method, like ``maps``: the page shows both, the samples first in
            which their scores differ most.
        videos: Folder of video files, or of picture files.
        audios: Folder of sound files of the same names, if they are separate.
        wrong: ``test_wrong.csv`` of a class report: the page lists these clips first.
        resamples: Bootstrap draws.
        title: Heading of the page; the name of ``maps`` by default.
        clips: ``'copy'`` clips that browsers play as they are, ``'link'`` to them, or ``'none'``:
            no clips at all. Other clips are encoded as H.264 and AAC, with 25 pictures a second and
            the sound as the model hears it.
        side: Largest width or height of pictures and rewritten clips, in pixels.
        decoder: Decoder, ``'pyav'`` or ``'decord'``.
        workers: Processes.
        time_limit: Seconds for a sample.

    Returns:
        The written page.

    Raises:
        ValueError: If a file is malformed, nothing matches, the protocol has no page, ``out`` holds
            another page, or the decoder is unknown or not installed.
    """
    require_decoder(decoder)
    if clips not in CLIP_WAYS:
        raise ValueError(f'clips is {clips!r}, expected one of {CLIP_WAYS}')
    if side < 16:
        raise ValueError(f'side is {side} pixels, expected at least 16')
    check_limits(workers, time_limit)
    check_resamples(resamples)
    protocol = protocol or make_protocol(FORMS[form].protocol)
    if protocol.no_page:
        raise ValueError(
            f'protocol {protocol.name!r} has no report page: {protocol.no_page}; '
            'mmssl evaluate scores it'
        )
    folder = _report_folder(out)
    media_of = _MediaOf(videos, audios, whole_names=not FORMS[form].video_suffix)
    identify = FORMS[form].identify
    expected = read_expected(
        protocol, truth, form, pairs=pairs, ids=ids, sounding=sounding, boxes=boxes,
        unannotated=True,
    )  # fmt: skip
    mistakes = read_mistakes(wrong, identify, {s.id: s for s in expected}) if wrong else None
    if confidence is not None and against is not None:
        raise ValueError(f'confidence {confidence} is of one method, and two are compared')
    sure = read_numbers(confidence, identify) if confidence else None
    paths = [maps] if against is None else [maps, against]
    files = [IdentifiedMaps(path, identify) for path in paths]
    judged = [judge(protocol, expected, given, sure, resamples) for given in files]
    jobs = {
        sample.id: SampleJob(
            safe_name(sample.id),
            folder / SAMPLES,
            *media_of(sample),
            sample.moment,
            judged[0].maps.get(sample.id),
            side,
            clips,
            decoder,
            judged[-1].maps.get(sample.id) if against is not None else None,
            sample.span,
        )
        for sample in expected
    }
    media, written = _write_samples(jobs, folder, workers, time_limit)
    pages = [
        {
            **numbers_of(verdicts, form, len(given) - len(verdicts.maps) - len(verdicts.broken)),
            'samples': [sample_of(s, verdicts, jobs[s.id], media[s.id]) for s in expected],
        }
        for verdicts, given in zip(judged, files)
    ]
    names = _names(*paths)
    parts = ['map'] if against is None else [f'map of {name}' for name in names]
    problems = [
        *((n, part, why) for v, part in zip(judged, parts) for n, why in v.broken.items()),
        *((name, 'clip', m['problem']) for name, m in media.items() if m['problem']),
    ]
    shown = pages[0] if against is None else compare(pages, judged, names)
    data = {'title': title or ' and '.join(names), 'problems': problems, 'wrong': mistakes, **shown}
    write_rows(folder / 'problems.csv', [('id', 'what', 'reason'), *problems])
    page = write_page(folder, data)
    results = {name: verdicts.result for name, verdicts in zip(names, judged)}
    return WrittenReport(page, judged[0].result, judged[0].kinds, problems, written, results)


def _names(*paths: str | os.PathLike) -> tuple[str, ...]:
    """Names of methods: the names of files or folders, or the whole paths if these are equal."""
    short = tuple(Path(path).stem for path in paths)
    return short if len(set(short)) == len(short) else tuple(map(str, paths))


def write_page(out: str | os.PathLike, data: dict) -> Path:
    """Write the page around its data.

    Args:
        out: Folder of the page.
        data: What ``report.js`` shows; see ``docs/reference/report.md``.

    Returns:
        ``index.html``; it is written last.
    """
    out = Path(out)
    # A page from a file can load scripts, but not JSON.
    text = json.dumps(data, separators=(',', ':'), allow_nan=False)
    write_text(out / 'data.js', f"'use strict';\nconst REPORT = {text};\n")
    files = sorted(_PAGE.iterdir(), key=lambda file: (file.name == 'index.html', file.name))
    for file in files:
        write_text(out / file.name, file.read_text(encoding='utf-8'))
    return out / 'index.html'


def _report_folder(out: str | os.PathLike) -> Path:
    folder = check_folder(out)
    if (folder / 'index.html').exists() and not (folder / f'{_JOURNAL}.jsonl').exists():
        raise ValueError(f'{folder} holds an index.html of something else: choose another folder')
    for leftover in (folder / SAMPLES).glob('.*.partial.*'):
        leftover.unlink()
    return folder


class _MediaOf:
    """Files of the picture and of the sound of a sample.

    Args:
        videos, audios: As for :func:`write_report`.
        whole_names: Whether samples name files with their folders and endings.
    """

    def __init__(
        self, videos: str | os.PathLike, audios: str | os.PathLike | None, whole_names: bool
    ) -> None:
        self._picture = _finder(videos, whole_names)
        self._sound = _finder(audios, whole_names, sounds=True) if audios else self._picture
        self._apart = Path(audios) if audios else None

    def __call__(self, sample: Sample) -> tuple[Path | None, Path | None]:
        picture = self._picture(sample.picture)
        if self._apart is None and sample.sound == sample.picture:
            return picture, None
        # A missing sound must be reported, not taken from the file of the picture.
        missing = (self._apart or Path()) / f'{sample.sound}.wav'
        return picture, self._sound(sample.sound) or missing


def _finder(
    folder: str | os.PathLike, whole_names: bool, sounds: bool = False
) -> Callable[[str], Path | None]:
    """A function from the name of a sample's file to the file, if it exists."""
    if not whole_names:
        return media_by_name(folder, sounds).get
    if not Path(folder).is_dir():
        raise ValueError(absence(folder, 'folder'))

    def find(name: str) -> Path | None:
        path = Path(folder) / name
        return path if path.is_file() else None

    return find


def _write_samples(
    jobs: Mapping[str, SampleJob], out: Path, workers: int, time_limit: float
) -> tuple[dict[str, dict], int]:
    """Records of all samples, and the number of newly written ones."""
    journal = Journal(out / f'{_JOURNAL}.jsonl', _JOURNAL)
    names = {job.stem: name for name, job in jobs.items()}
    written = run_journaled(
        write_sample,
        jobs.values(),
        journal,
        key=lambda job: names[job.stem],
        source=lambda job: job.of,
        is_valid=_is_valid,
        lost=_lost,
        title='drawing samples',
        workers=workers,
        time_limit=time_limit,
    )
    return {name: journal[name] for name in jobs}, written


def _is_valid(job: SampleJob, record: dict) -> bool:
    return not record['problem'] and all(job.file(end).exists() for end in record['files'])


def _lost(job: SampleJob, reason: str) -> dict:
    """A sample whose clip hung or killed its process. It is drawn without the clip."""
    record = write_sample(replace(job, picture=None))
    return {**record, 'problem': f'{job.picture}: {reason}'}
