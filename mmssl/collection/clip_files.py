"""Which files belong to which clip."""

import os
from dataclasses import dataclass
from pathlib import Path

from ..datasets.annotations import canonical_id, read_boxes, read_ids, read_vggsound_table
from ..datasets.annotations.text import csv_rows
from ..media import Clip, MediaError, open_clip
from ..media.files import absence, file_state
from ..media.video import (
    AUDIO_SUFFIXES,
    DECODER,
    PICTURE_SUFFIXES,
    VIDEO_SUFFIXES,
    require_decoder,
)

#: Largest number of file pairs in one message.
_FEW = 5


@dataclass(frozen=True)
class ClipFiles:
    """A clip's identifier, its pictures, and its sound if that is a separate file."""

    name: str
    video: Path
    audio: Path | None = None

    def state(self) -> list[list[int] | None]:
        """Size and modification time of each file; ``None`` for a missing one."""
        return [file_state(path) for path in (self.video, self.audio) if path is not None]


def find_clips(
    folder: str | os.PathLike, audio_folder: str | os.PathLike | None = None
) -> list[ClipFiles]:
    """Find all clips of a folder by the endings of their names.

    Args:
        folder: Folder of video files; hidden files and subfolders are left out.
        audio_folder: Folder of sound files of the same names, if the sound is separate.

    Returns:
        :class:`ClipFiles` by name. If a sound file is missing, the clip keeps
        the name ``NAME.wav`` for it, and reading reports it as missing.

    Raises:
        ValueError: If there is no video file, or two files belong to the same clip.
    """
    videos = _by_name(folder, VIDEO_SUFFIXES, 'video')
    if audio_folder is None:
        return [ClipFiles(name, path) for name, path in videos.items()]
    sounds = _by_name(audio_folder, AUDIO_SUFFIXES, 'sound')
    missing = Path(audio_folder)
    return [
        ClipFiles(name, path, sounds.get(name, missing / f'{name}.wav'))
        for name, path in videos.items()
    ]


class ClipFolder:
    """Clips of a folder, opened by name.

    Args:
        folder: Folder of video files.
        decoder: Decoder, ``'pyav'`` or ``'decord'``.

    Raises:
        ValueError: As in :func:`find_clips`, or if the decoder is unknown or not installed.
    """

    def __init__(self, folder: str | os.PathLike, decoder: str = DECODER) -> None:
        require_decoder(decoder)
        self._folder = folder
        self._clips = {files.name: files for files in find_clips(folder)}
        self._decoder = decoder

    def open(self, name: str) -> Clip:
        """Open a clip.

        Raises:
            MediaError: If there is no clip of this name, or it cannot be read.
        """
        if name not in self._clips:
            raise MediaError(f'{self._folder}: no video file of clip {name}')
        return open_clip(self._clips[name].video, decoder=self._decoder)


def media_by_name(folder: str | os.PathLike, sounds: bool = False) -> dict[str, Path]:
    """Files of a folder by the identifiers of their samples.

    Args:
        folder: Folder of video or picture files, or of sound files.
        sounds: Find sound files instead.

    Raises:
        ValueError: If there is no such folder or file, or two files belong to the same sample.
    """
    if sounds:
        return _by_name(folder, AUDIO_SUFFIXES, 'sound')
    return _by_name(folder, VIDEO_SUFFIXES | PICTURE_SUFFIXES, 'video or picture')


def listed_names(path: str | os.PathLike) -> list[str]:
    """Identifiers that a published file names.

    Args:
        path: VGGSound's four-column table, boxes in VGG-SS form (``.json``), or a
            list of identifiers.

    Raises:
        AnnotationError: If the file has another form.
    """
    if Path(path).suffix == '.json':
        return [entry['video_id'] for entry in read_boxes(path)]
    _, cells = next(csv_rows(path, 'surrogateescape', listed=True), (0, []))
    # A table's first column is only YouTube's identifier, without the start time.
    if len(cells) == 4:
        return [row.video_id for row in read_vggsound_table(path)]
    return read_ids(path)


def listed_clips(
    names: list[str],
    folder: str | os.PathLike,
    audio_folder: str | os.PathLike | None = None,
    *,
    video_suffix: str = '.mp4',
    audio_suffix: str = '.wav',
) -> list[ClipFiles]:
    """Files of listed clips, as the data set expects them, whether they exist or not.

    Args:
        names: Identifiers; a repeated one is used once.
        folder, audio_folder: Folders in which the files should be.
        video_suffix, audio_suffix: Endings of their names.

    Returns:
        :class:`ClipFiles` in the order of the names.

    Raises:
        ValueError: If a folder is missing, because every clip would be missing.
    """
    for place in (folder, audio_folder):
        if place and not Path(place).is_dir():
            raise ValueError(absence(place, 'folder'))
    return [
        ClipFiles(
            name,
            Path(folder) / f'{name}{video_suffix}',
            Path(audio_folder) / f'{name}{audio_suffix}' if audio_folder else None,
        )
        for name in dict.fromkeys(names)
    ]


def _by_name(folder: str | os.PathLike, suffixes: frozenset[str], kind: str) -> dict[str, Path]:
    if not Path(folder).is_dir():
        raise ValueError(absence(folder, 'folder'))
    files: dict[str, Path] = {}
    twice = []
    for entry in sorted(Path(folder).iterdir()):
        if entry.name.startswith('.') or entry.suffix.lower() not in suffixes:
            continue
        name = canonical_id(entry.stem)
        if (first := files.setdefault(name, entry)) is not entry:
            twice.append(f'{first} and {entry} both belong to clip {name}')
    if twice:
        more = f'; and {len(twice) - _FEW} more' if len(twice) > _FEW else ''
        raise ValueError(f'{"; ".join(twice[:_FEW])}{more}: move one of each out of the folder')
    if not files:
        inside = any(entry.is_dir() for entry in Path(folder).iterdir())
        raise ValueError(
            f'{folder}: no {kind} file, expected endings {" ".join(sorted(suffixes))}'
            f'{"; folders in it are not looked into" if inside else ""}'
        )
    return files
