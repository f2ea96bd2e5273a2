"""Read every clip of a collection as training would, and say what is wrong with it."""

import json
import os
from collections import Counter
from dataclasses import asdict, fields
from functools import partial
from pathlib import Path

from ..media.diagnosis import Diagnosis, Limits, Verdict, diagnose
from ..media.files import write_rows, write_text
from ..media.journal import Journal
from ..media.video import DECODER, require_decoder
from ..progress import track
from .clip_files import ClipFiles
from .parallel import JobLost, Shard, run_all


def check_clips(
    clips: list[ClipFiles],
    out: str | os.PathLike,
    *,
    backend: str = DECODER,
    limits: Limits | None = None,
    accept: tuple[Verdict, ...] = (Verdict.FINE,),
    workers: int = 1,
    time_limit: float = 60.0,
    shard: Shard | None = None,
) -> Counter:
    """Diagnose clips in parallel and write a report and a list of the good ones.

    ``report.csv`` has a row a clip, ``summary.json`` the number of each
    verdict, ``clean.txt`` the identifiers of the accepted clips, which a data
    set takes as ``subset_file``. A run that was killed goes on where it was;
    clips whose files have changed since are read again. A run over all clips
    takes over what shards before it have found in the same folder.

    Args:
        clips: What to read.
        out: Folder to write to.
        backend: Decoder of the pictures in training.
        limits: Where a property becomes a fault.
        accept: Verdicts that a clip of the clean list may have.
        workers: Processes.
        time_limit: Seconds for a clip; one that takes longer is unreadable.
        shard: Part of the clips that this run reads; all if ``None``.

    Returns:
        Number of clips of each verdict.

    Raises:
        ValueError: If the decoder is unknown or not installed, or a number makes no sense.
    """
    require_decoder(backend)
    limits, shard, out = limits or Limits(), shard or Shard(), Path(out)
    clips = shard.of(clips)
    settings = [backend, asdict(limits)]
    journal = Journal(out / f'journal{shard.suffix}.jsonl')
    left = []
    for clip in clips:
        record = journal.get(clip.name)
        if record is None or record['of'] != [settings, clip.state()]:
            left.append(clip)
    job = partial(_diagnose, backend=backend, limits=limits)
    found = run_all(job, left, workers=workers, time_limit=time_limit)
    for clip, diagnosis in track(found, 'checking', total=len(left)):
        if isinstance(diagnosis, JobLost):
            diagnosis = Diagnosis(Verdict.UNREADABLE, f'{clip.video}: {diagnosis.reason}')
        journal.add(clip.name, {'of': [settings, clip.state()], **asdict(diagnosis)})
    return _write_report(clips, journal, out, shard.suffix, accept)


def _diagnose(clip: ClipFiles, backend: str, limits: Limits) -> Diagnosis:
    try:
        return diagnose(clip.video, clip.audio, backend, limits)
    except Exception as error:
        # A decoder's surprise over one file must not end the run; the report shows it.
        reason = f'{clip.video}: {type(error).__name__}: {error}'
        return Diagnosis(Verdict.UNREADABLE, reason)


def _write_report(clips, journal, out, suffix, accept):
    names = [field.name for field in fields(Diagnosis)]
    rows, clean, counts = [], [], Counter()
    for clip in clips:
        record = journal[clip.name]
        rows.append([clip.name, *(_cell(record.get(name)) for name in names), clip.video])
        counts[record['verdict']] += 1
        if record['verdict'] in accept:
            clean.append(clip.name)
    ordered = {str(verdict): counts[verdict] for verdict in Verdict if counts[verdict]}
    write_rows(out / f'report{suffix}.csv', [['clip', *names, 'file'], *rows])
    write_text(
        out / f'summary{suffix}.json',
        json.dumps({'clips': len(clips), 'clean': len(clean), 'verdicts': ordered}, indent=1),
    )
    write_rows(out / f'clean{suffix}.txt', ([name] for name in clean))
    return Counter(ordered)


def _cell(value):
    if value is None:
        return ''
    return f'{value:.4g}' if isinstance(value, float) else value
