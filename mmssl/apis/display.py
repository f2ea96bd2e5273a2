"""Show the progress of localizing: as bars on a terminal, as lines in a log."""

import os
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from rich.console import Console
from rich.progress import Progress

from ..progress import track

T = TypeVar('T')

#: An input with more windows or frames than these gets a display of its own.
_MANY_WINDOWS, _MANY_FRAMES = 2, 1000


class Display:
    """Progress over inputs and over the long tasks within an input, on standard error.

    Args:
        show: Whether to show anything.
    """

    def __init__(self, show: bool) -> None:
        console = Console(stderr=True)
        self._has_bars = console.is_terminal or console.is_jupyter
        self._show = show
        self._bars = Progress(console=console, disable=not (show and self._has_bars))

    def inputs(self, results: Iterable[T], total: int) -> Iterator[T]:
        """Count the results, one per input."""
        with self._bars:
            yield from self._counted(results, 'localizing', total, shown=True, stays=True)

    def windows(self, starts: range) -> Iterator[int]:
        """Count the windows of one input."""
        shown = len(starts) > _MANY_WINDOWS
        return self._counted(starts, 'windows', len(starts), shown)

    def frames(self, name: str) -> Callable[[Iterable, int], Iterator]:
        """Count the frames of an input's video as they are written."""
        title = f'writing {os.path.basename(name)}'

        def counted(frames: Iterable, total: int) -> Iterator:
            shown = total > _MANY_FRAMES
            if shown and self._show:
                self._bars.console.print(
                    f'{title}, {total} frames; --outputs maps boxes sheet leaves videos out',
                    highlight=False, markup=False, soft_wrap=True,
                )  # fmt: skip
            return self._counted(frames, title, total, shown)

        return counted

    def _counted(
        self, items: Iterable[T], title: str, total: int, shown: bool, stays: bool = False
    ) -> Iterator[T]:
        if self._show and not self._has_bars:
            yield from track(items, title, total, disable=not shown, stderr=True)
            return
        task = self._bars.add_task(title, total=total, visible=shown)
        for item in items:
            yield item
            self._bars.advance(task)
        # The bar of a finished task makes room for the next.
        if not stays:
            self._bars.remove_task(task)
