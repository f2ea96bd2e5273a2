"""One job on many files: in parallel, past crashes and hangs."""

import multiprocessing
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from itertools import islice
from typing import Any

import cv2
from pebble import ProcessExpired, ProcessPool
from pebble.pool.process import WORKERS_NAME

from ..processes import Unfinished, forking_server

#: Number of jobs that wait per worker, so that 200,000 files are not queued at once.
_AHEAD = 4
#: Seconds between two checks of the processes.
_GLANCE = 1.0
#: Largest number of starts of a job whose process is killed, and of pools without a result.
_TRIES = 3
#: Exit codes of a process that a user killed, or the system for lack of memory.
_KILLED = (-signal.SIGKILL, -signal.SIGTERM, signal.SIGTERM)
#: Exit code of every process whose server has been killed.
_SERVER_LOST = 255


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
        """Part of a file name that identifies the shard; empty for a whole run."""
        return '' if self.count == 1 else f'-{self.index + 1}-of-{self.count}'


def check_limits(workers: int, time_limit: float) -> None:
    """Refuse numbers that :func:`run_all` cannot use.

    Raises:
        ValueError: If the number of workers or the time limit is not positive.
    """
    if workers < 1:
        raise ValueError(f'workers is {workers}, expected at least 1 process')
    if not time_limit > 0:
        raise ValueError(f'time limit is {time_limit} s, expected more than 0')


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
        Items with their results, as soon as they are ready. If the process hung or died, the result
        is a :class:`LostJob`. If another program killed it, the item starts again, because it may
        not be at fault.

    Raises:
        ValueError: See :func:`check_limits`.
        Unfinished: If all processes are killed again and again.
        Exception: What ``job`` raised.
    """
    check_limits(workers, time_limit)
    run, failures = _Run(job, items, workers, time_limit), 0
    while failures < _TRIES:
        try:
            for result in run.results():
                failures = 0
                yield result
            return
        except _JobKilled:
            pass
        except BrokenProcessPool:
            failures += 1
    raise Unfinished(
        f'the worker processes were killed {_TRIES} times in a row, perhaps for lack of memory; '
        'fewer workers need less'
    )


@dataclass(frozen=True)
class LostJob:
    """A job whose process hung or died."""

    reason: str


@dataclass
class _Task:
    """An item, and how often its process was killed."""

    item: Any
    kills: int = 0


class _JobKilled(BrokenProcessPool):
    """A process was killed at its job. Its locks stay locked for the others."""


class _Run:
    """One job on many items, in processes that start again when all are gone."""

    def __init__(
        self, job: Callable[[Any], Any], items: Iterable[Any], workers: int, time_limit: float
    ) -> None:
        self._job, self._workers, self._time_limit = job, workers, time_limit
        self._new, self._next = map(_Task, items), deque[_Task]()
        self._pending: dict[Future, _Task] = {}

    def results(self) -> Iterator[tuple[Any, Any]]:
        """The remaining items with their results, as soon as they are ready.

        Raises:
            BrokenProcessPool: If the processes are gone; another call continues.
        """
        self._next.extendleft(reversed(self._pending.values()))
        self._pending.clear()
        try:
            context = forking_server('mmssl.media', 'mmssl.collection.parallel')
        except (ConnectionError, EOFError) as error:
            raise BrokenProcessPool from error
        with ProcessPool(self._workers, context=context, initializer=_single_thread) as pool:
            try:
                while self._schedule(pool):
                    yield from self._finished(pool)
            except BaseException:
                pool.stop()
                _terminate_workers()
                raise

    def _schedule(self, pool: ProcessPool) -> bool:
        """Keep the processes busy; returns whether work is left."""
        while len(self._pending) < _AHEAD * self._workers:
            self._next.extend(islice(self._new, not self._next))
            if not self._next:
                break
            item = self._next[0].item
            try:
                future = pool.schedule(self._job, args=[item], timeout=self._time_limit)
            except RuntimeError as error:
                raise BrokenProcessPool from error
            self._pending[future] = self._next.popleft()
        return bool(self._pending)

    def _finished(self, pool: ProcessPool) -> Iterator[tuple[Any, Any]]:
        done, _ = wait(self._pending, _GLANCE, FIRST_COMPLETED)
        # A broken pool loses the jobs that were on their way to it.
        if not done and not pool.active:
            raise BrokenProcessPool
        for future in done:
            result = self._result(future)
            yield self._pending.pop(future).item, result

    def _result(self, future: Future) -> Any:
        try:
            return future.result()
        except TimeoutError:
            return LostJob(f'not done after {self._time_limit:g} s')
        except ProcessExpired as death:
            if death.exitcode == _SERVER_LOST:
                raise BrokenProcessPool from death
            if death.exitcode not in _KILLED:
                return LostJob(f'the decoder crashed (exit code {death.exitcode})')
        task = self._pending[future]
        task.kills += 1
        if task.kills < _TRIES:
            raise _JobKilled
        return LostJob(f'its process was killed {_TRIES} times, perhaps for lack of memory')


def _terminate_workers() -> None:
    """End all workers at once. A pool would end them one by one, and the last would fail."""
    for process in multiprocessing.active_children():
        if process.name == WORKERS_NAME:
            process.terminate()


def _single_thread() -> None:
    """Let OpenCV use one thread in each process."""
    cv2.setNumThreads(1)
