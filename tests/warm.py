"""A warm process that commands are typed into.

Programs run in children that a server forks which has imported what they
import: a command costs what it does, not the four seconds in which torch and
MMAction2 are imported. Each child has a state of its own, as a process that is
started anew has.
"""

import multiprocessing
import os
import runpy
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing import forkserver
from pathlib import Path

ROOT = Path(__file__).parent.parent

#: What the server imports before it forks.
PRELOADED = ('mmssl.models', 'mmssl.datasets', 'mmssl.apis', 'mmssl.report.evaluators', 'librosa')

#: Seconds after which a wait counts as a hang, even on a busy machine.
PATIENCE = 900


@dataclass
class Outcome:
    """What became of a command.

    Attributes:
        status: Exit status, negative for a signal.
        printed: Its standard output.
        errors: Its standard error.
    """

    status: int
    printed: str
    errors: str = ''

    @property
    def output(self) -> str:
        """Standard output, then standard error."""
        return self.printed + self.errors


def start_server() -> None:
    """Start the server first, so that nothing starts one with fewer imports."""
    context = multiprocessing.get_context('forkserver')
    context.set_forkserver_preload([*PRELOADED])
    forkserver.ensure_running()


def warm(function: Callable, *arguments, folder: Path) -> Outcome:
    """Run a function in a child of the server, in a folder."""
    with tempfile.TemporaryDirectory() as place:
        logs = [f'{place}/printed', f'{place}/errors']
        process = child(folder, logs, function, *arguments)
        process.join(PATIENCE)
        printed, errors = (
            Path(log).read_text(errors='replace') if Path(log).exists() else '' for log in logs
        )
    if process.is_alive():
        process.kill()
        process.join()
        errors += f'\nnot done after {PATIENCE} s'
    return Outcome(process.exitcode, printed, errors)


def run_tool(*words, folder: Path = ROOT) -> Outcome:
    """Run a program with arguments in a child of the server."""
    return warm(run_words, ['python', *map(str, words)], folder=folder)


def run_words(words: list[str]) -> None:
    """Run a Python program, or ``mmssl``, in this process as a command line names it."""
    if Path(words[0]).name == 'mmssl':
        words = ['python', '-m', 'mmssl', *words[1:]]
    words = [word for word in words if word != '-u']  # Output is not buffered here anyway.
    if words[1] == '-m':
        sys.argv = words[2:]
        runpy.run_module(words[2], run_name='__main__', alter_sys=True)
    else:
        sys.argv = words[1:]
        sys.path.insert(0, str(Path(words[1]).parent.resolve()))
        runpy.run_path(words[1], run_name='__main__')


def child(folder: Path, logs: list[str], function: Callable, *arguments) -> multiprocessing.Process:
    """Start a function in a child of the server, in a folder.

    Args:
        folder: Folder in which it runs.
        logs: Files for its standard output and its standard error.
        function: A function that the child can import.
        arguments: Its arguments.
    """
    start_server()
    context = multiprocessing.get_context('forkserver')
    process = context.Process(target=_enter, args=(folder, logs, function, *arguments))
    process.start()
    return process


def wait_until(condition: Callable) -> object:
    """Wait until a function returns a true value, and return it.

    Raises:
        TimeoutError: If it takes longer than :data:`PATIENCE`.
    """
    end = time.monotonic() + PATIENCE
    while not (found := condition()):
        if time.monotonic() > end:
            raise TimeoutError(f'not so after {PATIENCE} s')
        time.sleep(0.01)
    return found


def _enter(folder, logs, function, *arguments) -> None:
    """Change to a folder, redirect output to files, and run a function."""
    # Workers of this child come from the same server; its address is inherited.
    forkserver._forkserver.ensure_running = forkserver.ensure_running = lambda: None
    os.chdir(folder)
    for number, log in enumerate(logs, 1):
        os.dup2(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND), number)
    sys.stdout = open(1, 'w', buffering=1, closefd=False)  # noqa: SIM115
    sys.stderr = open(2, 'w', buffering=1, closefd=False)  # noqa: SIM115
    function(*arguments)
