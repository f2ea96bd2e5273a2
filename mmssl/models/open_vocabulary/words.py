"""Words: labels, their classes in a tagger, and their prompts for pictures.

The table is a CSV file with the columns ``word``, ``heard`` and ``seen``. ``heard`` lists the
tagger's classes that count as the word, separated by semicolons. ``seen`` is the name of the word
in the prompt for the picture; an empty cell means the word itself, and a dash means a sound without
a visible source. The row ``*`` holds both prompts, with ``{}`` for the word. Case is ignored.
"""

import csv
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from ...datasets.annotations import class_names, read_class_names, read_vggsound_table

#: The package's own table.
TABLE = Path(__file__).with_name('words.csv')

#: Value of ``labels`` that means the names of the tagger's own classes.
TAGGERS_OWN = 'tagger'

_COLUMNS = ['word', 'heard', 'seen']
_EVERY = '*'
_INVISIBLE = '-'


@dataclass(frozen=True)
class Word:
    """A row of the table.

    Attributes:
        heard: Names of the tagger's classes; empty if only the word itself is matched.
        seen: The word in the prompt for the picture; ``None`` if it is not visible.
    """

    heard: tuple[str, ...]
    seen: str | None


@dataclass(frozen=True)
class WordTable:
    """Synonyms and prompts.

    Attributes:
        rows: Words in lower case with their rows.
        heard_prompt, seen_prompt: Sentences with ``{}``.
    """

    rows: Mapping[str, Word]
    heard_prompt: str
    seen_prompt: str

    def heard(self, label: str) -> str:
        """The prompt for a label in a tagger that compares sounds with text."""
        return self.heard_prompt.format(label.lower())

    def seen(self, label: str) -> str | None:
        """The prompt for a label in a picture; ``None`` if it is not visible."""
        row = self.rows.get(label.lower())
        word = row.seen if row else label.lower()
        return None if word is None else self.seen_prompt.format(word)


def read_words(path: str | os.PathLike | None = None) -> WordTable:
    """Read a table of words; the package's own table if ``None``.

    Raises:
        ValueError: If the table is missing or malformed.
    """
    path = TABLE if path is None else Path(path)
    if not path.is_file():
        raise ValueError(f'words {path}: no such file, expected a table such as {TABLE}')
    with open(path, encoding='utf-8', newline='') as file:
        lines = [line for line in csv.reader(file) if line]
    if not lines or lines[0] != _COLUMNS:
        raise ValueError(f'{path}: begins with {lines[:1]}, expected the columns {_COLUMNS}')
    cells: dict[str, list[str]] = {}
    for line in lines[1:]:
        if len(line) != len(_COLUMNS):
            raise ValueError(f'{path}: row {line} has {len(line)} cells, expected 3')
        cells[line[0].strip().lower()] = [cell.strip() for cell in line[1:]]
    prompts = cells.pop(_EVERY, ['', ''])
    if any(prompt.count('{}') != 1 for prompt in prompts):
        raise ValueError(f'{path}: row * is {prompts}, expected two prompts with one {{}} each')
    return WordTable({word: _row(word, *pair) for word, pair in cells.items()}, *prompts)


def _row(word: str, heard: str, seen: str) -> Word:
    names = tuple(name.strip() for name in heard.split(';') if name.strip())
    return Word(names, None if seen == _INVISIBLE else seen or word)


def read_labels(labels: str | os.PathLike | Sequence[str]) -> list[str] | None:
    """Read the vocabulary of a user.

    Args:
        labels: ``'tagger'``, or labels separated by commas, or a list of labels, or a file:
            VGGSound's ``stat.csv`` or ``vggsound.csv``, or one label on each line.

    Returns:
        Unique labels; ``None`` for the names of the tagger's own classes.

    Raises:
        ValueError: If there are no labels, or the file is missing.
    """
    if labels == TAGGERS_OWN:
        return None
    given = _listed(labels) if isinstance(labels, (str, os.PathLike)) else list(labels)
    found = list(dict.fromkeys(label.strip() for label in given if label.strip()))
    if not found:
        raise ValueError(f'labels are {labels!r}, expected words separated by commas')
    return found


def _listed(labels: str | os.PathLike) -> list[str]:
    text, path = os.fspath(labels), Path(labels)
    if not path.is_file():
        if path.suffix in ('.txt', '.csv') or os.sep in text:
            raise ValueError(f'labels {text}: no such file')
        return text.split(',')
    if path.suffix == '.csv':
        with path.open(encoding='utf-8', newline='') as file:
            columns = len(next(csv.reader(file), ()))
        return read_class_names(path) if columns == 3 else class_names(read_vggsound_table(path))
    return path.read_text('utf-8').splitlines()


def matching_classes(label: str, classes: Sequence[str], table: WordTable) -> list[int]:
    """Indices of a tagger's classes that count as a label.

    The table decides first, then a class of the same name, then the longest words of the table and
    parts of classes' names, between commas, that the label contains. Endings of words are ignored.

    Raises:
        ValueError: If no class matches; the message names the nearest classes.
    """
    numbers = {name.lower(): number for number, name in enumerate(classes)}
    rows = {word: _numbers(row.heard, numbers) for word, row in table.rows.items()}
    if found := rows.get(label.lower()) or _numbers([label], numbers):
        return found
    parts = _parts(classes)
    for word, known in rows.items():
        # The table has priority over the names.
        if known:
            parts[_stems(word)] = known
    spoken = _stems(label)
    contained = [part for part in parts if _contains(spoken, part)]
    longest = max(map(len, contained), default=0)
    found = [number for part in contained if len(part) == longest for number in parts[part]]
    if not found:
        named = {name.lower(): name for name in [*table.rows, *classes]}
        near = [named[name] for name in get_close_matches(label.lower(), list(named), 3, 0.5)]
        raise ValueError(
            f'label {label!r}: the tagger has no class of this name, and the table of words has no '
            f'row for it; the nearest classes are {", ".join(near) or "none"}; add a row to the '
            'table, or take a tagger that compares sounds with text'
        )
    return sorted(set(found))


def _numbers(names: Iterable[str], numbers: Mapping[str, int]) -> list[int]:
    """Indices of the names that the tagger has."""
    return [numbers[name.lower()] for name in names if name.lower() in numbers]


def _parts(classes: Sequence[str]) -> dict[tuple[str, ...], list[int]]:
    """Stems of the comma-separated parts of names, with the indices of the names."""
    parts: dict[tuple[str, ...], list[int]] = {}
    for number, name in enumerate(classes):
        for part in re.split(r'[,()]', name):
            if stems := _stems(part):
                parts.setdefault(stems, []).append(number)
    return parts


def _stems(text: str) -> tuple[str, ...]:
    return tuple(_stem(word) for word in re.findall(r'[\w-]+', text.lower()))


def _stem(word: str) -> str:
    """A word without its ending and double letters: barks and barking have one stem, and so have
    chop and chopping."""
    for ending in ('ing', 'es', 's'):
        if word.endswith(ending) and len(word) - len(ending) > 2:
            word = word.removesuffix(ending)
            break
    return re.sub(r'(.)\1', r'\1', word).rstrip('e') if len(word) > 2 else word


def _contains(spoken: tuple[str, ...], part: tuple[str, ...]) -> bool:
    return any(
        spoken[first : first + len(part)] == part for first in range(len(spoken) - len(part) + 1)
    )
