"""How a program ends: with a documented status, and with one line where something was wrong."""

import io
import os
import pickle
import signal
import sys
import warnings
from collections.abc import Callable

from ..files import FULL

#: Exit statuses.
DONE, SOME_FAILED, BAD_INPUT, INTERRUPTED = 0, 1, 2, 128 + signal.SIGINT

#: ValueError is the root of this package's own errors; a refused checkpoint is the last one.
_REFUSALS = (ValueError, OSError, pickle.UnpicklingError)

#: Set it to see the traceback behind a refusal.
TRACEBACK = 'MMSSL_TRACEBACK'


class Unfinished(Exception):
    """Work that was stopped from outside while nothing was wrong with it; the text says by what."""


def ended(work: Callable[[], object], program: str, goes_on: str = '') -> int:
    """Run a program's work and return its exit status.

    Args:
        work: Returns an exit status, or anything that is no number for 0.
        program: How the program is called, for its texts.
        goes_on: How an interrupted run is continued, for the line that Ctrl-C, a full disk or
            lost processes end with.
    """
    then = f'; {goes_on}' if goes_on else ''
    # Of no use to who has chosen mmcv-lite.
    warnings.filterwarnings('ignore', 'Fail to import', UserWarning)
    # A terminal may lack the letters of a file's name.
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors='backslashreplace')
    try:
        status = work()
        return status if isinstance(status, int) else DONE
    except BaseException as error:
        if _is_interrupt(error):
            print(f'{program}: interrupted{then}', file=sys.stderr)
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


def _is_interrupt(error) -> bool:
    """Whether Ctrl-C is at the bottom of an error: some packages turn it into another one."""
    while error and not isinstance(error, KeyboardInterrupt):
        error = error.__cause__ or error.__context__
    return error is not None


def _refuse(program, error, status=BAD_INPUT) -> int:
    """Say in one line why the work was not done."""
    text = ' '.join(str(error).split()) or type(error).__name__
    print(f'{program}: error: {text}', file=sys.stderr)
    return status
