"""Kinds of failure, from the map and the ground truth alone.

Conventions: areas are pixels of the evaluation grid. A map's *warm* area is where it reaches half
of its height, ``norm(p) >= 0.5``; its *peak* is the centre of its highest cell, as in
:func:`scores.pointing`. The cIoU uses the adaptive rule, because under the half rule it depends
more on the size of the object than on the place of the map. The kind of a sample is the first of
:data:`KINDS` whose test holds; the last test holds for all remaining maps.

- :func:`map_facts`: inputs of the tests
- :func:`kind_of`: the kind of a sample
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .resize import normalize
from .rules import adaptive_rule
from .scores import SUCCESS, Array, ciou, count, pointing

#: Share of a map's height from which a pixel is warm.
WARM = 0.5
#: Ratio of the warm area to the truth, or the inverse, from which the size is wrong.
WRONG_SIZE = 2


@dataclass(frozen=True)
class MapFacts:
    """Data from which the kinds are derived.

    Attributes:
        constant: Whether the map has only one value.
        truth: Number of pixels of the ground truth.
        ciou: cIoU under the adaptive rule.
        peak_inside: Whether the peak is in the ground truth.
        warm: Number of pixels of the warm area.
    """

    constant: bool
    truth: float
    ciou: float
    peak_inside: bool
    warm: float


@dataclass(frozen=True)
class Kind:
    """A kind of sample: its test, and its meaning in words."""

    holds: Callable[[MapFacts], bool]
    meaning: str


#: Kinds by name, in the order of the tests.
KINDS = {
    'constant map': Kind(lambda f: f.constant, 'the map has one value everywhere'),
    'empty truth': Kind(lambda f: f.truth == 0, 'the truth has no pixel, so every map scores 0'),
    'found': Kind(lambda f: f.ciou >= SUCCESS, 'cIoU of at least 0.5 under the adaptive rule'),
    'elsewhere': Kind(lambda f: not f.peak_inside, 'the peak of the map lies outside the truth'),
    'too large': Kind(
        lambda f: f.warm > WRONG_SIZE * f.truth,
        'peak inside; the map is at least half as high on more than twice the truth',
    ),
    'too small': Kind(
        lambda f: WRONG_SIZE * f.warm < f.truth,
        'peak inside; the map is at least half as high on less than half of the truth',
    ),
    'shifted': Kind(lambda f: True, 'peak inside and of the right size, but not on the truth'),
}


def map_facts(maps: Array, values: np.ndarray, truth: np.ndarray) -> list[MapFacts]:
    """Facts of every sample.

    Args:
        maps: ``(B, h, w)``, the output of the model.
        values: Values for the threshold, ``(B, H, W)``; see :func:`presets.prediction_values`.
        truth: ``(B, H, W)``, bool or weights.

    Returns:
        One per sample.
    """
    flat = np.asarray(maps).reshape(len(maps), -1)
    columns = (
        flat.max(1) == flat.min(1),
        count(truth),
        ciou(adaptive_rule(values, truth), truth),
        pointing(maps, truth),
        count(normalize(values) >= WARM),
    )
    return [MapFacts(*(value.item() for value in row)) for row in zip(*columns)]


def kind_of(facts: MapFacts) -> str:
    """The name of the first kind whose test holds.

    >>> kind_of(MapFacts(False, truth=100, ciou=0.2, peak_inside=True, warm=300))
    'too large'
    """
    return next(name for name, kind in KINDS.items() if kind.holds(facts))
