"""Clips that are read in a process of their own, because decoders can crash and hang.

A damaged file can crash FFmpeg, make it hang, or make it take all memory. This ends the process
that reads the file, and only the reading of that file fails.

A *starter* is forked early, while this process has no threads. It forks one process for every
reader that is needed, also for children of this process, such as data loaders. Readers are used
again, clip after clip, and end when the other end of their connection closes. Processes are forked
on Linux only. On other systems the calling process reads the clips itself.
"""

import faulthandler
import os
import signal
import socket
import sys
import warnings
import weakref
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import partial
from multiprocessing.connection import Connection
from typing import Any, NoReturn

import cv2
import numpy as np

from ..files import StrPath
from ..threads import SHARING
from .clip import Clip
from .files import MediaError, reason
from .joined import Span
from .pictures import Size
from .repairs import Repairs
from .video import DECODER, require_decoder

#: A function that shows the progress of a task, given its steps and their number.
Progress = Callable[[Iterable, int], Iterable]

#: Seconds of silence after which a reader counts as hung.
PATIENCE = 300.0

_IS_FORKING = sys.platform == 'linux'

#: Connection that asks the starter for readers.
_starter: socket.socket | None = None
#: Readers of this process that are not in use.
_idle: list['_Reader'] = []


def start_isolation() -> None:
    """Fork the starter, if there is none. Call it before this process has threads.

    It is forked when the first clip is opened otherwise.
    """
    if _IS_FORKING:
        _running_starter()


def _running_starter() -> socket.socket:
    global _starter
    if _starter is not None:
        return _starter
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with warnings.catch_warnings():
        # In a notebook there are threads. The child does not rely on any.
        warnings.simplefilter('ignore', DeprecationWarning)
        child = os.fork()
    if not child:
        ours.close()
        _run_and_exit(_start_readers, theirs)
    theirs.close()
    _starter = ours
    return ours


def open_clip(
    video: StrPath,
    audio: StrPath | None = None,
    decoder: str = DECODER,
    span: Span | None = None,
) -> Clip:
    """Open a clip that is read in another process, see :class:`mmssl.media.Clip`.

    Raises:
        MediaError: If a file cannot be read, also if the decoder crashes or hangs.
        ValueError: If the decoder is unknown or not installed.
    """
    require_decoder(decoder)
    if not _IS_FORKING:
        return _opened(video, audio, decoder, span)
    return IsolatedClip(os.fspath(video), os.fspath(audio) if audio else None, decoder, span)


def run_isolated(
    function: Callable[..., Any], video: StrPath, *args: Any, progress: Progress, **kwargs: Any
) -> Any:
    """Call ``function(video, *args, progress=..., **kwargs)`` in another process.

    Args:
        function: A function that :mod:`pickle` can name.
        video: File that is read, for messages.
        args, kwargs: Arguments that :mod:`pickle` can copy.
        progress: Called here with steps and their number, as the function does there.

    Raises:
        MediaError: If the process crashes or hangs.
        Exception: An error of the function.
    """
    if not _IS_FORKING:
        return function(video, *args, progress=progress, **kwargs)
    reader = _taken_reader()
    try:
        return reader.ask(video, 'run', function, video, *args, shown=progress, **kwargs)
    finally:
        reader.release()


class IsolatedClip(Clip):
    """A clip in a reader's process, with the interface of :class:`mmssl.media.Clip`."""

    def __init__(self, video: str, audio: str | None, decoder: str, span: Span | None) -> None:
        self._video, self._remote = video, _taken_reader()
        weakref.finalize(self, self._remote.release)
        self.duration, self._is_still = self._ask('open', video, audio, decoder, span)

    @property
    def repair_counts(self) -> Repairs:
        """See :attr:`Clip.repair_counts`."""
        return self._ask('repair_counts')

    @property
    def is_still(self) -> bool:
        """As :attr:`Clip.is_still`."""
        return self._is_still

    @property
    def peak(self) -> float:
        """As :attr:`Clip.peak`."""
        return self._ask('peak')

    def frames(self, times: np.ndarray, size: Size | None = None) -> list[np.ndarray]:
        """As :meth:`Clip.frames`."""
        return self._ask('frames', times, size)

    def samples(self, start: float, duration: float) -> np.ndarray:
        """As :meth:`Clip.samples`."""
        return self._ask('samples', start, duration)

    def _ask(self, what: str, *args: Any) -> Any:
        return self._remote.ask(self._video, what, *args)


class _Reader:
    """This side of a reader's process."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            _send_to_starter(theirs)
        self._connection = Connection(ours.detach())
        self._process = self._connection.recv()
        SHARING.helpers.add(self._process)
        self._owner = os.getpid()
        self._is_lost = False

    def ask(
        self, video: StrPath, what: str, *args: Any, shown: Progress | None = None, **kwargs: Any
    ) -> Any:
        """Let the reader do something, and return its answer or raise its error."""
        if self._is_lost:
            raise MediaError(f'{video}: its reader has ended over it')
        try:
            self._connection.send((os.getcwd(), what, args, kwargs))
            answer = self._answer(shown)
        except TimeoutError as error:
            self._end()
            raise MediaError(f'{video}: the decoder hangs, {error}') from None
        except (EOFError, ConnectionError) as error:
            self._end()
            raise MediaError(f'{video}: the decoder crashed') from error
        except BaseException:
            # An answer that comes later would be taken for that of the next question.
            self._end()
            raise
        if isinstance(answer, Exception):
            raise answer
        return answer

    def _answer(self, shown: Progress | None) -> Any:
        kind, value = self._receive()
        if kind == 'steps' and shown is not None:
            answers: list[Any] = []
            for _ in shown(self._steps(answers), value):
                pass
            return answers[-1]
        return value

    def _steps(self, answers: list[Any]) -> Iterator[None]:
        """Steps that the reader reports, until it answers."""
        while (received := self._receive())[0] != 'answer':
            yield None
        answers.append(received[1])

    def _receive(self) -> tuple[str, Any]:
        if not self._connection.poll(PATIENCE):
            raise TimeoutError(f'no answer for {PATIENCE:g} s')
        return self._connection.recv()

    @property
    def is_alive(self) -> bool:
        """Whether an unused reader still has an open connection."""
        # It sends nothing without a question, so only an end can be received.
        return not self._connection.poll()

    def release(self) -> None:
        """Keep the reader for the next clip, unless it is lost or belongs to another process."""
        if not self._is_lost and self._owner == os.getpid():
            _idle.append(self)

    def _end(self) -> None:
        self._is_lost = True
        SHARING.helpers.discard(self._process)
        self._connection.close()
        with suppress(ProcessLookupError):
            os.kill(self._process, signal.SIGKILL)


def _taken_reader() -> _Reader:
    while _idle:
        reader = _idle.pop()
        if reader.is_alive:
            return reader
    return _Reader()


def _send_to_starter(connection: socket.socket) -> None:
    """Hand an end of a connection to a new reader."""
    global _starter
    starter = _running_starter()
    try:
        socket.send_fds(starter, [b'read'], [connection.fileno()])
    except ConnectionError:
        # The system may end any process, if memory runs out.
        starter.close()
        _starter = None
        socket.send_fds(_running_starter(), [b'read'], [connection.fileno()])


# A forked process must not use its parent's readers.
if _IS_FORKING:
    os.register_at_fork(after_in_child=_idle.clear)
    os.register_at_fork(after_in_child=SHARING.helpers.clear)


def _run_and_exit(work: Callable[..., None], *args: Any) -> NoReturn:
    """Do a child's work, and nothing of the parent's."""
    try:
        # Ctrl-C reaches all processes of a terminal. This one ends with its parent.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        work(*args)
    finally:
        os._exit(0)


def _start_readers(control: socket.socket) -> None:
    """Fork a reader for every connection, until all senders are gone."""
    # Programs that wait for the end of the parent's output or connections must not wait for this
    # one.
    os.closerange(3, control.fileno())
    os.closerange(control.fileno() + 1, os.sysconf('SC_OPEN_MAX'))
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    # A crash is reported in one line.
    faulthandler.disable()
    # 1 would wait for the parent's threads to end, which a fork does not have.
    cv2.setNumThreads(0)
    # The system collects readers that end.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        _, connections, *_ = socket.recv_fds(control, 16, 1)
        if not connections:
            return
        if not os.fork():
            control.close()
            _run_and_exit(_read, Connection(connections[0]))
        os.close(connections[0])


def _read(connection: Connection) -> None:
    """Answer the requests of the other end."""
    connection.send(os.getpid())
    clip: Clip | None = None
    answer: Any
    while True:
        try:
            folder, what, args, kwargs = connection.recv()
        except (EOFError, ConnectionError):
            return
        try:
            os.chdir(folder)
            if what == 'open':
                # The previous clip is released first.
                clip = None
                clip = _opened(*args)
                answer = clip.duration, clip.is_still
            elif what == 'run':
                function, *args = args
                answer = function(*args, progress=partial(_told, connection), **kwargs)
            else:
                answer = getattr(clip, what)
                answer = answer(*args) if callable(answer) else answer
        except Exception as error:
            answer = error
        connection.send(('answer', answer))


def _opened(video: StrPath, audio: StrPath | None, decoder: str, span: Span | None) -> Clip:
    """The clip. Any error of the decoder over its files is a :class:`MediaError`."""
    try:
        return Clip(video, audio, decoder, span)
    except MediaError:
        raise
    except Exception as error:
        raise MediaError(f'{video}: {reason(error)}') from error


def _told(connection: Connection, items: Iterable, total: int) -> Iterator:
    """Progress that is sent to the other end."""
    connection.send(('steps', total))
    for item in items:
        yield item
        connection.send(('step', None))
