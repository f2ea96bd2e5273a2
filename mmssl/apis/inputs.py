"""Inputs to localize (files, pairs of files, folders, arrays), and names for their results.

- a path: a video file with sound, or a folder (:func:`folder_inputs`)
- a tuple of two paths: pictures (a video or picture file) and the sound that belongs to them
- a tuple of two arrays: frames uint8 ``(T, H, W, 3)``, ten per second, and float
  samples ``(S,)`` at 16 kHz
- a list of these
"""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..files import shortened
from ..media import ArrayClip, Clip, open_clip
from ..media.video import AUDIO_SUFFIXES, PICTURE_SUFFIXES, VIDEO_SUFFIXES, is_picture
from ..media.writer import is_result

#: Bytes of a stem, of the 255 that file systems allow. A number and an ending follow.
_LONGEST_STEM = 220


@dataclass(frozen=True)
class FileInput:
    """A video file, or a video or picture file with a sound file."""

    video: str
    audio: str | None = None

    @property
    def label(self) -> str:
        """Name of the input in messages."""
        return self.video if self.audio is None else f'{self.video} with {self.audio}'

    @property
    def stem(self) -> str:
        """Stem of its results' names, short enough to leave room for their endings."""
        return shortened(Path(self.video).stem, _LONGEST_STEM)

    @property
    def is_picture(self) -> bool:
        """Whether the input is one picture, by its name."""
        return is_picture(self.video)

    def open(self, decoder: str) -> Clip:
        """Open the input; raises MediaError if it cannot be read."""
        return open_clip(self.video, self.audio, decoder)


@dataclass(frozen=True, eq=False)
class ArrayInput:
    """Frames and samples in memory, which are open already."""

    clip: ArrayClip
    label: str = 'arrays'
    stem: str = 'arrays'
    video: None = None
    audio: None = None
    is_picture: bool = False

    def open(self, decoder: str) -> Clip:
        """The clip; there is nothing to decode."""
        return self.clip


Input = FileInput | ArrayInput


def as_inputs(given: Any) -> list[Input]:
    """Convert the given value to a list of inputs.

    Args:
        given: One of the kinds above.

    Returns:
        Inputs in the given order, and by name within a folder. A missing file is an input, too, and
        fails when it is opened.

    Raises:
        ValueError: If a value is of another kind, an array has a wrong shape or
            type, or a folder holds nothing to localize.
    """
    if isinstance(given, list):
        return [item for part in given for item in as_inputs(part)]
    if isinstance(given, (str, os.PathLike)):
        return folder_inputs(given) if Path(given).is_dir() else [FileInput(os.fspath(given))]
    if isinstance(given, tuple) and len(given) == 2:
        if all(isinstance(part, (str, os.PathLike)) for part in given):
            return [_pair(*given)]
        if all(isinstance(part, np.ndarray) for part in given):
            return [ArrayInput(ArrayClip(*given))]
    raise ValueError(
        f'an input is {_kind(given)}, expected a path, a tuple (pictures, sound) of two paths, a '
        'tuple (frames, samples) of two arrays, or a list of these'
    )


def folder_inputs(folder: str | os.PathLike) -> list[Input]:
    """Inputs of a folder: its video files, and its pictures with a sound file of the same name.

    Hidden files, subfolders, videos that were written as results, and all other files are left
    out. A pipe or a dangling link is an unreadable input.

    Raises:
        ValueError: If no input is left.
    """
    files = sorted(p for p in Path(folder).iterdir() if not p.is_dir() and p.name[0] != '.')
    sounds = {path.stem: path for path in files if path.suffix.lower() in AUDIO_SUFFIXES}
    inputs: list[Input] = []
    for path in files:
        if path.suffix.lower() in VIDEO_SUFFIXES and not is_result(path):
            inputs.append(FileInput(str(path)))
        elif path.suffix.lower() in PICTURE_SUFFIXES and path.stem in sounds:
            inputs.append(FileInput(str(path), str(sounds[path.stem])))
    if not inputs:
        raise ValueError(
            f'{folder}: nothing to localize in it, expected video files '
            f'({" ".join(sorted(VIDEO_SUFFIXES))}), or pictures with sound files of the same '
            'names; folders in it are not looked into'
        )
    return inputs


def result_names(
    inputs: Sequence[Input], refuses: Callable[[str, Input], bool] = lambda name, item: False
) -> list[str]:
    """A name for the results of each input: its stem, with a number if it is taken.

    Args:
        inputs: Result of :func:`as_inputs`.
        refuses: Whether a name is not allowed for an input for other reasons.

    Returns:
        Names that are unique even if the file system ignores case.
    """
    stems = {item.stem.lower() for item in inputs}
    taken, names = set(), []
    for item in inputs:
        name, number = item.stem, 1
        # A numbered name must not be another input's own name either.
        while (
            name.lower() in taken or (number > 1 and name.lower() in stems) or refuses(name, item)
        ):
            number += 1
            name = f'{item.stem}_{number}'
        taken.add(name.lower())
        names.append(name)
    return names


def _pair(pictures: str | os.PathLike, sound: str | os.PathLike) -> FileInput:
    for path in (pictures, sound):
        if Path(path).is_dir():
            raise ValueError(
                f'{path} is a folder, expected files in a tuple (pictures, sound); '
                'give a list of such tuples'
            )
    return FileInput(os.fspath(pictures), os.fspath(sound))


def _kind(given: Any) -> str:
    if isinstance(given, tuple):
        return f'a tuple of {", ".join(type(part).__name__ for part in given) or "nothing"}'
    return f'of type {type(given).__name__}'
