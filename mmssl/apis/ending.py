"""How a program ends: with a documented status, and with one line where something was wrong."""

import io
import os
import pickle
import signal
import sys
import warnings
from collections.abc import Callable

#: Exit statuses.
DONE, SOME_FAILED, BAD_INPUT, INTERRUPTED = 0, 1, 2, 128 + signal.SIGINT

#: Set it to see the traceback behind a refusal.
TRACEBACK = 'MMSSL_TRACEBACK'


def ended(work: Callable[[], object], program: str, goes_on: str = '') -> int:
    """Run a program's work and return its exit status.

    Args:
        work: Returns an exit status, or anything that is no number for 0.
        program: How the program is called, for its texts.
        goes_on: How an interrupted run is continued, for the line that Ctrl-C ends with.
    """
    # Of no use to who has chosen mmcv-lite.
    warnings.filterwarnings('ignore', 'Fail to import', UserWarning)
    # A terminal may lack the letters of a file's name.
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors='backslashreplace')
    try:
        status = work()
        return status if isinstance(status, int) else DONE
    except KeyboardInterrupt:
        print(f'{program}: interrupted{goes_on and f"; {goes_on}"}', file=sys.stderr)
        return INTERRUPTED
    # ValueError is the root of this package's own errors; a refused checkpoint is the other one.
    except (ValueError, OSError, pickle.UnpicklingError) as error:
        if os.environ.get(TRACEBACK):
            raise
        return _refuse(program, error)
    except SystemExit as error:
        # Usage errors and --help have numbers, refusals deeper down have texts.
        return _refuse(program, error) if isinstance(error.code, str) else error.code or DONE


def _refuse(program, error) -> int:
    """Say in one line why the work was not done."""
    text = ' '.join(str(error).split()) or type(error).__name__
    print(f'{program}: error: {text}', file=sys.stderr)
    return BAD_INPUT
