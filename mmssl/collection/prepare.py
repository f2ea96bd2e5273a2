"""Training copies of a whole collection of raw videos."""

import os
import time
from dataclasses import dataclass
from functools import partial
from operator import attrgetter
from pathlib import Path
from statistics import median
from typing import Any

from ..media import Clip, MediaError, step_centres, steps_in
from ..media.files import reason, require_same_settings, without_name, write_rows
from ..media.journal import Journal
from ..media.prepare import prepare_clip
from ..media.video import DECODER, require_decoder
from .clip_files import ClipFiles
from .journaled import run_journaled
from .parallel import Shard

#: Largest constant quality of encoders. x264 silently lowers greater numbers to it.
_WORST = 51
#: Clips whose loading is timed for the table.
_TIMED = 12


@dataclass(frozen=True)
class Comparison:
    """Raw clips against their copies.

    Attributes:
        prepared, failed: Numbers of clips.
        raw_bytes, copy_bytes: Sizes of the prepared ones, sounds included.
        raw_seconds, copy_seconds: Medians of loading one of a few of them, all
            steps at 112x112 and the sound; 0 if nothing was prepared.
    """

    prepared: int
    failed: int
    raw_bytes: int
    copy_bytes: int
    raw_seconds: float
    copy_seconds: float


def prepare_clips(
    clips: list[ClipFiles],
    out: str | os.PathLike,
    *,
    every_frame: bool = False,
    short_side: int = 128,
    crf: int = 18,
    decoder: str = DECODER,
    workers: int = 1,
    time_limit: float = 300.0,
    shard: Shard | None = None,
    retry: bool = False,
) -> Comparison:
    """Write a copy of every clip to ``out/videos``, in parallel.

    Clips that cannot be read are listed with their reason in ``failed.csv``. A run that was killed
    continues; clips whose files have changed are copied again.

    Args:
        clips: Raw clips.
        out: Folder to write to.
        every_frame, short_side, crf, decoder: As for
            :func:`mmssl.media.prepare.prepare_clip`.
        workers: Processes.
        time_limit: Seconds for a clip; one that takes longer has failed.
        shard: Part of the clips that this run copies; all if ``None``.
        retry: Try clips again that failed before.

    Returns:
        Numbers, sizes and loading times.

    Raises:
        ValueError: If the folder holds copies made with other settings, a copy would take the place
            of its raw clip, a number is out of range, or the decoder is unknown or not installed.
    """
    require_decoder(decoder)
    shard, out = shard or Shard(), Path(out)
    if short_side < 2:
        raise ValueError(f'short side is {short_side} pixels, expected at least 2')
    if not 0 <= crf <= _WORST:
        raise ValueError(f'crf is {crf}, expected 0 (without loss) to {_WORST}')
    _refuse_to_overwrite(out, clips)
    settings: dict[str, Any] = {'every_frame': every_frame, 'short_side': short_side, 'crf': crf}
    require_same_settings(out, {**settings, 'decoder': decoder})
    clips = shard.of(clips)
    _remove_leftovers(out, clips)
    journal = Journal(out / f'journal{shard.suffix}.jsonl')

    def is_valid(clip: ClipFiles, record: dict) -> bool:
        return not retry if record['failed'] is not None else _target(out, clip).exists()

    run_journaled(
        partial(_prepare, out=out, decoder=decoder, **settings),
        clips,
        journal,
        key=attrgetter('name'),
        source=ClipFiles.state,
        is_valid=is_valid,
        lost=_failed,
        title='preparing',
        workers=workers,
        time_limit=time_limit,
    )
    reasons = {clip: journal[clip.name]['failed'] for clip in clips}
    good = [clip for clip in clips if reasons[clip] is None]
    failed = [(c.name, without_name(why, c.video)) for c, why in reasons.items() if why is not None]
    write_rows(out / f'failed{shard.suffix}.csv', [('clip', 'reason'), *failed])
    return _compare(good, len(failed), out)


def _prepare(clip: ClipFiles, out: Path, **options: Any) -> dict[str, str | None]:
    """Copy one clip. The record has the reason of a failure, or ``None``."""
    try:
        prepare_clip(clip.video, _target(out, clip), audio=clip.audio, **options)
    except MediaError as error:
        return {'failed': str(error)}
    except Exception as error:
        # An unexpected error of a decoder must not end the run, but a full disk must.
        return _failed(clip, reason(error))
    return {'failed': None}


def _failed(clip: ClipFiles, why: str) -> dict[str, str | None]:
    return {'failed': f'{clip.video}: {why}'}


def _refuse_to_overwrite(out: Path, clips: list[ClipFiles]) -> None:
    """Raw clips are never replaced by their copies."""
    for clip in clips:
        if _target(out, clip).resolve() in (
            clip.video.resolve(),
            clip.audio and clip.audio.resolve(),
        ):
            raise ValueError(
                f'{clip.video} would be overwritten by its own copy: choose another --out, or '
                'move the raw clips out of its videos folder'
            )


def _target(out: Path, clip: ClipFiles) -> Path:
    return out / 'videos' / f'{clip.name}.mp4'


def _remove_leftovers(out: Path, clips: list[ClipFiles]) -> None:
    """Half-written copies of this shard's clips, which a kill left behind."""
    names = {clip.name for clip in clips}
    for leftover in (out / 'videos').glob('.*.partial.mp4'):
        # .NAME.PID.partial.mp4
        if leftover.name[1:].rsplit('.', 3)[0] in names:
            leftover.unlink(missing_ok=True)


def _compare(clips: list[ClipFiles], failed: int, out: Path) -> Comparison:
    raw_bytes = sum(state[0] for clip in clips for state in clip.state() if state)
    copy_bytes = sum(_target(out, clip).stat().st_size for clip in clips)
    some = clips[:: max(1, len(clips) // _TIMED)][:_TIMED]
    raw, copied = [], []
    for clip in some:
        raw.append(_loading_seconds(clip.video, clip.audio))
        copied.append(_loading_seconds(_target(out, clip)))
    return Comparison(
        prepared=len(clips),
        failed=failed,
        raw_bytes=raw_bytes,
        copy_bytes=copy_bytes,
        raw_seconds=median(raw or [0.0]),
        copy_seconds=median(copied or [0.0]),
    )


def _loading_seconds(video: Path, audio: Path | None = None) -> float:
    start = time.perf_counter()
    clip = Clip(video, audio)
    clip.frames(step_centres(steps_in(clip.duration)), (112, 112))
    clip.samples(0.0, clip.duration)
    return time.perf_counter() - start
