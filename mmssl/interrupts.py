"""Ctrl-C while a program of this package is still importing, which takes seconds.

Imported before anything that takes time. Somebody else's program keeps its own way to end.
"""

import os
import signal
import sys
from pathlib import Path

#: Exit status after Ctrl-C.
INTERRUPTED = 128 + signal.SIGINT


def end_in_one_line() -> None:
    """Let Ctrl-C end one of our programs in a line, until :func:`raise_again`."""
    program = _program()
    # Where it is ignored, as in the background of a script, it stays so.
    if program is None or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        return

    def end(*_: object) -> None:
        # Nothing has been begun, and an exception could be caught by what is imported.
        os.write(2, f'{line(program)}\n'.encode())
        os._exit(INTERRUPTED)

    signal.signal(signal.SIGINT, end)


def raise_again() -> None:
    """Let Ctrl-C raise KeyboardInterrupt, as usual, once there may be something to clean up."""
    if getattr(signal.getsignal(signal.SIGINT), '__module__', None) == __name__:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def line(program: str) -> str:
    """What an interrupted program says."""
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
