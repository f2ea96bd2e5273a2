"""Results by key that survive a kill."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ..files import StrPath, naming


class Journal(Mapping[str, Any]):
    """A file of results: one JSON line each, appended as they come.

    Memory holds the place of a result, not the result.

    Args:
        path: File to append to. All ``STEM*SUFFIX`` files beside it are read too, so that a run
            knows the results of other processes and earlier runs.
        stem: Beginning of their names.
    """

    def __init__(self, path: StrPath, stem: str = 'journal') -> None:
        self._path = Path(path)
        self._path.parent.mkdir(parents=True, exist_ok=True)
        _cut_torn_line(self._path)
        self._places: dict[str, tuple[Path, int]] = {}
        for file in sorted(self._path.parent.glob(f'{stem}*{self._path.suffix}')):
            self._read(file)
        self._file = self._path.open('ab')

    def _read(self, path: Path) -> None:
        place = 0
        with path.open('rb') as file:
            for line in file:
                # Another process may still write its last line.
                if line.endswith(b'\n'):
                    self._places[json.loads(line)[0]] = path, place
                place += len(line)

    def add(self, key: str, record: Any) -> None:
        """Append a result. It is on disk when the function returns."""
        self._places[key] = self._path, self._file.tell()
        with naming(self._path):
            self._file.write(json.dumps([key, record]).encode() + b'\n')
            self._file.flush()

    def __contains__(self, key: object) -> bool:
        return key in self._places

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)

    def __getitem__(self, key: str) -> Any:
        path, place = self._places[key]
        with path.open('rb') as file:
            file.seek(place)
            return json.loads(file.readline())[1]


def _cut_torn_line(path: Path) -> None:
    """A kill may leave half a line at the end."""
    if path.exists():
        content = path.read_bytes()
        whole = content.rfind(b'\n') + 1
        if whole < len(content):
            with path.open('r+b') as file:
                file.truncate(whole)
