"""Programs that stop for ever at a point that a test chose, and are killed there.

A program that is killed when a file appears may be done before the signal
comes, where other work has the processor. One that stops by itself is neither
early nor late. ``python -m tests.held FOLDER FUNCTION CALLS PROGRAM ...`` runs a
program as its command line names it; when a call of the function, the one of
that number, has done its work, it never returns, and the process leaves a file
in the folder whose name is its number.
"""

import itertools
import os
import signal
import subprocess
import sys
import tempfile
import threading
from importlib import import_module
from pathlib import Path

from .warm import run_words, wait_until


def hold(folder: str, function: str, calls: int) -> None:
    """Let a function not return from the call of that number on.

    Args:
        folder: Where this process says that it is held.
        function: ``MODULE:NAME`` or ``MODULE:CLASS.NAME``.
        calls: Number of the call, from 1.
    """
    import_module('mmssl')  # It repairs what others need.
    module, _, path = function.partition(':')
    owner = import_module(module)
    *parents, name = path.split('.')
    for parent in parents:
        owner = getattr(owner, parent)
    wrapped, numbers = getattr(owner, name), itertools.count(1)

    def held(*arguments, **options):
        result = wrapped(*arguments, **options)
        if next(numbers) >= calls:
            Path(folder, str(os.getpid())).touch()
            threading.Event().wait()
        return result

    setattr(owner, name, held)


def start_held(
    folder: str | os.PathLike,
    function: str,
    calls: int,
    words: list,
    *,
    launcher: tuple[str, ...] = (),
    processes: int = 1,
    **options,
) -> subprocess.Popen:
    """Start a program, and return when its processes are held.

    Args:
        folder: Empty folder where they say that they are.
        function, calls: Where they are held, see :func:`hold`.
        words: Program and arguments, after ``python``.
        launcher: Options of Python that run a module in several processes.
        processes: How many of them are to be held.
        options: Of ``Popen``.
    """
    ours = [*launcher, '-m', 'tests.held', str(folder), function, str(calls)]
    command = [sys.executable, *ours, *map(str, words)]
    process = subprocess.Popen(command, start_new_session=True, **options)

    def held():
        assert process.poll() is None, f'it ended before it was held: {command}'
        return len(os.listdir(folder)) >= processes

    wait_until(held)
    return process


def kill_held(*arguments, **options) -> None:
    """Start a program, and kill it and its processes where they are held.

    Arguments are those of :func:`start_held` but for the folder.
    """
    quiet = {'stdout': subprocess.DEVNULL, 'stderr': subprocess.DEVNULL}
    with tempfile.TemporaryDirectory() as folder:
        process = start_held(folder, *arguments, **quiet, **options)
        # Each process that torchrun starts has a group of its own.
        members = (process.pid, *map(int, os.listdir(folder)))
        for group in dict.fromkeys(os.getpgid(member) for member in members):
            os.killpg(group, signal.SIGKILL)
        process.wait()


if __name__ == '__main__':
    _folder, _function, _calls, *_words = sys.argv[1:]
    hold(_folder, _function, int(_calls))
    run_words(['python', *_words])
