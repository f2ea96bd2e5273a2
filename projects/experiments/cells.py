"""One number per seed, and the verdict on which method is better.

One method is better than another if its worst seed beats the other's best. With few seeds, this
rule needs no assumption about their spread.
"""

from dataclasses import dataclass
from statistics import mean, stdev

#: Verdicts on a claim.
HELD, NOT_HELD, UNDECIDED = 'held', 'not held', 'undecided'


@dataclass(frozen=True)
class Cell:
    """One number per seed.

    Attributes:
        values: Values in the order of the seeds, not empty.
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
        :data:`HELD` if its lowest seed is above the other's highest,
        :data:`NOT_HELD` if its highest seed is below the other's lowest,
        :data:`UNDECIDED` otherwise, and with a single seed.

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
    """The first minus the second, seed by seed.

    >>> str(difference(Cell((0.5, 0.75)), Cell((0.25, 0.25))))
    '0.375 ± 0.177'
    """
    return Cell(tuple(a - b for a, b in zip(one.values, other.values, strict=True)))
