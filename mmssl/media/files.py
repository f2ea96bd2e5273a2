"""Errors of media files, checks of paths, and files of text and rows."""

import csv
import io
import json
import os
import re
import shlex
import stat
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Literal, overload

import av
from av.container import InputContainer, OutputContainer
from av.stream import Disposition, Stream

from ..files import FULL, StrPath, atomic_file

#: A path may have lost one of the slashes, and a drive has one letter.
_URL = re.compile(r'([A-Za-z][A-Za-z0-9+.-]+):/')

#: Start of a WAV file, and words that begin a frame of DTS, by the order and width of its bits.
_WAV = re.compile(rb'(RIFF|RF64)....WAVE', re.DOTALL)
_DTS = re.compile(rb'\x7f\xfe\x80\x01|\xfe\x7f\x01\x80|\x1f\xff\xe8\x00|\xff\x1f\x00\xe8')
#: Bytes that FFmpeg searches, and the fewest frames that it takes for DTS.
_SEARCHED, _FRAMES = 5_000_000, 4


class MediaError(ValueError):
    """A media file cannot give the requested data; the message gives the reason."""


@contextmanager
def media_errors(path: StrPath, action: str) -> Iterator[None]:
    """Turn any error of a decoder over a damaged file into a :class:`MediaError`.

    Args:
        path: The file.
        action: The attempt, such as ``'PyAV cannot decode'``.

    Raises:
        MediaError: If the block fails because of the file.
    """
    try:
        yield
    except MediaError as error:
        if type(error) is not MediaError or os.fspath(path) in str(error):
            raise
        raise MediaError(f'{path}: {error}') from error
    # Besides FFmpeg's own errors, wrong numbers cause errors of all kinds.
    except Exception as error:
        raise MediaError(f'{path}: {action}: {reason(error)}') from error


def reason(error: Exception) -> str:
    """The text of an error that a file caused, in one line.

    Raises:
        Exception: The error itself if the file is not at fault, because the disk is full.
    """
    if getattr(error, 'errno', None) in FULL:
        raise error
    text = ' '.join(str(error).split())
    expected = isinstance(error, (av.FFmpegError, ValueError, ArithmeticError, OSError))
    return text if text and expected else f'{type(error).__name__}: {text}'.rstrip(': ')


def existing_file(path: StrPath) -> str:
    """Return a path as a string, if the file exists.

    Raises:
        MediaError: If there is no such file, or the path is a URL.
    """
    if not Path(path).is_file():
        raise MediaError(absence(path))
    return os.fspath(path)


def is_url(path: StrPath) -> bool:
    """Whether a path is spelled like a URL."""
    return _URL.match(os.fspath(path)) is not None


def absence(path: StrPath, expected: str = 'file') -> str:
    """Report a missing file or folder, or the entry in its place, and the remedy."""
    url = _URL.match(os.fspath(path))
    if not url and (kind := _kind(path)):
        regular = 'a regular file' if expected == 'file' else f'a {expected}'
        return f'{path}: is a {kind}, not {regular}'
    if not url:
        return f'{path}: no such {expected}'
    # Decoders would read some of them, but clips are read twice and must be files.
    web = url[1].lower().startswith('http')
    way = f'download it first, e.g. yt-dlp {shlex.quote(str(path))}' if web else 'save it as one'
    return f'{path} is a URL, expected a {expected}: {way}'


def _kind(path: StrPath) -> str | None:
    """Kind of the entry at a path, or ``None``."""
    try:
        mode = os.stat(path).st_mode
    except (OSError, ValueError):
        return None
    kinds = {'p': 'pipe', 'd': 'folder', '-': 'file', 's': 'socket', 'c': 'device', 'b': 'device'}
    return kinds.get(stat.filemode(mode)[0], 'special file')


def without_name(text: str, name: StrPath) -> str:
    """A reason without the file's name at its beginning."""
    return text.removeprefix(f'{name}: ')


def open_container(path: StrPath) -> InputContainer:
    """Open a media file by PyAV for reading.

    Invalid UTF-8 in metadata is replaced. A colon in the name stays a colon, although FFmpeg would
    read the text before it as a protocol.
    """
    path = os.path.abspath(path)
    return av.open(path, metadata_errors='ignore', options=_wav_options(path))


def _wav_options(path: str) -> dict[str, str]:
    """Options that open plain WAV files several times faster; none for others.

    FFmpeg looks for DTS in the samples of a WAV file, again and again as it reads on, up to
    5 MB, and cuts the sound into packets of 2 kB. It may skip both where no frames of DTS begin.
    """
    with suppress(OSError), open(path, 'rb') as file:
        if _WAV.match(file.read(12)) and len(_DTS.findall(file.read(_SEARCHED))) < _FRAMES:
            return {'probesize': '8192', 'max_size': '16384'}
    return {}


def create_container(path: StrPath) -> OutputContainer:
    """Create a media file by PyAV; the name is taken as in :func:`open_container`."""
    return av.open(os.path.abspath(path), 'w')


def check_folder(path: StrPath) -> Path:
    """Return the folder for results, which need not exist yet.

    Raises:
        ValueError: If the path, or a folder above it, is a file or cannot be written to.
    """
    place = Path(path).absolute()
    nearest = next(folder for folder in (place, *place.parents) if os.path.lexists(folder))
    if not nearest.is_dir():
        raise ValueError(f'{nearest} is a file, expected a folder for results: choose another name')
    if not (os.access(nearest, os.W_OK | os.X_OK) and _takes_files(nearest)):
        raise ValueError(f'{nearest} cannot be written to: choose another folder for results')
    return Path(path)


def _takes_files(folder: Path) -> bool:
    """Whether a file can be created in a folder. Its mode alone does not tell."""
    try:
        os.rmdir(tempfile.mkdtemp(prefix='.', dir=folder))
    except OSError as error:
        if error.errno in FULL:
            raise
        return False
    return True


def check_file(path: StrPath) -> Path:
    """Return the file for results, which may replace an existing one.

    Raises:
        ValueError: If the path is a folder, or as :func:`check_folder` for the folder above it.
    """
    if Path(path).is_dir():
        raise ValueError(f'{path} is a folder, expected the name of a file')
    check_folder(Path(path).absolute().parent)
    return Path(path)


def file_state(path: StrPath) -> list[int] | None:
    """Size and modification time (ns) of a file; ``None`` if it does not exist."""
    try:
        state = os.stat(path)
    except OSError:
        return None
    return [state.st_size, state.st_mtime_ns]


@overload
def best_stream(container: InputContainer, kind: Literal['video']) -> av.VideoStream | None: ...
@overload
def best_stream(container: InputContainer, kind: Literal['audio']) -> av.AudioStream | None: ...
def best_stream(container: InputContainer, kind: Literal['video', 'audio']) -> Stream | None:
    """The stream of a kind that players choose, ``None`` if there is none.

    The cover of a sound file is chosen only where it is the only picture, and a stream that
    nothing can decode, such as the spatial sound of phones, only where it is alone.

    Args:
        container: Opened PyAV container.
        kind: ``'video'`` or ``'audio'``.

    Raises:
        MediaError: If nothing can decode it.
    """
    stream = container.streams.best(kind)
    if stream is None:
        return None
    if kind == 'video' and _is_cover(stream):
        films = [other for other in container.streams.video if not _is_cover(other)]
        stream = max(films, key=lambda film: film.width * film.height, default=stream)
    if stream.codec_context is None:
        others = (other for other in container.streams if other.type == kind)
        stream = next((o for o in others if o.codec_context and not _is_cover(o)), stream)
    if stream.codec_context is None:
        raise MediaError(f'{container.name}: its {kind} stream is of an unknown codec')
    return stream


def _is_cover(stream: Stream) -> bool:
    return bool(stream.disposition & (Disposition.attached_pic | Disposition.timed_thumbnails))


def origin(container: InputContainer) -> float:
    """Start of an opened PyAV container in seconds: time 0 of the clock.

    Broadcast streams and cut files begin at any time stamp.
    """
    return (container.start_time or 0) / 1e6


def write_text(path: StrPath, text: str) -> None:
    """Write a text file atomically."""
    with atomic_file(path) as partial:
        # The bytes of a file name that is not UTF-8 stay what they are.
        partial.write_text(text, encoding='utf-8', errors='surrogateescape')


def write_rows(path: StrPath, rows: Iterable[Iterable]) -> None:
    """Write a CSV file, as :func:`write_text` does."""
    text = io.StringIO()
    csv.writer(text, lineterminator='\n').writerows(rows)
    write_text(path, text.getvalue())


def require_same_settings(
    folder: StrPath, settings: dict[str, Any], older: dict[str, Any] | None = None
) -> None:
    """Note the settings of a folder's files, and refuse to mix them with others.

    Args:
        folder: Folder; gets ``settings.json``.
        settings: Values for JSON.
        older: Values of settings for older files, which do not name them.

    Raises:
        ValueError: If the folder holds files made with other settings, or as :func:`check_folder`.
    """
    check_folder(folder)
    settings = json.loads(json.dumps(settings))
    note = Path(folder) / 'settings.json'
    before = _dotted({**(older or {}), **json.loads(note.read_text())}) if note.exists() else {}
    now = _dotted(settings)
    changed = [name for name in {**before, **now} if before.get(name) != now.get(name)]
    # A run that was refused before its first file leaves nothing to mix.
    if changed and any(path != note for path in Path(folder).glob('*')) and before:
        made, asked = (
            ', '.join(f'{name}={values.get(name)!r}' for name in changed)
            for values in (before, now)
        )
        raise ValueError(
            f'{folder} holds files made with {made}, asked for {asked}; choose another folder or '
            'delete this one'
        )
    write_text(note, json.dumps(settings))


def _dotted(settings: dict[str, Any], above: str = '') -> dict[str, Any]:
    """Settings in one dict, those of a dict inside as ``NAME.NAME``."""
    flat: dict[str, Any] = {}
    for name, value in settings.items():
        inner = isinstance(value, dict)
        flat.update(_dotted(value, f'{above}{name}.') if inner else {f'{above}{name}': value})
    return flat
