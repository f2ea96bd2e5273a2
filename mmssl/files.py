"""Files that appear whole or not at all, and errors that name the file if the disk is full."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

#: A path.
StrPath = str | os.PathLike[str]

#: System errors that affect every file: a full disk, a full quota.
FULL = (errno.ENOSPC, errno.EDQUOT)
#: Bytes of the longest name that file systems allow.
_LONGEST_NAME = 255
#: Bytes of a test write, more than a file system keeps in its last block.
_PROBE = 1 << 16


@contextmanager
def atomic_file(path: StrPath) -> Iterator[Path]:
    """Let a file appear under its name only when it is complete.

    Yields:
        A path in the same folder, with the same suffix, to write to. When the
        block ends, the file replaces ``path``; if the block fails, it is removed.
        A kill leaves it behind, hidden, as ``.STEM.PID.partial.SUFFIX``.

    Raises:
        OSError: If the disk or the quota is full, whatever the block raised. It names ``path``.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(_partial_name(path))
    try:
        yield partial
        partial.replace(path)
    except BaseException as error:
        # Check before the space is freed.
        number = full_number(partial) if isinstance(error, Exception) else None
        partial.unlink(missing_ok=True)
        if number is None:
            raise
        raise OSError(number, os.strerror(number), str(path)) from error


@contextmanager
def naming(path: StrPath) -> Iterator[None]:
    """Add the name of the written file to a system error that does not name one."""
    try:
        yield
    except OSError as error:
        if error.errno is None or error.filename is not None:
            raise
        raise OSError(error.errno, error.strerror, os.fspath(path)) from error


def full_number(path: Path) -> int | None:
    """The error number if a file's disk has no space left for it, found by writing to the file.

    Writers raise different errors: those of numpy and Pillow have no number, and torch raises a
    RuntimeError.
    """
    try:
        with path.open('ab') as file:
            file.write(bytes(_PROBE))
    except OSError as error:
        return error.errno if error.errno in FULL else None
    return None


def shortened(name: str, most: int) -> str:
    """Return the beginning of a file's name, with at most ``most`` bytes."""
    content = os.fsencode(name)
    return name if len(content) <= most else content[:most].decode('utf-8', 'ignore')


def _partial_name(path: Path) -> str:
    end = f'.{os.getpid()}.partial{path.suffix}'
    # A name of the greatest allowed length leaves no room for more.
    stem = shortened(path.stem, _LONGEST_NAME - len(os.fsencode(end)) - 1)
    return f'.{stem}{end}'
