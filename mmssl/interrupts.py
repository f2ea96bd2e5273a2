"""Ctrl-C ends a program of this package: in one line while it imports, and later by an exception.

Imported before anything that takes time. Somebody else's program keeps its own way to end.
"""

import os
import signal
import sys
from pathlib import Path

#: Exit status after Ctrl-C.
INTERRUPTED = 128 + signal.SIGINT

#: Whether Ctrl-C has raised KeyboardInterrupt.
_has_raised = False


def end_in_one_line() -> None:
    """Let Ctrl-C end one of our programs in a line, until :func:`raise_again`."""
    program = _program()
    # Where it is ignored, as in the background of a script, it stays so.
    if program is None or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        return

    def end(*_: object) -> None:
        # No work has begun, and an imported module could catch an exception.
        os.write(2, f'{line(program)}\n'.encode())
        os._exit(INTERRUPTED)

    signal.signal(signal.SIGINT, end)


def raise_again() -> None:
    """Let Ctrl-C raise KeyboardInterrupt, as usual, once there may be something to clean up."""
    global _has_raised
    _has_raised = False
    if getattr(signal.getsignal(signal.SIGINT), '__module__', None) == __name__:
        signal.signal(signal.SIGINT, _raise)


def raise_if_lost() -> None:
    """Raise KeyboardInterrupt once more, if one was raised that did not end the work.

    Python drops what is raised while an object is finalized, and other packages have an ``except:``
    of their own: MMEngine has one where it writes a checkpoint. Long loops ask at every step.

    Raises:
        KeyboardInterrupt: If Ctrl-C was lost.
    """
    if _has_raised:
        raise KeyboardInterrupt


def _raise(*_: object) -> None:
    global _has_raised
    _has_raised = True
    raise KeyboardInterrupt


def line(program: str) -> str:
    """The last line of an interrupted program."""
    return f'{program}: interrupted'


def _program() -> str | None:
    """How ``mmssl`` or a tool of a clone is called; ``None`` if another program runs."""
    words, clone = sys.orig_argv, Path(__file__).parent.parent
    # The name is not known yet while the package of ``python -m mmssl`` is imported.
    if sys.argv[:1] == ['-m']:
        return 'mmssl' if 'mmssl' in words[: words.index('-m') + 2] else None
    path = Path(sys.argv[0] if sys.argv else '').resolve()
    if path.suffix == '.py' and clone / 'tools' in path.parents:
        return path.relative_to(clone).as_posix()
    return 'mmssl' if path.stem == 'mmssl' and path.is_file() else None
