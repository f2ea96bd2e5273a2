"""A folder to train on, with repaired copies of clips and links to good clips."""

import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

from ..media.diagnosis import Limits, Verdict, diagnose
from ..media.files import MediaError, reason, require_same_settings, without_name, write_rows
from ..media.journal import Journal
from ..media.prepare import prepare_clip
from ..media.repairs import Repairs
from .clip_files import ClipFiles
from .journaled import run_journaled
from .parallel import Shard

#: Faults that leave a part of the clip intact.
MENDED = (
    *(Verdict.UNREADABLE, Verdict.TRUNCATED, Verdict.BROKEN_TIMES),
    Verdict.LENGTHS_DIFFER,
)

#: Writing a copy and checking it may take this many times as long as a check.
_SLOWER = 5

_JOURNAL = 'fixed-journal'


@dataclass(frozen=True)
class FixedClip:
    """The outcome of a clip in the folder.

    Attributes:
        copy: Path of its repaired copy in the folder; empty if there is none.
        reason: Why a clip that is not fine has no copy.
        linked: Whether the folder holds a link to it instead.
    """

    copy: str = ''
    reason: str = ''
    linked: bool = False

    @property
    def usable(self) -> bool:
        """Whether the folder holds the clip."""
        return bool(self.copy) or self.linked


def clean_path(folder: str | os.PathLike, shard: Shard) -> Path:
    """File for the names of a shard's usable clips."""
    return Path(folder) / f'clean{shard.suffix}.txt'


class FixedFolder:
    """Folder with ``videos/NAME.mp4`` for every usable clip, and ``clean.txt`` with their names.

    The intact part of a clip that can be repaired is copied, and the copy is checked. An accepted
    clip without repairs is a symbolic link. The others are left out. Raw clips are never changed.

    Args:
        folder: Folder to write to.
        clips: All clips, of which one shard is written.
        decoder, limits, accept, shard: As for :func:`mmssl.collection.check.check_clips`.

    Raises:
        ValueError: If the sound is in files of its own, the folder is that of the raw clips
            or in it, holds other videos, or was written with other settings.
    """

    def __init__(
        self,
        folder: str | os.PathLike,
        clips: list[ClipFiles],
        *,
        decoder: str,
        limits: Limits,
        accept: tuple[Verdict, ...],
        shard: Shard,
    ) -> None:
        self._folder, self._shard, self._suffix = Path(folder), shard, shard.suffix
        self._videos = self._folder / 'videos'
        self._unchecked = self._folder / f'.unchecked{shard.suffix}'
        self._decoder, self._limits = decoder, limits
        self._accept = sorted({Verdict.FINE, *accept})
        self._refuse(clips)
        require_same_settings(self._folder, {'fixed': True, 'decoder': decoder, **asdict(limits)})

    def _refuse(self, clips: list[ClipFiles]) -> None:
        apart = next((clip for clip in clips if clip.audio), None)
        if apart is not None:
            raise ValueError(
                f'{apart.video} has its sound in {apart.audio}: join them by tools/data/prepare.py '
                '--audio-folder, and fix the joined ones'
            )
        raw, folder = _folders(clips), self._folder.resolve()
        # Places that are written or emptied; raw clips elsewhere are safe.
        for own in (self._videos, self._unchecked):
            if any(own.resolve() in (place, *place.parents) for place in raw):
                raise ValueError(f'{own} holds raw clips: choose another folder to fix in')
        if raw.intersection((folder, *folder.parents)):
            raise ValueError(
                f'{self._folder} is the folder of the raw clips, or in it: choose another folder '
                'to fix in'
            )
        if self._videos.exists() and not (self._folder / 'settings.json').exists():
            raise ValueError(f'{self._videos} holds something else: choose another folder')

    def write(
        self, clips: list[ClipFiles], diagnoses: Mapping[str, dict], workers: int, time_limit: float
    ) -> dict[str, FixedClip]:
        """Copy, check, and link.

        Args:
            clips: Clips of this shard.
            diagnoses: By clip's name, as dictionaries.
            workers: Processes.
            time_limit: Seconds that the check of a clip may take.

        Returns:
            Outcome of each clip, by name.
        """
        shutil.rmtree(self._unchecked, ignore_errors=True)
        self._unchecked.mkdir()
        self._videos.mkdir(exist_ok=True)
        journal = Journal(self._folder / f'{_JOURNAL}{self._suffix}.jsonl', _JOURNAL)
        self._copy_all(clips, diagnoses, journal, workers, time_limit)
        fixed = {clip.name: self._place(clip, diagnoses[clip.name], journal) for clip in clips}
        shutil.rmtree(self._unchecked)
        clean = [name for name, outcome in fixed.items() if outcome.usable]
        write_rows(clean_path(self._folder, self._shard), ([name] for name in clean))
        return fixed

    def _copy_all(
        self,
        clips: list[ClipFiles],
        diagnoses: Mapping[str, dict],
        journal: Journal,
        workers: int,
        time_limit: float,
    ) -> None:
        tried = [clip for clip in clips if not self._hopeless(diagnoses[clip.name])]
        job = partial(
            _fix,
            unchecked=self._unchecked,
            videos=self._videos,
            decoder=self._decoder,
            limits=self._limits,
            accept=self._accept,
            allowed=time_limit,
        )
        run_journaled(
            job,
            [(clip, diagnoses[clip.name]['intact_seconds']) for clip in tried],
            journal,
            key=lambda item: item[0].name,
            source=lambda item: [self._accept, item[0].state(), item[1]],
            is_valid=lambda item, past: self._is_valid(item[0], past, time_limit),
            lost=lambda item, why: {'reason': why, 'limit': time_limit},
            title='fixing',
            workers=workers,
            time_limit=_SLOWER * time_limit,
        )

    def _hopeless(self, record: Mapping[str, Any]) -> str:
        """The reason to try no copy; otherwise empty."""
        verdict, intact = record['verdict'], record['intact_seconds']
        if verdict == Verdict.FINE:
            return '' if Repairs(**record['repairs']).words() else 'nothing to repair'
        if verdict not in MENDED:
            return f'{verdict}: a copy cannot repair that'
        if intact is None:
            return 'no part of it can be read'
        if intact < self._limits.shortest:
            return f'only {intact:.2f} s are intact, expected at least {self._limits.shortest} s'
        return ''

    def _is_valid(self, clip: ClipFiles, past: dict, time_limit: float) -> bool:
        if past['reason']:
            return past['limit'] >= time_limit
        copy = self._target(clip)
        return copy.is_file() and not copy.is_symlink()

    def _target(self, clip: ClipFiles) -> Path:
        return self._videos / f'{clip.name}.mp4'

    def _place(self, clip: ClipFiles, record: Mapping[str, Any], journal: Journal) -> FixedClip:
        """Make the folder hold the copy of a clip, a link, or nothing."""
        target = self._target(clip)
        why = self._hopeless(record) or journal[clip.name]['reason']
        if not why:
            return FixedClip(copy=str(target.relative_to(self._folder)))
        reason = '' if self._hopeless(record) and record['verdict'] == Verdict.FINE else why
        if record['verdict'] in self._accept and clip.video.is_file():
            self._link(clip.video, target)
            return FixedClip(reason=reason, linked=True)
        target.unlink(missing_ok=True)
        return FixedClip(reason=reason)

    def _link(self, source: Path, target: Path) -> None:
        absolute = os.path.abspath(source)
        if target.is_symlink() and os.readlink(target) == absolute:
            return
        link = self._unchecked / target.name
        link.symlink_to(absolute)
        link.replace(target)


def _folders(clips: list[ClipFiles]) -> set[Path]:
    """Folders of the clips, and folders of the files that links among them point to."""
    listed = {clip.video.parent for clip in clips}
    linked = {clip.video.resolve().parent for clip in clips if clip.video.is_symlink()}
    return {place.resolve() for place in listed} | linked


def _fix(item: tuple[ClipFiles, float], *, allowed: float, **options: Any) -> dict[str, Any]:
    """Write and check the copy of one clip. The record has the reason of a failure."""
    clip, seconds = item
    try:
        why = _write_copy(clip, seconds, **options)
    except MediaError as error:
        why = str(error)
    except Exception as error:
        # An unexpected error of a decoder must not end the run, but a full disk must.
        why = f'{clip.video}: {reason(error)}'
    return {'reason': why, 'limit': allowed}


def _write_copy(
    clip: ClipFiles,
    seconds: float,
    *,
    unchecked: Path,
    videos: Path,
    decoder: str,
    limits: Limits,
    accept: Sequence[Verdict],
) -> str:
    """The reason to reject the copy; otherwise empty."""
    copy = unchecked / f'{clip.name}.mp4'
    prepare_clip(
        clip.video, copy, every_frame=True, short_side=None, decoder=decoder, until=seconds
    )
    diagnosis = diagnose(copy, decoder=decoder, limits=limits)
    if diagnosis.verdict not in accept:
        return f'its copy is {diagnosis.verdict}: {without_name(diagnosis.reason, copy)}'
    copy.replace(videos / copy.name)
    return ''
