"""Run several jobs at a time, each on one thread, and continue after an interruption.

With one thread per job, a result does not depend on other running jobs, and two
jobs on two cores are faster than one job on both. A successful job leaves
``done.json`` in its folder and never runs again.
"""

import fcntl
import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from mmssl.media.files import write_text

from .jobs import Job


class JobError(RuntimeError):
    """Jobs failed; the message names their logs."""


def run_jobs(jobs: Sequence[Job], folder: str | os.PathLike, workers: int = 2) -> None:
    """Run all jobs that are not done. If one fails, those that need it are left out.

    Args:
        jobs: Jobs, each after the jobs that it needs.
        folder: The experiment's folder.
        workers: Number of jobs at a time, each on one thread.

    Raises:
        JobError: If jobs failed, after all others are done.
        ValueError: If ``workers`` is not positive, or another run, or a job that a killed run left
            behind, works in the folder.
    """
    if workers < 1:
        raise ValueError(f'workers is {workers}, expected at least 1')
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    done = {job.name for job in jobs if is_done(folder, job)}
    waiting = [job for job in jobs if job.name not in done]
    columns = (TextColumn('{task.description}'), BarColumn(), MofNCompleteColumn())
    with (
        Progress(*columns, TimeElapsedColumn()) as progress,
        _Children(folder / 'lock') as children,
        ThreadPoolExecutor(workers) as pool,
    ):
        bar = progress.add_task('jobs', total=len(jobs), completed=len(done))
        running: dict[Future, Job] = {}
        failures: list[str] = []
        try:
            while True:
                for job in _ready(waiting, done, workers - len(running)):
                    waiting.remove(job)
                    running[pool.submit(_run, job, folder, children)] = job
                if not running:
                    break
                progress.update(bar, description=', '.join(job.name for job in running.values()))
                finished, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in finished:
                    job = running.pop(future)
                    try:
                        future.result()
                        done.add(job.name)
                    except JobError as error:
                        failures.append(str(error))
                progress.update(bar, completed=len(done))
        except KeyboardInterrupt:
            children.stop()
            raise
    if failures:
        left = f'; {len(waiting)} jobs need them and were left out' if waiting else ''
        raise JobError('; '.join(failures) + left)


def is_done(folder: Path, job: Job) -> bool:
    """Whether a job succeeded."""
    return (folder / job.name / 'done.json').exists()


def _ready(waiting, done, room):
    """The first ``room`` jobs whose needs are done."""
    return [job for job in waiting if set(job.needs) <= done][:room]


def _run(job, folder, children):
    place = folder / job.name
    place.mkdir(parents=True, exist_ok=True)
    start = time.monotonic()
    # A time is valid only if nothing interrupted the job.
    unbroken = not (place / 'log.txt').exists()
    with (place / 'log.txt').open('ab') as log:
        code, memory = children.call(job.command, log)
    if code:
        raise JobError(f'{job.name} failed with status {code}, see {place / "log.txt"}')
    seconds = round(time.monotonic() - start, 1) if unbroken else None
    note = {'seconds': seconds, 'megabytes': memory, 'command': job.command}
    write_text(place / 'done.json', json.dumps(note))


class _Children:
    """Processes that end with this process; otherwise they lock the folder until they end."""

    def __init__(self, path):
        self._running = set()
        self._lock = threading.Lock()
        self._stopped = False
        self._claim = path.open('w')
        try:
            fcntl.flock(self._claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            self._claim.close()
            raise ValueError(
                f'{path.parent}: another run works here, or a job that a killed run left '
                'behind; wait for it, or end it'
            ) from error

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.stop()
        self._claim.close()

    def call(self, command, log):
        """Exit status of a command, and the largest resident memory of its processes (MB)."""
        environment = {**os.environ, 'OMP_NUM_THREADS': '1'}
        with self._lock:
            if self._stopped:
                return -1, 0
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=environment,
                pass_fds=[self._claim.fileno()],
            )
            self._running.add(process.pid)
        # Popen's own wait does not return the memory.
        _, status, usage = os.wait4(process.pid, 0)
        with self._lock:
            self._running.discard(process.pid)
        process.returncode = os.waitstatus_to_exitcode(status)
        return process.returncode, round(usage.ru_maxrss / 1024)

    def stop(self):
        with self._lock:
            self._stopped = True
            for number in self._running:
                os.kill(number, signal.SIGTERM)
