"""OpenedInput or unreadable inputs, in batches."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from ..media import Clip, MediaError
from ..media.clip import SILENCE
from ..media.files import reason
from .inputs import Input

#: Default number of pictures in a batch. Videos are opened one by one.
PICTURES = 8


@dataclass(frozen=True)
class OpenedInput:
    """An input with the name of its results, and its clip or the reason why it is unreadable."""

    item: Input
    name: str
    clip: Clip | None = None
    unreadable: str | None = None


def open_input(item: Input, name: str, decoder: str) -> OpenedInput:
    """Open an input with any files."""
    try:
        return OpenedInput(item, name, item.open(decoder))
    except Exception as error:
        return OpenedInput(item, name, unreadable=named_error(item, error))


def in_batches(
    inputs: list[tuple[Input, str]], size: int | None = None
) -> Iterator[list[tuple[Input, str]]]:
    """Batches of inputs with the names of their results.

    Args:
        inputs: All of them.
        size: Inputs of a batch; several pictures, or one video, if ``None``.
    """
    for are_pictures, run in groupby(inputs, lambda pair: size is None and pair[0].is_picture):
        count, alike = size or (PICTURES if are_pictures else 1), list(run)
        for start in range(0, len(alike), count):
            yield alike[start : start + count]


def notes_of(clip: Clip) -> list[str]:
    """Notes about a clip for a reader of the results."""
    silent = ['the sound is silent, so nothing tells where it comes from']
    return [*clip.repairs, *(silent if clip.peak <= SILENCE else [])]


def named_error(item: Input, error: Exception) -> str:
    """The text of an error, with the name of its input."""
    return str(error) if isinstance(error, MediaError) else f'{item.label}: {reason(error)}'
