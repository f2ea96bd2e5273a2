"""What happens in a clip, drawn from one seed.

Positions and sizes are fractions of the frame, times are seconds from the
start of the clip. The *event* is the interval in which the sounding object is
visible and audible; :class:`Scene` says what hides or mutes it outside.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.random import Generator, default_rng

from .classes import CLASS_NAMES

#: Start and end in seconds, or horizontal and vertical.
Pair = tuple[float, float]

#: Box areas of VGG-SS (fractions of the frame) at the quantiles 0, 1/4, 1/2, 3/4, 1.
AREA_QUANTILES = (0.035, 0.12, 0.25, 0.46, 0.75)

#: Seconds of the longest scene, whose sound is drawn at once.
_LONGEST = 3600
#: What happens outside the event.
OUTSIDE = (
    'silent',  # the object stays in the picture without a sound
    'hidden',  # the object leaves the picture and its sound stops
    'offscreen',  # the object leaves the picture, its sound goes on
    'cut',  # another scene, without the object and its sound
    'fade',  # the picture fades to black and the sound stops
)
OUTSIDE_SHARES = (0.4, 0.15, 0.15, 0.15, 0.15)


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
    """

    label: int
    size: Pair
    centre: Pair
    swing: Pair
    rate: Pair
    phase: Pair
    visible: tuple[Pair, ...]
    seed: int

    def position(self, time: float) -> Pair:
        """Centre at an instant, as fractions of the frame."""
        x, y = (
            c + a * np.sin(2 * np.pi * (r * time + p))
            for c, a, r, p in zip(self.centre, self.swing, self.rate, self.phase)
        )
        return x, y

    def is_visible(self, time: float) -> bool:
        return any(start <= time < end for start, end in self.visible)


@dataclass(frozen=True)
class Scene:
    """Everything that a clip's frames and samples are computed from.

    Attributes:
        duration: Length in seconds.
        actors: Objects, drawn in this order (later ones in front).
        target: Index of the sounding object among ``actors``; ``None`` when
            what sounds is not in the picture.
        sound: Class whose sound is heard; ``None`` for silence or noise.
        event: ``(start, end)`` of the visible and audible interval.
        audible: ``(start, end)`` of the sound.
        outside: One of :data:`OUTSIDE`.
        cut_background: Seed of the background outside a cut.
        loudness: RMS of the event's sound.
        noise: RMS of the background noise; 0 is digital silence.
        picture_seed: Source of the background picture.
        sound_seed: Source of the sound's nuisances.
    """

    duration: float
    actors: tuple[Actor, ...]
    target: int | None
    sound: int | None
    event: Pair
    audible: Pair
    outside: str
    loudness: float
    noise: float
    picture_seed: int
    sound_seed: int
    cut_background: int = 0

    @property
    def sounding(self) -> Actor:
        """The object that sounds; for scenes that have one."""
        if self.target is None:
            raise ValueError('nothing that sounds is in the picture')
        return self.actors[self.target]

    def in_event(self, time: float) -> bool:
        return self.event[0] <= time < self.event[1]


def sample_scene(seed: int, duration: float = 5.0, label: int | None = None) -> Scene:
    """Draw a scene.

    Args:
        seed: Non-negative integer; equal seeds give equal scenes.
        duration: Length in seconds, at least 2 and at most an hour.
        label: Class of the sounding object; drawn when ``None``.

    Raises:
        ValueError: If ``duration`` is too short for an event or longer than an hour, or the
            seed is negative.
    """
    if not 2 <= duration <= _LONGEST:
        raise ValueError(
            f'duration is {duration} s, expected at least 2 s for an event and at most {_LONGEST} s'
        )
    if seed < 0:
        raise ValueError(f'seed is {seed}, expected 0 or more')
    rng = default_rng([seed, 0x50])
    label = int(rng.integers(len(CLASS_NAMES))) if label is None else label
    event = _sample_event(rng, duration)
    outside = str(rng.choice(OUTSIDE, p=OUTSIDE_SHARES))
    target, others = _sample_actors(rng, label, duration, event)
    if outside in ('hidden', 'offscreen', 'cut'):
        target = replace(target, visible=(event,))
    position = int(rng.integers(len(others) + 1))
    actors = (*others[:position], target, *others[position:])
    loudness = 10 ** rng.uniform(-1.3, -0.6)
    return Scene(
        duration=duration,
        actors=actors,
        target=position,
        sound=label,
        event=event,
        audible=(0.0, duration) if outside == 'offscreen' else event,
        outside=outside,
        loudness=loudness,
        noise=loudness * 10 ** rng.uniform(-1.6, -0.7),
        picture_seed=int(rng.integers(2**31)),
        sound_seed=int(rng.integers(2**31)),
        cut_background=int(rng.integers(2**31)),
    )


def interactive_member(seed: int, member: int, duration: float = 5.0) -> Scene:
    """One of two scenes with one picture, in which either of two objects sounds.

    Args:
        seed: As for :func:`sample_scene`, shared by both members.
        member: 0 or 1, the object that sounds.
        duration: Length in seconds.
    """
    rng = default_rng([seed, 0x1A])
    labels = rng.choice(len(CLASS_NAMES), 2, replace=False)
    base = sample_scene(seed, duration, label=int(labels[0]))
    actors = _sample_equal_actors(rng, labels.tolist(), duration)
    return replace(
        base,
        actors=actors,
        target=member,
        sound=actors[member].label,
        sound_seed=base.sound_seed + member,
        outside='silent',
        audible=base.event,
    )


def single(seed: int, duration: float = 5.0, label: int | None = None) -> Scene:
    """A scene with one object alone, seen and heard from beginning to end.

    Its pictures are to SoundingShapes what ImageNet's are to videos.

    Args:
        seed, duration, label: As for :func:`sample_scene`.
    """
    scene = sample_scene(seed, duration, label)
    whole = (0.0, duration)
    actor = replace(scene.sounding, visible=(whole,))
    return replace(scene, actors=(actor,), target=0, event=whole, audible=whole, outside='silent')


def negative(seed: int, kind: str, duration: float = 5.0) -> Scene:
    """A scene in which nothing visible sounds.

    Args:
        seed: As for :func:`sample_scene`.
        kind: ``'offscreen'`` (the sound of a class that is not in the
            picture), ``'silence'`` (digital silence) or ``'noise'``.
        duration: Length in seconds.

    Raises:
        ValueError: If ``kind`` is unknown.
    """
    scene = sample_scene(seed, duration)
    if kind == 'offscreen':
        seen = {actor.label for actor in scene.actors}
        unseen = [c for c in range(len(CLASS_NAMES)) if c not in seen]
        sound = unseen[seed % len(unseen)]
        return replace(scene, target=None, sound=sound, audible=(0.0, duration), outside='silent')
    if kind == 'silence':
        return replace(scene, target=None, sound=None, noise=0.0, outside='silent')
    if kind == 'noise':
        return replace(scene, target=None, sound=None, noise=scene.loudness, outside='silent')
    raise ValueError(f"kind is {kind!r}, expected 'offscreen', 'silence' or 'noise'")


def _sample_event(rng: Generator, duration: float) -> Pair:
    """Half of the events miss the clip's middle, half contain it."""
    middle = duration / 2
    if rng.uniform() < 0.5:
        length = duration * rng.uniform(0.28, 0.44)
        start = rng.uniform(0, middle - length - 0.02 * duration)
        if rng.uniform() < 0.5:
            start = duration - start - length
    else:
        length = duration * rng.uniform(0.3, 0.65)
        low, high = max(0, middle - length + 0.1), min(duration - length, middle - 0.1)
        start = rng.uniform(low, high)
    # Whole steps: a 100 ms step is inside the event or outside, never both.
    return round(round(start, 1), 6), round(round(start + length, 1), 6)


def _sample_actors(
    rng: Generator, label: int, duration: float, event: Pair
) -> tuple[Actor, list[Actor]]:
    """The sounding object and one or two silent ones of other classes."""
    # The size is drawn once: drawing it anew with every try would make it small.
    size = _sample_size(rng, 1.0)
    while True:
        target = _sample_actor(rng, label, duration, size)
        others: list[Actor] = []
        rivals = [c for c in range(len(CLASS_NAMES)) if c != label]
        count = 1 + int(rng.uniform() < 0.2)
        for rival in rng.choice(rivals, count, replace=False):
            other = _place_beside(rng, int(rival), duration, [target, *others])
            if other is None:
                continue
            # Distractors come and go as targets do, but are there during the event.
            if rng.uniform() >= 0.5:
                span = (rng.uniform(0, event[0]), rng.uniform(event[1], duration))
                other = replace(other, visible=(span,))
            others.append(other)
        if others:
            return target, others


def _sample_equal_actors(rng: Generator, labels: list[int], duration: float) -> tuple[Actor, Actor]:
    """Two objects, always visible, either of which may turn out to be the larger."""
    size = _sample_size(rng, 0.75)
    while True:
        first = _sample_actor(rng, labels[0], duration, size)
        second = _place_beside(rng, labels[1], duration, [first])
        if second is not None:
            if rng.uniform() < 0.5:
                return replace(second, label=labels[0]), replace(first, label=labels[1])
            return first, second


def _sample_size(rng: Generator, highest: float) -> Pair:
    area = np.interp(rng.uniform(0, highest), np.linspace(0, 1, 5), AREA_QUANTILES)
    aspect = 2 ** rng.uniform(-1.1, 1.1)
    width = min(np.sqrt(area * aspect), 0.96)
    return float(width), float(min(area / width, 0.96))


def _sample_actor(rng: Generator, label: int, duration: float, size: Pair) -> Actor:
    room = [1 - s for s in size]
    swing = [rng.uniform(0, min(0.08, r / 2)) for r in room]
    # Towards the edges: a disc in the frame's centre would else do too well.
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


def _place_beside(
    rng: Generator, label: int, duration: float, placed: list[Actor], tries: int = 40
) -> Actor | None:
    """An object that covers little of those already placed; smaller with every try."""
    for attempt in range(tries):
        progress = attempt / tries
        actor = _sample_actor(rng, label, duration, _sample_size(rng, 1.0 - 0.95 * progress))
        if all(_overlap(actor, other) < 0.1 + 0.35 * progress**2 for other in placed):
            return actor
    return None


def _overlap(a: Actor, b: Actor) -> float:
    """Share of the smaller box that the other one covers, at the middle of motion."""
    sides = []
    for axis in range(2):
        low = max(a.centre[axis] - a.size[axis] / 2, b.centre[axis] - b.size[axis] / 2)
        high = min(a.centre[axis] + a.size[axis] / 2, b.centre[axis] + b.size[axis] / 2)
        sides.append(max(0.0, high - low))
    return float(sides[0] * sides[1] / min(np.prod(a.size), np.prod(b.size)))
