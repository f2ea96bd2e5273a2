"""Objects of a scene: their appearance, motion and places.

Positions and sizes are fractions of the frame of a still camera, times are seconds from the start
of the clip.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.random import Generator

from .classes import CLASS_NAMES
from .levels import Pair

#: Box areas of VGG-SS (fractions of the frame) at the quantiles 0, 1/4, 1/2, 3/4, 1.
AREA_QUANTILES = (0.035, 0.12, 0.25, 0.46, 0.75)


@dataclass(frozen=True)
class Actor:
    """One object of a scene.

    Attributes:
        label: Class index.
        size: Box width and height.
        centre: Centre of its motion.
        swing: Amplitudes of its motion.
        rate: Cycles per second of its motion, horizontally and vertically.
        phase: Phases of its motion, in cycles.
        visible: Intervals ``(start, end)`` in which it is in the picture.
        seed: Source of its colours, texture scale, phase and rotation.
        shape: Class whose shape the object has; its own class if ``None``.
        palette: Seed of the object whose colours it has; its own seed if ``None``.
    """

    label: int
    size: Pair
    centre: Pair
    swing: Pair
    rate: Pair
    phase: Pair
    visible: tuple[Pair, ...]
    seed: int
    shape: int | None = None
    palette: int | None = None

    def position(self, time: float) -> Pair:
        """Centre at an instant, as fractions of the frame."""
        x, y = (
            c + a * np.sin(2 * np.pi * (r * time + p))
            for c, a, r, p in zip(self.centre, self.swing, self.rate, self.phase)
        )
        return x, y

    def is_visible(self, time: float) -> bool:
        return any(start <= time < end for start, end in self.visible)


def sample_actors(
    rng: Generator, label: int, duration: float, event: Pair
) -> tuple[Actor, list[Actor]]:
    """The sounding object and one or two silent ones of other classes."""
    # The size is drawn once, because a new size in every try would favour small objects.
    size = _sample_size(rng, 1.0)
    while True:
        target = _sample_actor(rng, label, duration, size)
        others: list[Actor] = []
        rivals = [c for c in range(len(CLASS_NAMES)) if c != label]
        count = 1 + int(rng.uniform() < 0.2)
        for rival in rng.choice(rivals, count, replace=False):
            other = place_beside(rng, int(rival), duration, [target, *others])
            if other is None:
                continue
            # Distractors come and go as targets do, but are visible during the event.
            if rng.uniform() >= 0.5:
                span = (rng.uniform(0, event[0]), rng.uniform(event[1], duration))
                other = replace(other, visible=(span,))
            others.append(other)
        if others:
            return target, others


def sample_equal_actors(rng: Generator, labels: list[int], duration: float) -> tuple[Actor, Actor]:
    """Two objects that are always visible; either one can be the larger."""
    size = _sample_size(rng, 0.75)
    while True:
        first = _sample_actor(rng, labels[0], duration, size)
        second = place_beside(rng, labels[1], duration, [first])
        if second is not None:
            if rng.uniform() < 0.5:
                return replace(second, label=labels[0]), replace(first, label=labels[1])
            return first, second


def place_beside(
    rng: Generator, label: int, duration: float, placed: list[Actor], tries: int = 40
) -> Actor | None:
    """An object that hardly covers the objects already placed; smaller with every try."""
    for attempt in range(tries):
        progress = attempt / tries
        actor = _sample_actor(rng, label, duration, _sample_size(rng, 1.0 - 0.95 * progress))
        if all(_overlap(actor, other) < 0.1 + 0.35 * progress**2 for other in placed):
            return actor
    return None


def crossing(rng: Generator, actor: Actor, other: Actor, time: float) -> Actor:
    """An object that crosses the frame and passes another object's place at an instant (s)."""
    axis = int(rng.uniform() < 0.3)
    through = other.position(time)
    swing, centre, rate, phase = (
        list(values) for values in (actor.swing, actor.centre, actor.rate, actor.phase)
    )
    swing[axis] = max(0.5 - actor.size[axis] / 2, 0.25)
    centre[axis] = 0.5
    rate[axis] = rng.uniform(0.12, 0.25)
    turn = np.arcsin(np.clip((through[axis] - 0.5) / swing[axis], -0.95, 0.95)) / (2 * np.pi)
    turn = turn if rng.uniform() < 0.5 else 0.5 - turn
    phase[axis] = turn - rate[axis] * time
    # With an offset to the side, it covers only a part of the other object.
    side = 1 - axis
    reach = min(actor.size[side], other.size[side]) / 2
    room = actor.size[side] / 2
    centre[side] = np.clip(through[side] + rng.uniform(-reach, reach), room, 1 - room)
    swing[side] = 0.0
    return replace(
        actor, swing=_pair(swing), centre=_pair(centre), rate=_pair(rate), phase=_pair(phase)
    )


def _sample_size(rng: Generator, highest: float) -> Pair:
    area = np.interp(rng.uniform(0, highest), np.linspace(0, 1, 5), AREA_QUANTILES)
    aspect = 2 ** rng.uniform(-1.1, 1.1)
    width = min(np.sqrt(area * aspect), 0.96)
    return float(width), float(min(area / width, 0.96))


def _sample_actor(rng: Generator, label: int, duration: float, size: Pair) -> Actor:
    room = [1 - s for s in size]
    swing = [rng.uniform(0, min(0.08, r / 2)) for r in room]
    # Towards the edges, because a map of the frame's centre would otherwise score too well.
    places = rng.beta(0.25, 0.25, 2)
    centre = [s / 2 + a + p * (1 - s - 2 * a) for s, a, p in zip(size, swing, places)]
    return Actor(
        label=label,
        size=size,
        centre=(centre[0], centre[1]),
        swing=(swing[0], swing[1]),
        rate=tuple(rng.uniform(0.1, 0.5, 2)),
        phase=tuple(rng.uniform(0, 1, 2)),
        visible=((0.0, duration),),
        seed=int(rng.integers(2**31)),
    )


def _overlap(a: Actor, b: Actor) -> float:
    """Share of the smaller box that the other one covers, at the centres of their motions."""
    sides = []
    for axis in range(2):
        low = max(a.centre[axis] - a.size[axis] / 2, b.centre[axis] - b.size[axis] / 2)
        high = min(a.centre[axis] + a.size[axis] / 2, b.centre[axis] + b.size[axis] / 2)
        sides.append(max(0.0, high - low))
    return float(sides[0] * sides[1] / min(np.prod(a.size), np.prod(b.size)))


def _pair(values: Sequence[float]) -> Pair:
    return float(values[0]), float(values[1])
