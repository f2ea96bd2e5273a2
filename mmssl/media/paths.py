"""Paths on a command line. Each option declares the kind of its paths.

- :data:`FILE_IN`, :data:`FOLDER_IN`, :data:`PATH_IN`: inputs that must exist
- :data:`CHECKPOINT_IN`: a file that must exist, or a URL for MMEngine
- :data:`NAME_IN`: a file or a name; a missing one does not stop other inputs
- :data:`FILE_OUT`, :data:`FOLDER_OUT`: outputs
- :func:`check_paths`: refuse, before any work, paths of another kind, and results that would
  replace each other or their inputs
"""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

from ..spelling import did_you_mean
from .files import absence, check_file, check_folder, is_url

#: Number of files in a folder that are compared with a missing name.
_LOOKED_AT = 1000


@dataclass(frozen=True)
class PathKind:
    """The kind of a path. As the ``type`` of an option, it leaves the text unchanged.

    Attributes:
        expected: ``'file'``, ``'folder'``, or ``'file or folder'``.
        is_written: Whether results are written to it.
        is_needed: Whether it must exist.
        may_be_url: Whether a URL is allowed instead.
    """

    expected: str
    is_written: bool = False
    is_needed: bool = False
    may_be_url: bool = False

    def __call__(self, text: str) -> str:
        """Return the text. All paths are checked together later."""
        return text


FILE_IN = PathKind('file', is_needed=True)
FOLDER_IN = PathKind('folder', is_needed=True)
PATH_IN = PathKind('file or folder', is_needed=True)
CHECKPOINT_IN = PathKind('file', is_needed=True, may_be_url=True)
NAME_IN = PathKind('file')
FILE_OUT = PathKind('file', is_written=True)
FOLDER_OUT = PathKind('folder', is_written=True)


@dataclass(frozen=True)
class NamedPath:
    """A path, its kind, and the option that names it."""

    option: str
    path: str
    kind: PathKind

    def __str__(self) -> str:
        return f'{self.option} {self.path}'


def check_paths(paths: Sequence[NamedPath]) -> None:
    """Check all paths that a program is given.

    Raises:
        ValueError: If a path is empty, two options name one file or folder and one of them writes
            it, results cannot be written, or an input is missing.
    """
    for given in paths:
        if not given.path:
            raise ValueError(f'{given.option} is an empty text, expected a {given.kind.expected}')
    for first, second in combinations(paths, 2):
        if _clash(first, second):
            raise ValueError(_refusal(first, second))
    for given in paths:
        if given.kind.is_written:
            (check_folder if given.kind == FOLDER_OUT else check_file)(given.path)
    if missing := [*_missing(paths)]:
        raise ValueError('; '.join(missing))


def _clash(first: NamedPath, second: NamedPath) -> bool:
    """Whether one of two paths would overwrite the other, or both would be mixed."""
    kinds = first.kind, second.kind
    # A folder may get results beside its inputs.
    mixed = all(kind.is_written for kind in kinds) or FILE_OUT in kinds
    return mixed and os.path.realpath(first.path) == os.path.realpath(second.path)


def _refusal(first: NamedPath, second: NamedPath) -> str:
    one, other = sorted((first, second), key=lambda given: not given.kind.is_written)
    if other.kind.is_written:
        return f'{one} and {other} are one place: give each a name of its own'
    return f'{one} would replace {other}: give another name'


def _missing(paths: Iterable[NamedPath]) -> Iterable[str]:
    """Message for missing inputs."""
    for given in paths:
        path, expected = Path(given.path), given.kind.expected
        is_there = {'file': path.exists() and not path.is_dir(), 'folder': path.is_dir()}
        if not given.kind.is_needed or (given.kind.may_be_url and is_url(given.path)):
            continue
        if not is_there.get(expected, path.exists()):
            yield f'{absence(given.path, expected)}{_nearest(path)}'


def _nearest(path: Path) -> str:
    """The name next to a missing one that is most similar."""
    if path.exists() or not path.parent.is_dir():
        return ''
    names = os.listdir(path.parent)
    near = did_you_mean(path.name, names[:_LOOKED_AT], 0.8)
    return near.replace('mean ', f'mean {path.parent}/') if path.parent != Path() else near
