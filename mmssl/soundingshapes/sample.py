"""Scenes drawn from one seed: ordinary scenes, and scenes of the other kinds of clips."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.random import Generator, default_rng

from .actors import sample_actors, sample_equal_actors
from .additions import harder, look_alike
from .classes import CLASS_NAMES
from .levels import OUTSIDE, Pair, level_named
from .scene import Scene, Voice

#: Length of the longest scene in seconds; its whole sound is in memory at once.
_LONGEST = 3600


def sample_scene(
    seed: int, duration: float = 5.0, label: int | None = None, level: int = 1
) -> Scene:
    """Draw a scene.

    Args:
        seed: Non-negative integer; equal seeds give equal scenes.
        duration: Length in seconds, at least 2 and at most an hour.
        label: Class of the sounding object; drawn when ``None``.
        level: Difficulty, see :mod:`levels`.

    Raises:
        ValueError: If ``duration`` is too short for an event or longer than an hour, the
            seed is negative, or there is no such level.
    """
    settings = level_named(level)
    if not 2 <= duration <= _LONGEST:
        raise ValueError(
            f'duration is {duration} s, expected at least 2 s for an event and at most {_LONGEST} s'
        )
    if seed < 0:
        raise ValueError(f'seed is {seed}, expected 0 or more')
    rng = default_rng([seed, 0x50])
    label = int(rng.integers(len(CLASS_NAMES))) if label is None else label
    event = _sample_event(rng, duration)
    outside = str(rng.choice(OUTSIDE, p=settings.outside))
    target, others = sample_actors(rng, label, duration, event)
    if outside in ('hidden', 'offscreen', 'cut'):
        target = replace(target, visible=(event,))
    if outside == 'late':
        target = replace(target, visible=((event[0], duration),))
    position = int(rng.integers(len(others) + 1))
    actors = (*others[:position], target, *others[position:])
    loudness = 10 ** rng.uniform(*settings.loudness)
    scene = Scene(
        duration=duration,
        actors=actors,
        target=position,
        sound=label,
        event=event,
        audible=(0.0, duration) if outside == 'offscreen' else event,
        outside=outside,
        loudness=loudness,
        noise=loudness * 10 ** rng.uniform(*settings.noise),
        picture_seed=int(rng.integers(2**31)),
        sound_seed=int(rng.integers(2**31)),
        cut_background=int(rng.integers(2**31)),
    )
    return harder(scene, default_rng([seed, 0xE0]), settings)


def interactive_member(seed: int, member: int, duration: float = 5.0, level: int = 1) -> Scene:
    """One of two scenes with the same pictures and different sounding objects.

    The objects do not cross, so that both are in sight at the same instant.

    Args:
        seed: As for :func:`sample_scene`, shared by both members.
        member: 0 or 1, the object that sounds.
        duration: Length in seconds.
        level: As for :func:`sample_scene`.
    """
    return _sounding(_pair(seed, duration, level), member)


def _pair(seed: int, duration: float, level: int) -> Scene:
    """Two objects that are always visible, the first of which sounds."""
    rng = default_rng([seed, 0x1A])
    labels = rng.choice(len(CLASS_NAMES), 2, replace=False)
    base = sample_scene(seed, duration, int(labels[0]), level)
    actors = sample_equal_actors(rng, labels.tolist(), duration)
    pair = replace(base, actors=actors, target=0, outside='silent', audible=base.event, also=())
    return look_alike(pair, default_rng([seed, 0xE1]), level_named(level))


def _sounding(pair: Scene, member: int) -> Scene:
    """One of two scenes that differ only in their sound."""
    label = pair.actors[member].label
    return replace(pair, target=member, sound=label, sound_seed=pair.sound_seed + member)


def single(seed: int, duration: float = 5.0, label: int | None = None, level: int = 1) -> Scene:
    """A scene with a single object, visible and audible from beginning to end.

    Its pictures serve for pretraining, as ImageNet's pictures do for videos.

    Args:
        seed, duration, label, level: As for :func:`sample_scene`.
    """
    scene = sample_scene(seed, duration, label, level)
    whole = (0.0, duration)
    actor = replace(scene.sounding, visible=(whole,))
    return replace(
        scene, actors=(actor,), target=0, event=whole, audible=whole, outside='silent', also=()
    )


def in_turn(seed: int, duration: float = 5.0, level: int = 1) -> Scene:
    """A scene in which two objects sound one after the other, without a pause.

    There are two or three turns; in the third, the first object sounds again. The objects do not
    cross, as in :func:`interactive_member`, so that a map can follow the sound from place to place.

    Args:
        seed, duration, level: As for :func:`sample_scene`.
    """
    rng = default_rng([seed, 0x70])
    scene = _sounding(_pair(seed, duration, level), int(rng.integers(2)))
    turns = int(rng.integers(2, 4))
    # A turn lasts at least two thirds of an equal share.
    inner = (np.arange(1, turns) + rng.uniform(-1 / 6, 1 / 6, turns - 1)) * duration / turns
    times = [0.0, *(round(float(t), 1) for t in inner), duration]
    speakers = [abs(scene.sounding_index - turn % 2) for turn in range(turns)]
    main, *also = (
        Voice(speaker, scene.actors[speaker].label, event, event, scene.loudness)
        for speaker, event in zip(speakers, pairwise(times))
    )
    return replace(scene, event=main.event, audible=main.event, also=tuple(also))


def negative(seed: int, kind: str, duration: float = 5.0, level: int = 1) -> Scene:
    """A scene in which nothing visible sounds.

    Args:
        seed: As for :func:`sample_scene`.
        kind: ``'offscreen'`` (the sound of a class that is not in the
            picture), ``'silence'`` (digital silence) or ``'noise'``.
        duration: Length in seconds.
        level: As for :func:`sample_scene`.

    Raises:
        ValueError: If ``kind`` is unknown.
    """
    scene = replace(sample_scene(seed, duration, level=level), also=())
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
    """Draw an event; half of the events miss the clip's middle, half contain it."""
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
    # Whole steps, so that every 100 ms step is entirely inside or outside the event.
    return round(round(start, 1), 6), round(round(start + length, 1), 6)
