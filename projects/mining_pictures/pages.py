"""Pictures of mined results, page by page, and the options of both commands."""

import math
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from mmssl.cli.options import add_decoder_option
from mmssl.cli.parser import Parser
from mmssl.datasets.annotations import AnnotationError, canonical_id
from mmssl.media import Clip, MediaError
from mmssl.media.files import atomic_file
from mmssl.media.paths import FOLDER_IN, FOLDER_OUT
from mmssl.progress import track


@dataclass
class Drawn:
    """Written pages, and clips that could not be drawn, with reasons."""

    pages: list[Path] = field(default_factory=list)
    skipped: list[tuple[str, str]] = field(default_factory=list)


def draw_pages(
    items: Iterable[tuple[str, Any]],
    make: Callable,
    page: Callable[[list], Figure],
    stem: Path,
    per_page: int,
    dpi: int,
) -> Drawn:
    """Make cases and write them page by page; memory holds at most one page."""
    drawn = Drawn()
    cases = _cases(list(items), make, drawn.skipped)
    while batch := list(islice(cases, per_page)):
        path = stem.with_name(f'{stem.name}_{len(drawn.pages) + 1:03d}.png')
        with atomic_file(path) as partial:
            page(batch).savefig(partial, dpi=dpi)
        drawn.pages.append(path)
    return drawn


def _cases(
    items: list[tuple[str, Any]], make: Callable, skipped: list[tuple[str, str]]
) -> Iterator:
    for name, item in track(items, 'drawing') if len(items) > 3 else items:
        try:
            case = make(item)
        except (MediaError, AnnotationError) as error:
            skipped.append((name, str(error)))
            continue
        yield case


def time_within(time: float, name: str, clip: Clip) -> float:
    """A time inside a clip; the last second is filled by repetition, as for the model."""
    if time >= math.ceil(clip.duration):
        raise AnnotationError(
            f'{name}: time {time:.2f} s in a clip of {clip.duration:.2f} s, expected a time inside '
            'it; does the file belong to other videos?'
        )
    return time % clip.duration


def chosen_clips(
    known: Iterable[str], ids: Sequence[str] | None, count: int, path: str | os.PathLike
) -> list[str]:
    """Clips to draw: the given ones, or the first clips of a file."""
    if ids is None:
        return list(islice(known, count))
    names = [canonical_id(name) for name in dict.fromkeys(ids)]
    if lacking := [name for name in names if name not in known]:
        raise AnnotationError(
            f'{path}: no entry of {", ".join(lacking[:5])}, '
            f'expected clips such as {", ".join(islice(known, 3))}'
        )
    return names


def at_least_one(**values: int) -> None:
    """Refuse numbers below 1."""
    for name, value in values.items():
        if value < 1:
            raise ValueError(f'{name} is {value}, expected at least 1')


def add_page_options(parser: Parser, item: str, per_page: int) -> None:
    """Add the options of clips, pages and decoder.

    Args:
        parser: Parser to change in place.
        item: Name of the items on a page, such as ``'clips'``.
        per_page: Default number of items on a page.
    """
    parser.add_argument('--videos', type=FOLDER_IN, required=True, help='folder of the video files')
    parser.add_argument('--out', type=FOLDER_OUT, required=True, help='folder for the pages')
    parser.add_argument('--ids', nargs='+', help='clips to draw; by default the first in the file')
    parser.add_argument('--count', type=int, default=12, help=f'{item} without --ids')
    parser.add_argument(
        '--per-page', type=int, default=per_page, help=f'number of {item} on a page'
    )
    parser.add_argument('--dpi', type=int, default=130, help='pixels per inch')
    add_decoder_option(parser)


def tell(drawn: Drawn) -> int:
    """Print the pages and the clips that were skipped; returns the exit status."""
    for page in drawn.pages:
        print(page)
    for name, reason in drawn.skipped:
        print(f'skipped {name}: {reason}', file=sys.stderr)
    return 1 if drawn.skipped else 0
