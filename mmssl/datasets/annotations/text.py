"""Text, lines, cells and JSON from bytes, for all readers."""

import codecs
import csv
import io
import json
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from operator import attrgetter
from pathlib import Path
from typing import Any, TypeVar

from ...media.files import absence
from .identifiers import canonical_id
from .marks import other_mark

T = TypeVar('T')

_LONGEST_NAME = 251


class AnnotationError(ValueError):
    """An annotation file is malformed; the message names the place."""


class Rows(list[T]):
    """Rows of a file. The first of several rows of a clip stays.

    Args:
        numbered: Number of the line and row, which is comparable.
        name: Clip of a row.

    Attributes:
        repeated: Numbers of the lines that name a clip again; they are left out.
        conflicting: Numbers of those that differ from the first.
    """

    def __init__(self, numbered: Iterable[tuple[int, T]], name: Callable[[T], str]) -> None:
        super().__init__()
        self.repeated: list[int] = []
        self.conflicting: list[int] = []
        first: dict[str, T] = {}
        for line, row in numbered:
            if name(row) not in first:
                first[name(row)] = row
                self.append(row)
                continue
            self.repeated.append(line)
            if first[name(row)] != row:
                self.conflicting.append(line)


def read_text(path: str | os.PathLike, errors: str = 'strict') -> str:
    """A file's text, without a byte order mark.

    Args:
        path: The file.
        errors: Python's error handler for bytes that are not UTF-8.

    Raises:
        AnnotationError: If it cannot be read, is UTF-16 or otherwise not UTF-8, or holds NUL.
    """
    try:
        content = Path(path).read_bytes()
    except (FileNotFoundError, IsADirectoryError) as error:
        raise AnnotationError(absence(path)) from error
    except (OSError, ValueError) as error:
        reason = getattr(error, 'strerror', None) or error
        raise AnnotationError(f'{path}: {reason}') from error
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise AnnotationError(
            f'{path}:1: UTF-16, as Excel\'s "Unicode Text" is, expected UTF-8; in Excel, save it '
            'as "CSV UTF-8 (comma delimited)"'
        )
    position = content.find(b'\0')
    if position >= 0:
        raise AnnotationError(
            f'{path}:{_line_of(content, position)}: a NUL byte, expected text; is the file damaged?'
        )
    try:
        return content.decode('utf-8-sig', errors)
    except UnicodeDecodeError as error:
        # Positions count from behind the byte order mark, which holds no line end.
        line = _line_of(content, error.start)
        raise AnnotationError(
            f'{path}:{line}: not UTF-8 at byte {error.start}; save the file as UTF-8'
        ) from error


def csv_rows(
    path: str | os.PathLike,
    errors: str = 'strict',
    *,
    listed: bool = False,
    delimiter: str = ',',
) -> Iterator[tuple[int, list[str]]]:
    """Lines of a CSV file, their cells stripped; empty lines are passed over.

    Args:
        path, errors: As for :func:`read_text`.
        listed: Whether it may be a list of names, which may hold any character but a comma.
        delimiter: Separator of the columns.

    Raises:
        AnnotationError: If another character than the comma separates the columns, quotes are wrong
            or a cell spans lines.
    """
    text = read_text(path, errors)
    if delimiter == ',' and (found := other_mark(text, listed)):
        raise AnnotationError(
            f'{path}:1: {found} between its columns, expected commas; save it as CSV with commas '
            '(LibreOffice asks for the field delimiter, Excel takes the list separator of the '
            "system's region settings)"
        )
    # AudioSet has spaces in front of its quotes.
    reader = csv.reader(
        io.StringIO(text, newline=''), delimiter=delimiter, strict=True, skipinitialspace=True
    )
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise AnnotationError(f'{path}:{line}: {error}; are its quotes closed?') from error
        if any('\n' in cell or '\r' in cell for cell in cells):
            raise AnnotationError(f'{path}:{line}: a cell spans lines; are its quotes closed?')
        if cells:
            yield line, [cell.strip() for cell in cells]


def unique_rows(path: str | os.PathLike, read: Callable[[str, list[str]], T]) -> Rows[T]:
    """Rows of a CSV file, each of another clip.

    Args:
        path: The file.
        read: From a line's place, ``PATH:LINE``, and its cells to a row with ``video_id``.

    Raises:
        AnnotationError: If there is no row, or ``read`` refuses one.
    """
    numbered = ((line, read(f'{path}:{line}', cells)) for line, cells in csv_rows(path))
    rows = Rows(numbered, attrgetter('video_id'))
    if not rows:
        raise AnnotationError(f'{path}: no rows')
    return rows


def headed_rows(path: str | os.PathLike, header: str) -> list[tuple[str, list[str]]]:
    """Places, ``PATH:LINE``, and cells of the rows below a header.

    Args:
        path: The file.
        header: Names of the columns with commas between them.

    Raises:
        AnnotationError: If the header is another, a row has another number of columns, or there
            is no row.
    """
    rows = csv_rows(path)
    line, first = next(rows, (1, []))
    if ','.join(first) != header:
        raise AnnotationError(f'{path}:{line}: {shown(first)}, expected the header {header}')
    expected = header.replace(',', ', ')
    found = [(place := f'{path}:{n}', columns(place, cells, expected)) for n, cells in rows]
    if not found:
        raise AnnotationError(f'{path}: no rows')
    return found


def json_value(path: str | os.PathLike) -> Any:
    """The content of a JSON file.

    Raises:
        AnnotationError: If it is not JSON, is nested too deeply or holds
            numbers of thousands of digits.
    """
    text = read_text(path)
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise AnnotationError(f'{path}:{error.lineno}: not JSON: {error.msg}') from error
    except RecursionError as error:
        raise AnnotationError(f'{path}:1: nested too deeply, expected a list of entries') from error
    except ValueError as error:
        raise AnnotationError(f'{path}:1: a number of too many digits: {error}') from error


def json_entries(path: str | os.PathLike, *keys: str) -> Iterator['JsonEntry']:
    """Entries of a JSON list of objects, in order.

    Args:
        path: The file.
        keys: Required keys of every entry.

    Raises:
        AnnotationError: If it is no such list.
    """
    return listed_entries(path, json_value(path), *keys)


def listed_entries(path: str | os.PathLike, found: Any, *keys: str) -> Iterator['JsonEntry']:
    """Like :func:`json_entries`, for the content of a file.

    Raises:
        AnnotationError: Likewise.
    """
    if not isinstance(found, list) or not found:
        held = 'an empty list' if found == [] else f'a {type(found).__name__}'
        raise AnnotationError(
            f'{path}: holds {held}, expected a list of entries with {", ".join(keys)}'
        )
    return entries_of(path, found, *keys)


def entries_of(path: str | os.PathLike, listed: list, *keys: str) -> Iterator['JsonEntry']:
    """Entries of a list that a JSON file holds; see :func:`json_entries`."""
    return (JsonEntry(path, index, content, keys) for index, content in enumerate(listed))


class JsonEntry:
    """One object of a JSON list. Errors of its readers name the place."""

    def __init__(self, path: Any, index: int, content: Any, keys: tuple[str, ...]) -> None:
        self._place = f'{path}: entry {index}'
        if not isinstance(content, dict):
            raise AnnotationError(
                f'{self._place} is {shown(content)}, expected an object with {", ".join(keys)}'
            )
        if missing := [key for key in keys if key not in content]:
            raise AnnotationError(f'{self._place} lacks {missing}')
        self.content = content
        if isinstance(name := content[keys[0]], str):
            self._place += f' ({name[:60]})'

    def error(self, message: str) -> AnnotationError:
        """An error that begins with the place."""
        return AnnotationError(f'{self._place}: {message}')

    def name(self, key: str, *, base: bool = False) -> str:
        """A file's or clip's name; only its last part if ``base``."""
        value = self.text(key)
        value = re.split(r'[/\\]', value)[-1] if base else value
        if fault := name_fault(value):
            raise self.error(f'{key} is {shown(value)}, {fault}')
        return value

    def text(self, key: str) -> str:
        """A text that is not empty."""
        value = self.content[key]
        if not isinstance(value, str) or not value.strip():
            raise self.error(f'{key} is {shown(value)}, expected a text')
        return value

    def number(self, key: str) -> float:
        """A finite number, at least 0."""
        value = self.content[key]
        if not is_number(value) or value < 0:
            raise self.error(f'{key} is {shown(value)}, expected a number of at least 0')
        return float(value)

    def numbers(self, key: str, count: int) -> list[float]:
        """A list of ``count`` finite numbers."""
        value = self.content[key]
        if not is_numbers(value, count):
            raise self.error(f'{key} is {shown(value)}, expected {count} finite numbers')
        return [float(number) for number in value]


def is_number(value: Any) -> bool:
    """Whether a JSON value is a number that a float can hold (``true`` is not)."""
    return type(value) in (int, float) and abs(value) <= sys.float_info.max


def is_numbers(value: Any, count: int) -> bool:
    """Whether a JSON value is a list of ``count`` numbers."""
    return isinstance(value, list) and len(value) == count and all(map(is_number, value))


def shown(value: Any) -> str:
    """A short form of any value for error messages."""
    try:
        text = repr(value)
    except (RecursionError, ValueError):
        text = type(value).__name__
    return text if len(text) <= 80 else f'{text[:77]}...'


def name_fault(name: str) -> str | None:
    """The fault of a name that becomes part of a path, or an empty text."""
    if not name or name in ('.', '..'):
        return 'expected a name'
    if len(name) > _LONGEST_NAME:
        return f'expected at most {_LONGEST_NAME} characters'
    # Python's stand-ins for bytes that are not UTF-8 are not printable, but part of real names.
    if '/' in name or not re.sub('[\udc80-\udcff]', '', name).isprintable():
        return "expected a file's name without folders and control characters"
    return None


def columns(place: str, cells: list[str], expected: str) -> list[str]:
    """The cells of a row, one for each expected column (``'NAME, NAME'``)."""
    if len(cells) != len(expected.split(', ')):
        raise AnnotationError(f'{place}: {len(cells)} columns, expected {expected}')
    return cells


def cell_name(place: str, column: str, name: str) -> str:
    """A cell that becomes part of a file's path, checked."""
    if fault := name_fault(name):
        raise AnnotationError(f'{place}: {column} is {shown(name)}, {fault}')
    return name


def cell_id(place: str, column: str, name: str) -> str:
    """A cell that names a clip, checked, as :func:`canonical_id` gives it."""
    return cell_name(place, column, canonical_id(cell_name(place, column, name)))


def _line_of(content: bytes, position: int) -> int:
    return content.count(b'\n', 0, position) + 1
