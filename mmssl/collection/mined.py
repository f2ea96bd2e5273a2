"""Results of mining, and the writing of their files."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TextIO

from ..media.journal import Journal

#: Class of sounding objects that a model without classes localized in clips without labels.
UNKNOWN_CLASS = 'sounding object'


class MiningResults:
    """Results of :func:`mmssl.collection.mine.mine`, read from disk on demand.

    Args:
        videos: Video files by identifier, in the data set's order.
        classes: Names of the classes.
        journal: The results.

    Attributes:
        frames: The frames' files by identifier if they were written; ``None`` otherwise.
    """

    def __init__(self, videos: dict[str, str], classes: list[str] | None, journal: Journal) -> None:
        self.videos = videos
        self.classes = classes
        self.frames: dict[str, Path] | None = None
        self._journal = journal

    def readable(self) -> Iterator[tuple[str, dict]]:
        """Identifier and record of every clip that could be read."""
        return ((n, r) for n, r in self._records() if 'unreadable' not in r)

    def unreadable(self) -> list[tuple[str, str]]:
        """Identifier and reason of every clip that could not be read."""
        return [(n, r['unreadable']) for n, r in self._records() if 'unreadable' in r]

    def class_name(self, record: dict) -> str:
        """Name of a record's class; its number if there are no names."""
        if name := record.get('word'):
            return name
        index = record['class']
        if index is None:
            return UNKNOWN_CLASS
        return self.classes[index] if self.classes else str(index)

    def _records(self) -> Iterator[tuple[str, dict]]:
        return ((name, self._journal[name]) for name in self.videos)


def write_items(file: TextIO, brackets: str, items: Iterable[str]) -> None:
    """Write JSON texts as they come, one per line, between two brackets."""
    file.write(brackets[0])
    for number, item in enumerate(items):
        file.write(f'{"," if number else ""}\n{item}')
    file.write(f'\n{brackets[1]}')
