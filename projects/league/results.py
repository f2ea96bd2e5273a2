"""The finished results of the league's jobs.

A *cell* holds one number per seed, and is ``None`` until all seeds have run.
"""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..experiments import Cell
from .choose import CRITERION
from .scale import Scale

#: A number of a test: its protocol and its name.
Number = tuple[str, str]
#: The number that decides the verdicts, and the choice among the grid's settings.
MAIN: Number = ('vggss', CRITERION)


class Results:
    """Reads the league's folder.

    Args:
        folder: The league's folder.
        scale: Size of the league.
    """

    def __init__(self, folder: str | os.PathLike, scale: Scale) -> None:
        self.folder, self.scale = Path(folder), scale

    def test(self, level: int, method: str, number: Number, kind: str = 'mid-frame') -> Cell | None:
        """A number of the test split.

        Args:
            level: 1 to 3.
            method: Name of a method.
            number: Protocol and name, e.g. ``('vggss', 'pointing')``.
            kind: Training moments of the method.
        """
        protocol, name = number
        return self._cell(level, method, '-test', 'scores.json', lambda x: x[protocol][name], kind)

    def follow(self, level: int, method: str, name: str) -> Cell | None:
        """A number of the clips with turns, from ``follow.json``."""
        return self._cell(level, method, '-follow', 'follow.json', lambda x: x[name])

    def curve(self, level: int, method: str) -> list[list[float]]:
        """Curves of the clips with turns, one list per seed."""
        found = self._each(level, method, '-follow', 'follow.json')
        return [content['curve'] for content in found]

    def mode(self, level: int, method: str, mode: str, context: int, name: str) -> Cell | None:
        """A number of one of our attention modes, by steps of sound and of picture."""

        def value(rows: Any) -> float:
            return next(row[name] for row in rows if (row['mode'], row['sound']) == (mode, context))

        return self._cell(level, method, '-modes', 'modes.json', value)

    def job(self, level: int, method: str, name: str) -> Cell | None:
        """``'seconds'`` or ``'megabytes'`` of the trainings that nothing interrupted."""
        found = [content[name] for content in self._each(level, method, '', 'done.json')]
        known = tuple(float(value) for value in found if value is not None)
        return Cell(known) if known else None

    def choice(self, level: int, method: str) -> list[dict[str, Any]] | None:
        """The settings of the grid with their validation scores; ``None`` before the choice."""
        return _read(self.folder / f'level-{level}/{method}/chosen/config.json')

    def _cell(
        self,
        level: int,
        method: str,
        job: str,
        file: str,
        value: Callable[[Any], float],
        kind: str = 'mid-frame',
    ) -> Cell | None:
        values = tuple(value(content) for content in self._each(level, method, job, file, kind))
        return Cell(values) if len(values) == self.scale.seeds else None

    def _each(
        self, level: int, method: str, job: str, file: str, kind: str = 'mid-frame'
    ) -> list[Any]:
        """The content of a JSON file, for every seed that has it."""
        place = self.folder / f'level-{level}' / method
        place = place if kind == 'mid-frame' else place / kind
        found = (_read(place / f'seed-{s}{job}' / file) for s in range(self.scale.seeds))
        return [content for content in found if content is not None]


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding='utf-8')) if path.exists() else None
