"""Servers that fork worker processes, and errors of worker processes."""

import multiprocessing
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import forkserver, resource_tracker
from multiprocessing.context import BaseContext


class Unfinished(Exception):
    """Work that was stopped from outside without a fault of its own; the text names the cause."""


def error_text(error: BaseException) -> str:
    """The text of an error, without the traceback from the process of a data loader."""
    text = str(error)
    # torch puts it into the message.
    _, mark, trace = text.rpartition('Traceback (most recent call last):\n')
    if not (mark and 'DataLoader worker' in text):
        return text
    lines = [line for line in trace.splitlines() if line and not line.startswith(' ')]
    return ' '.join(lines).removeprefix(f'{type(error).__name__}: ')


def forking_server(*modules: str) -> BaseContext:
    """Start the server that forks workers, if there is none, and return its context.

    Forking this process, which may have threads (torch's, a decoder's), can lock up its children;
    a server that has done nothing but import forks safely and at once. Ctrl-C reaches neither the
    server nor its children: this process ends them.

    Args:
        modules: What the server imports first.
    """
    context = multiprocessing.get_context('forkserver')
    context.set_forkserver_preload([*modules])
    # Where the server has to start it, signals are let through again.
    resource_tracker.ensure_running()
    with _interrupt_waiting():
        forkserver.ensure_running()
    # Workers that are asked for before the server has imported are forked even after this process
    # has given up, and miss what it has taken away. A first child waits for the imports.
    first = context.Process()
    first.start()
    first.join()
    return context


@contextmanager
def _interrupt_waiting() -> Iterator[None]:
    """Hold Ctrl-C back for a moment; processes that are started in it never get it."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
