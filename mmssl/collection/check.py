"""Read every clip of a collection as training does, and report its faults."""

import os
from collections import Counter
from dataclasses import asdict
from functools import partial
from operator import attrgetter
from pathlib import Path
from typing import Any

from ..media.diagnosis import Diagnosis, Limits, Verdict, diagnose
from ..media.journal import Journal
from ..media.video import DECODER, require_decoder
from .check_report import page_path, report_paths, write_check_report
from .clip_files import ClipFiles
from .fixed_folder import FixedFolder, clean_path
from .journaled import run_journaled
from .parallel import Shard, check_limits

#: Version of the journal's records. With another number, runs read all clips again.
_FORM = 2


def check_clips(
    clips: list[ClipFiles],
    out: str | os.PathLike,
    *,
    decoder: str = DECODER,
    limits: Limits | None = None,
    accept: tuple[Verdict, ...] = (Verdict.FINE,),
    workers: int = 1,
    time_limit: float = 60.0,
    shard: Shard | None = None,
    fix: str | os.PathLike | None = None,
    listed: str | os.PathLike | None = None,
) -> Counter[str]:
    """Diagnose clips in parallel, and write a report, a page and a list of good clips.

    ``report.csv`` has one row per clip, ``summary.json`` the totals, ``index.html`` shows both,
    ``clean.txt`` has the identifiers of the accepted clips, which a data set takes as
    ``subset_file``. A run that was killed continues; clips whose files have changed are read again.
    A run over all clips uses the results of earlier shards in the same folder.

    Args:
        clips: Clips to read.
        out: Folder to write to.
        decoder: Decoder of the pictures in training.
        limits: Limits beyond which a property is a fault.
        accept: Verdicts that a clip of the clean list may have.
        workers: Processes.
        time_limit: Seconds for a clip; one that takes longer is unreadable.
        shard: Part of the clips that this run reads; all if ``None``.
        fix: Folder for copies of the clips that can be repaired, and links to the accepted ones,
            see :class:`FixedFolder`; none if ``None``.
        listed: File that names the clips, which no result may replace.

    Returns:
        Number of clips of each verdict.

    Raises:
        ValueError: If the decoder is unknown or not installed, a number is out of range, or a
            folder holds something else.
    """
    require_decoder(decoder)
    check_limits(workers, time_limit)
    limits, shard, out = limits or Limits(), shard or Shard(), Path(out)
    page_path(out, shard)
    _spare(listed, out, fix, shard)
    folder = None
    if fix is not None:
        folder = FixedFolder(fix, clips, decoder=decoder, limits=limits, accept=accept, shard=shard)
    clips = shard.of(clips)
    journal = Journal(out / f'journal{shard.suffix}.jsonl')
    settings = [_FORM, decoder, asdict(limits)]
    run_journaled(
        partial(_diagnose, decoder=decoder, limits=limits),
        clips,
        journal,
        key=attrgetter('name'),
        source=lambda clip: [settings, clip.state()],
        lost=_unreadable,
        title='checking',
        workers=workers,
        time_limit=time_limit,
    )
    fixed = folder.write(clips, journal, workers, time_limit) if folder else None
    return write_check_report(clips, journal, out, shard, accept, fixed)


def _spare(
    listed: str | os.PathLike | None, out: Path, fix: str | os.PathLike | None, shard: Shard
) -> None:
    """Refuse to replace the list that names the clips."""
    written = [*report_paths(out, shard), *([clean_path(fix, shard)] if fix is not None else [])]
    for path in written:
        if listed and path.resolve() == Path(listed).resolve():
            raise ValueError(f'{listed} would be overwritten by results: choose another folder')


def _diagnose(clip: ClipFiles, decoder: str, limits: Limits) -> dict[str, Any]:
    try:
        diagnosis = diagnose(clip.video, clip.audio, decoder, limits)
    except Exception as error:
        # An unexpected error of a decoder must not end the run; the report shows it.
        return _unreadable(clip, f'{type(error).__name__}: {error}')
    return asdict(diagnosis)


def _unreadable(clip: ClipFiles, reason: str) -> dict[str, Any]:
    return asdict(Diagnosis(Verdict.UNREADABLE, f'{clip.video}: {reason}'))
