"""How a program ends: with a documented status, and with one line where something was wrong."""

import io
import os
import pickle
import sys
from collections.abc import Callable
from typing import Any

from .. import interrupts
from ..files import FULL
from ..processes import Unfinished, said

#: Exit statuses.
DONE, SOME_FAILED, BAD_INPUT, INTERRUPTED = 0, 1, 2, interrupts.INTERRUPTED

#: ValueError is the root of this package's own errors; a refused checkpoint is the last one.
_REFUSALS = (ValueError, OSError, pickle.UnpicklingError)

#: Set it to see the traceback behind a refusal.
TRACEBACK = 'MMSSL_TRACEBACK'


def ended(work: Callable[[], object], program: str, goes_on: str = '') -> int:
    """Run a program's work and return its exit status.

    Args:
        work: Returns an exit status, or anything that is no number for 0.
        program: How the program is called, for its texts.
        goes_on: How an interrupted run is continued, for the line that Ctrl-C, a full disk or
            lost processes end with.
    """
    then = f'; {goes_on}' if goes_on else ''
    _take_outputs()
    try:
        interrupts.raise_again()
        status = work()
        # What cannot be written is found here and not when the interpreter ends.
        if sys.stdout is not None:
            sys.stdout.flush()
        return status if isinstance(status, int) else DONE
    except BaseException as error:
        if _is_interrupt(error):
            print(f'{interrupts.line(program)}{then}', file=sys.stderr)
            return INTERRUPTED
        # Usage errors and --help have numbers, refusals deeper down have texts.
        if isinstance(error, SystemExit):
            return _refuse(program, error) if isinstance(error.code, str) else error.code or DONE
        if isinstance(error, Unfinished):
            return _refuse(program, f'{error}{then}', SOME_FAILED)
        if os.environ.get(TRACEBACK) or not isinstance(error, _REFUSALS):
            raise
        if getattr(error, 'errno', None) in FULL:
            # Neither wrong nor in vain: what was written before is whole.
            return _refuse(program, f'{error}; free some space{then}', SOME_FAILED)
        return _refuse(program, error)


class _Output(io.FileIO):
    """An output of the process that the work does not depend on: nobody has to read it to its end.

    Args:
        number: Descriptor.
        called: What it is called where it cannot be written.
    """

    def __init__(self, number: int, called: str) -> None:
        super().__init__(number, 'w', closefd=False)
        self._called, self._lost = called, False

    def write(self, data: Any) -> int:  # whatever has the interface of bytes
        if self._lost:
            return len(data)
        try:
            return super().write(data)
        except OSError as error:
            # Said once: what is left in buffers fails again.
            self._lost = True
            if isinstance(error, BrokenPipeError):
                return len(data)
            text = f'{self._called} cannot be written: {error.strerror}'
            raise OSError(error.errno, text) from error


def _take_outputs() -> None:
    """Let the outputs survive a reader that has gone, as that of ``mmssl ... | head``."""
    for name, number, called in (
        ('stdout', 1, 'standard output'),
        ('stderr', 2, 'standard error'),
    ):
        stream = getattr(sys, name)
        if not isinstance(stream, io.TextIOWrapper):
            continue
        # A terminal may lack the letters of a file's name.
        stream.reconfigure(errors='backslashreplace')
        if _descriptor(stream) == number:
            setattr(sys, name, _on(_Output(number, called), stream))


def _descriptor(stream: io.TextIOWrapper) -> int | None:
    try:
        return stream.fileno()
    except OSError:
        return None  # in memory, as in tests


def _on(output: _Output, stream: io.TextIOWrapper) -> io.TextIOWrapper:
    """A text stream on an output, with the settings of another."""
    plain = stream.write_through
    return io.TextIOWrapper(
        output if plain else io.BufferedWriter(output),
        encoding=stream.encoding,
        errors=stream.errors,
        line_buffering=stream.line_buffering,
        write_through=plain,
    )


def _is_interrupt(error: BaseException | None) -> bool:
    """Whether Ctrl-C is at the bottom of an error: some packages turn it into another one."""
    while error and not isinstance(error, KeyboardInterrupt):
        error = error.__cause__ or error.__context__
    return error is not None


def _words(error: BaseException | str) -> str:
    """What an error says; of a system's error the file and the reason, as other errors say it."""
    if not isinstance(error, OSError) or error.filename is None or error.strerror is None:
        return error if isinstance(error, str) else said(error)
    if isinstance(error, FileNotFoundError):
        return f'{error.filename}: no such file'
    return f'{error.filename}: {error.strerror}'


def _refuse(program: str, error: BaseException | str, status: int = BAD_INPUT) -> int:
    """Say in one line why the work was not done."""
    text = ' '.join(_words(error).split()) or type(error).__name__
    print(f'{program}: error: {text}', file=sys.stderr)
    return status
