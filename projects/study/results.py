"""The results of the study's jobs, and the verdicts on its claims.

A *cell* holds one number per seed. One method is better than another if its
worst seed beats the other's best. With few seeds, this rule needs no
assumption about their spread.
"""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, stdev

from .plan import Scale, seed_name

#: Verdicts on a claim.
HELD, NOT_HELD, UNDECIDED = 'held', 'not held', 'undecided'


@dataclass(frozen=True)
class Cell:
    """One number per seed.

    Attributes:
        values: In the order of the seeds, not empty.
    """

    values: tuple[float, ...]

    @property
    def mean(self) -> float:
        return mean(self.values)

    @property
    def spread(self) -> float:
        """Standard deviation over seeds (n - 1); 0 with one seed."""
        return stdev(self.values) if len(self.values) > 1 else 0.0

    def __str__(self) -> str:
        return f'{self.mean:.3f} ± {self.spread:.3f}'


def compare(better: Cell, worse: Cell) -> str:
    """Whether the first is better than the second, higher being better.

    Returns:
        :data:`HELD` where its lowest seed is above the other's highest,
        :data:`NOT_HELD` where its highest is below the other's lowest,
        :data:`UNDECIDED` else, and with a single seed.

    >>> compare(Cell((0.5, 0.6)), Cell((0.3, 0.4)))
    'held'
    >>> compare(Cell((0.5, 0.6)), Cell((0.3, 0.5)))
    'undecided'
    """
    if min(len(better.values), len(worse.values)) < 2:
        return UNDECIDED
    if min(better.values) > max(worse.values):
        return HELD
    return NOT_HELD if max(better.values) < min(worse.values) else UNDECIDED


def difference(one: Cell, other: Cell) -> Cell:
    """The first less the second, seed by seed.

    >>> str(difference(Cell((0.5, 0.75)), Cell((0.25, 0.25))))
    '0.375 ± 0.177'
    """
    return Cell(tuple(a - b for a, b in zip(one.values, other.values, strict=True)))


class Results:
    """Reads a study's folder.

    Args:
        folder: The study's folder, all jobs done.
        scale: How large it is.
    """

    def __init__(self, folder: str | os.PathLike, scale: Scale) -> None:
        self.folder = Path(folder)
        self.scale = scale

    def accuracy(self, head: str, clips: int, name: str) -> Cell | None:
        """Test accuracy of a head (``'av'``, ``'audio'``, ``'visual'``), if the model has it."""
        found = self._each(f'{head}-{clips}-test/metrics.json')
        if f'acc/{name}_top1' not in found[0]:
            return None
        return Cell(tuple(metrics[f'acc/{name}_top1'] for metrics in found))

    def localization(self, head: str, clips: int, mode: str, metric: str) -> Cell:
        """A localization metric of the classification model under an attention mode."""
        found = self._each(f'{head}-{clips}-modes/metrics.json')
        rows = [next(row for row in rows if row['mode'] == mode) for rows in found]
        return Cell(tuple(row[metric] for row in rows))

    def localizer(self, kind: str, metric: str) -> Cell:
        """A metric of the second localizer, or of a prior (``'centre_disc/ciou'``)."""
        found = self._each(f'localizer-{kind}-test/metrics.json')
        return Cell(tuple(metrics[f'loc/{metric}'] for metrics in found))

    def seconds(self, name: str) -> Cell | None:
        """Wall time of a job over the seeds in which nothing interrupted it, if any."""
        times = [found['seconds'] for found in self._each(f'{name}/done.json')]
        times = tuple(seconds for seconds in times if seconds is not None)
        return Cell(times) if times else None

    def moments(self) -> dict[str, Cell]:
        """How right the mined training moments and boxes are."""
        found = self._each('mined-score/metrics.json')
        return {key: Cell(tuple(scores[key] for scores in found)) for key in found[0]}

    def _each(self, name):
        """The content of a JSON file of every seed."""
        places = (self.folder / seed_name(seed) for seed in range(self.scale.seeds))
        return [json.loads((place / name).read_text(encoding='utf-8')) for place in places]
