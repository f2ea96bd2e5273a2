"""Maps in files: one npz file per sample, or one archive for all.

A folder holds ``NAME.npz`` (with ``map`` and ``id``) or ``NAME.npy``. Without an id in the file,
its stem is the id, with ``%2F`` and similar codes decoded. An npz archive holds one array for each
sample, named after its id.
"""

import os
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import numpy as np
from numpy.lib.npyio import NpzFile

from ..files import atomic_file

# Most file systems allow 255 bytes; endings and marks of partial files need some.
_LONGEST_NAME = 180
# First bytes of files, and the function that writes them.
_BEGINNINGS = {'.npy': (b'\x93NUMPY', 'numpy.save'), '.npz': (b'PK', 'numpy.savez')}


class MapFileError(ValueError):
    """A file of maps is malformed; the message names it."""


def safe_name(name: str) -> str:
    """A file's stem for any identifier.

    >>> safe_name('a/b c')
    'a%2Fb%20c'
    """
    quoted = quote(name, safe='').replace('.', '%2E')
    if len(quoted) <= _LONGEST_NAME:
        return quoted
    return f'{quoted[:100]}-{sha256(name.encode()).hexdigest()[:32]}'


def write_map(folder: str | os.PathLike, name: str, values: np.ndarray) -> Path:
    """Write one sample's map atomically.

    Args:
        folder: Output folder, created if it is missing.
        name: The sample's identifier.
        values: Float array.

    Returns:
        The file.
    """
    path = Path(folder) / f'{safe_name(name)}.npz'
    write_map_file(path, name, values)
    return path


def write_map_file(path: str | os.PathLike, name: str, values: np.ndarray) -> None:
    """Write one sample's map to an npz file with any name; see :func:`write_map`."""
    with atomic_file(path) as partial:
        np.savez(partial, map=values, id=np.array(name))


class MapFiles(Mapping[str, np.ndarray]):
    """Maps by identifier, read on demand.

    Args:
        path: A folder of npy and npz files, or one npz archive.

    Raises:
        MapFileError: If there are no maps, or an identifier appears twice.
    """

    def __init__(self, path: str | os.PathLike) -> None:
        self.path = Path(path)
        self._archive: NpzFile | None = None
        # Files, or members of the archive.
        self._places: dict[str, str | Path]
        if self.path.is_dir():
            self._places = self._of_folder()
        elif self.path.suffix == '.npz' and self.path.is_file():
            self._archive = archive = _load(self.path)
            self._places = {name: name for name in archive.files}
        else:
            raise MapFileError(
                f'{self.path}: expected a folder of npy or npz files, or one npz archive'
            )
        if not self._places:
            raise MapFileError(f'{self.path}: no maps in it, expected npy or npz files')

    def __getitem__(self, name: str) -> np.ndarray:
        if self._archive is not None:
            return _member(self._archive, str(self._places[name]), self.path)
        place = Path(self._places[name])
        if place.suffix == '.npy':
            return _load(place)
        with _load(place) as archive:
            return _member(archive, _map_key(archive, place), place)

    def __contains__(self, name: object) -> bool:
        # Mapping's own method would read the map.
        return name in self._places

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)

    def _of_folder(self) -> dict[str, str | Path]:
        places: dict[str, str | Path] = {}
        for file in sorted(self.path.iterdir()):
            if file.suffix not in ('.npy', '.npz') or file.name.startswith('.'):
                continue
            name = _identifier(file)
            if name in places:
                raise MapFileError(
                    f'{self.path}: {name!r} is in {Path(places[name]).name} and in {file.name}, '
                    'expected one file for each sample'
                )
            places[name] = file
        return places


def _identifier(file: Path) -> str:
    if file.suffix == '.npz':
        # The identifier of a damaged file is its name, and reading its map raises the error.
        with suppress(MapFileError), _load(file) as archive:
            if 'id' in archive.files:
                return str(_member(archive, 'id', file))
    return unquote(file.stem)


def _map_key(archive: NpzFile, file: Path) -> str:
    keys = [key for key in archive.files if key != 'id']
    if 'map' in keys:
        return 'map'
    if len(keys) == 1:
        return keys[0]
    raise MapFileError(f"{file}: holds {keys}, expected one array, or one named 'map'")


def _member(archive: NpzFile, key: str, file: Path) -> np.ndarray:
    try:
        return archive[key]
    except (ValueError, OSError, zipfile.BadZipFile) as error:
        raise MapFileError(f'{file}: {key} cannot be read: {error}') from error


def _load(file: Path) -> Any:
    """The array of an npy file, or the archive of an npz file."""
    expected, writer = _BEGINNINGS[file.suffix]
    try:
        with open(file, 'rb') as content:
            beginning = content.read(len(expected))
        if beginning == expected:
            return np.load(file, allow_pickle=False)
    except (ValueError, OSError, EOFError, zipfile.BadZipFile) as error:
        raise MapFileError(f'{file}: cannot be read as a numpy file: {error}') from error
    # Numpy treats any other file as a pickle, and its error message is about pickles.
    raise MapFileError(
        f'{file}: cannot be read as {file.suffix[1:]} file: it begins with {beginning!r}, '
        f'expected a file from {writer}'
    )
