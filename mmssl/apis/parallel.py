"""One job on many files: in parallel, past crashes and hangs."""

import multiprocessing
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass
from typing import Any

import cv2
from pebble import ProcessExpired, ProcessPool

#: Jobs a worker has waiting, so that 200,000 files are not queued at once.
_AHEAD = 4


@dataclass(frozen=True)
class Shard:
    """Every ``count``-th item from ``index`` on, for one machine of several."""

    index: int = 0
    count: int = 1

    @classmethod
    def parse(cls, text: str) -> 'Shard':
        """Read ``i/n`` with i in 1..n.

        Raises:
            ValueError: If the text is not of that form.
        """
        index, _, count = text.partition('/')
        if not (index.isdigit() and count.isdigit() and 1 <= int(index) <= int(count)):
            raise ValueError(f'shard is {text!r}, expected i/n with i from 1 to n, e.g. 1/4')
        return cls(int(index) - 1, int(count))

    def of(self, items: list) -> list:
        """This shard's part of a list."""
        return items[self.index :: self.count]

    @property
    def suffix(self) -> str:
        """Part of a file's name that tells shards apart; empty for a whole run."""
        return '' if self.count == 1 else f'-{self.index + 1}-of-{self.count}'


def check_limits(workers: int, time_limit: float) -> None:
    """Refuse numbers with which :func:`run_all` can do nothing.

    Raises:
        ValueError: If there are no workers or there is no time.
    """
    if workers < 1:
        raise ValueError(f'workers is {workers}, expected at least 1 process')
    if not time_limit > 0:
        raise ValueError(f'time_limit is {time_limit} s, expected more than 0')


def run_all(
    job: Callable[[Any], Any], items: Iterable[Any], *, workers: int, time_limit: float
) -> Iterator[tuple[Any, Any]]:
    """Run a job on every item, each within a time limit, in processes that may die.

    Args:
        job: Importable function of one item.
        items: Arguments.
        workers: Processes.
        time_limit: Seconds for an item; the process is killed after them.

    Yields:
        Items with their result, as they are done. Where the process hung or
        died the result is a :class:`JobLost`.

    Raises:
        ValueError: See :func:`check_limits`.
        Exception: What ``job`` raised.
    """
    check_limits(workers, time_limit)
    # Forking this process, which may have threads (torch's, a decoder's), can lock up its
    # children; a server that has done nothing but import forks safely and at once.
    context = multiprocessing.get_context('forkserver')
    context.set_forkserver_preload(['mmssl.media', 'mmssl.apis.parallel'])
    with ProcessPool(workers, context=context, initializer=_single_thread) as pool:
        pending: dict[Future, Any] = {}
        try:
            for item in items:
                pending[pool.schedule(job, args=[item], timeout=time_limit)] = item
                if len(pending) >= _AHEAD * workers:
                    yield from _finished(pending, time_limit)
            while pending:
                yield from _finished(pending, time_limit)
        except BaseException:
            pool.stop()
            raise


@dataclass(frozen=True)
class JobLost:
    """A job whose process hung or died."""

    reason: str


def _finished(pending, time_limit):
    done, _ = wait(pending, return_when=FIRST_COMPLETED)
    for future in done:
        item = pending.pop(future)
        try:
            yield item, future.result()
        except TimeoutError:
            yield item, JobLost(f'not done after {time_limit:g} s')
        except ProcessExpired as death:
            yield item, JobLost(f'the decoder crashed (exit code {death.exitcode})')


def _single_thread():
    """Let OpenCV use one thread in each process."""
    cv2.setNumThreads(1)
