"""Show the progress of long tasks: as a bar on a terminal, as lines in a log.

Both show how much is done and how much time remains.
"""

import sys
import time
from collections.abc import Iterable, Iterator, Sized
from typing import TextIO, TypeVar

from rich.console import Console
from rich.progress import track as bar

from .interrupts import raise_if_lost

T = TypeVar('T')

#: Seconds between two lines in a log.
INTERVAL = 10.0


def track(
    items: Iterable[T],
    title: str,
    total: int | None = None,
    *,
    disable: bool = False,
    stderr: bool = False,
) -> Iterator[T]:
    """Iterate over items and show the progress.

    Args:
        items: Items of the task.
        title: Name of the task.
        total: Number of items, ``len(items)`` if ``None``.
        disable: Show nothing.
        stderr: Show it on standard error, for tasks that print results to standard output.

    Yields:
        The items.

    Raises:
        KeyboardInterrupt: If Ctrl-C was lost, see :func:`mmssl.interrupts.raise_if_lost`.
    """
    if total is None and isinstance(items, Sized):
        total = len(items)
    items = _until_interrupted(items)
    if disable:
        yield from items
    elif (console := Console(stderr=stderr)).is_terminal:
        yield from bar(items, title, total, console=console)
    else:
        yield from _lines(items, title, total, sys.stderr if stderr else sys.stdout)


def _until_interrupted(items: Iterable[T]) -> Iterator[T]:
    for item in items:
        raise_if_lost()
        yield item


def _lines(items: Iterable[T], title: str, total: int | None, stream: TextIO) -> Iterator[T]:
    begin = last = time.monotonic()
    done = 0
    if total != 0:
        print(_line(title, 0, total, 0), file=stream, flush=True)
    for item in items:
        yield item
        done += 1
        now = time.monotonic()
        if now - last >= INTERVAL and done != total:
            print(_line(title, done, total, now - begin), file=stream, flush=True)
            last = now
    print(_line(title, done, total, time.monotonic() - begin), file=stream, flush=True)


def _line(title: str, done: int, total: int | None, seconds: float) -> str:
    """Make a line with the number of finished items and the time taken or remaining."""
    if done == total:
        return f'{title}: {done} of {total}, took {_clock(seconds)}'
    if total is None:
        return f'{title}: {done}'
    remaining = f', {_clock(seconds / done * (total - done))} remaining' if done else ''
    return f'{title}: {done} of {total}{remaining}'


def _clock(seconds: float) -> str:
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f'{hours}:{minutes:02}:{seconds:02}'
