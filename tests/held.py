"""Run programs that stop forever at a point that a test chooses, and kill them there.

If a test kills a program when a file appears, the program may be finished before
the signal arrives on a busy machine. A program that stops by itself is always
killed at the same point. ``python -m tests.held FOLDER FUNCTION CALLS PROGRAM ...``
runs the program with its arguments. The call of the function with the number CALLS
does its work but never returns, and the process leaves a file in FOLDER whose name
is its process ID.
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
    """Replace a function: from a given call on, it does its work but never returns.

    Args:
        folder: Folder in which this process leaves its file.
        function: ``MODULE:NAME`` or ``MODULE:CLASS.NAME``.
        calls: Number of the first call that does not return, from 1.
    """
    import_module('mmssl')  # It repairs packages that others import.
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
        folder: Empty folder for the files of held processes.
        function, calls: Where they are held, see :func:`hold`.
        words: Program and arguments, after ``python``.
        launcher: Options of Python that start several processes.
        processes: Number of processes that must be held.
        options: Options of ``Popen``.
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
    """Start a program, and kill all its processes when they are held.

    It takes the arguments of :func:`start_held` except the folder.
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
