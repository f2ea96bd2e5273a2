"""Errors of this room, and small files written atomically."""

import os
from pathlib import Path


class MediaError(ValueError):
    """A media file cannot give what was asked of it; the message says why."""


def existing_file(path: str | os.PathLike) -> str:
    """Return a path as a string after making sure that the file is there.

    Raises:
        MediaError: If there is no such file.
    """
    if not Path(path).is_file():
        raise MediaError(f'{path}: no such file')
    return os.fspath(path)


def origin(container) -> float:
    """Start of an opened PyAV container in seconds: time 0 of the clock.

    Broadcast streams and cut files begin at any time stamp.
    """
    return (container.start_time or 0) / 1e6


def write_text(path: str | os.PathLike, text: str) -> None:
    """Write a text file so that its name never shows half of it."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f'.{path.name}.{os.getpid()}.partial')
    partial.write_text(text, encoding='utf-8')
    partial.replace(path)
