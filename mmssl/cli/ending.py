"""Endings of a program: documented exit statuses, and one line for each error."""

import io
import os
import pickle
import sys
from collections.abc import Callable
from typing import Any

from .. import interrupts
from ..files import FULL
from ..processes import Unfinished, error_text

#: Exit statuses.
DONE, SOME_FAILED, BAD_INPUT, INTERRUPTED = 0, 1, 2, interrupts.INTERRUPTED

#: Errors that end in one line. ValueError is the root of the package's own errors, and torch
#: raises UnpicklingError for checkpoints that it refuses.
_REFUSALS = (ValueError, OSError, pickle.UnpicklingError)

#: Environment variable that shows the traceback behind an error of one line.
TRACEBACK = 'MMSSL_TRACEBACK'


def exit_status(work: Callable[[], object], program: str, resume_hint: str = '') -> int:
    """Run a program's work and return its exit status.

    Args:
        work: The work. If its result is not a number, the status is 0.
        program: Name of the program in its texts.
        resume_hint: How an interrupted run continues. The text ends the line about Ctrl-C, a full
            disk or lost processes.
    """
    then = f'; {resume_hint}' if resume_hint else ''
    _take_outputs()
    try:
        interrupts.raise_again()
        status = work()
        # A failed write appears here, not at the end of the interpreter.
        if sys.stdout is not None:
            sys.stdout.flush()
        return status if isinstance(status, int) else DONE
    except BaseException as error:
        if _is_interrupt(error):
            print(f'{interrupts.line(program)}{then}', file=sys.stderr)
            return INTERRUPTED
        # argparse exits with a number, other code with a text.
        if isinstance(error, SystemExit):
            return _refuse(program, error) if isinstance(error.code, str) else error.code or DONE
        if isinstance(error, Unfinished):
            return _refuse(program, f'{error}{then}', SOME_FAILED)
        if os.environ.get(TRACEBACK) or not isinstance(error, _REFUSALS):
            raise
        if getattr(error, 'errno', None) in FULL:
            # The files written before are complete.
            return _refuse(program, f'{error}; free some space{then}', SOME_FAILED)
        return _refuse(program, error)


class _Output(io.FileIO):
    """An output of the process. The work goes on if its reader closes it.

    Args:
        number: File descriptor.
        called: Name of the output in errors.
    """

    def __init__(self, number: int, called: str) -> None:
        super().__init__(number, 'w', closefd=False)
        self._called, self._lost = called, False

    def write(self, data: Any) -> int:  # anything like bytes
        if self._lost:
            return len(data)
        try:
            return super().write(data)
        except OSError as error:
            # This is reported once: the rest of the buffers would fail again.
            self._lost = True
            if isinstance(error, BrokenPipeError):
                return len(data)
            text = f'{self._called} cannot be written: {error.strerror}'
            raise OSError(error.errno, text) from error


def _take_outputs() -> None:
    """Let the outputs survive a reader that closes them, as in ``mmssl ... | head``."""
    for name, number, called in (
        ('stdout', 1, 'standard output'),
        ('stderr', 2, 'standard error'),
    ):
        stream = getattr(sys, name)
        if not isinstance(stream, io.TextIOWrapper):
            continue
        # Some terminals cannot show the letters of a file name.
        stream.reconfigure(errors='backslashreplace')
        if _descriptor(stream) == number:
            setattr(sys, name, _on(_Output(number, called), stream))


def _descriptor(stream: io.TextIOWrapper) -> int | None:
    try:
        return stream.fileno()
    except OSError:
        return None  # in memory, as in tests


def _on(output: _Output, stream: io.TextIOWrapper) -> io.TextIOWrapper:
    """A text stream on an output, with the settings of another stream."""
    plain = stream.write_through
    return io.TextIOWrapper(
        output if plain else io.BufferedWriter(output),
        encoding=stream.encoding,
        errors=stream.errors,
        line_buffering=stream.line_buffering,
        write_through=plain,
    )


def _is_interrupt(error: BaseException | None) -> bool:
    """Whether Ctrl-C caused an error. Some packages turn it into another one."""
    while error and not isinstance(error, KeyboardInterrupt):
        error = error.__cause__ or error.__context__
    return error is not None


def _words(error: BaseException | str) -> str:
    """The text of an error. An error of the system gives the file and the reason."""
    if not isinstance(error, OSError) or error.filename is None or error.strerror is None:
        return error if isinstance(error, str) else error_text(error)
    if isinstance(error, FileNotFoundError):
        return f'{error.filename}: no such file'
    return f'{error.filename}: {error.strerror}'


def _refuse(program: str, error: BaseException | str, status: int = BAD_INPUT) -> int:
    """Print the one line of an error, and return its status."""
    text = ' '.join(_words(error).split()) or type(error).__name__
    print(f'{program}: error: {text}', file=sys.stderr)
    return status
