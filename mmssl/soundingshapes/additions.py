"""Additions of the levels to a scene: one function for each property.

A function takes a scene, a source of random numbers and the settings of a level, and returns the
scene with the additions of the level. Level 1 adds nothing.
"""

from dataclasses import replace
from math import prod

from numpy.random import Generator

from .actors import Actor, crossing, place_beside
from .camera import sample_camera
from .levels import Level
from .room import sample_room
from .scene import Scene, Voice

#: Least and largest lead of the sound before an object that comes late, in seconds.
_LEAD = (0.5, 1.5)


def harder(scene: Scene, rng: Generator, level: Level) -> Scene:
    """A scene with the additions of a level."""
    scene = replace(
        scene,
        camera=sample_camera(rng, level),
        room=sample_room(rng, level),
        textured=level.textured,
        least_seen=level.least_seen,
    )
    for add in (_late, look_alike, _crossed, _twinned, _layered, _several):
        scene = add(scene, rng, level)
    return scene


def look_alike(scene: Scene, rng: Generator, level: Level) -> Scene:
    """Objects of one shape and one family of colours; only their textures show the classes."""
    model = scene.actors[int(rng.integers(len(scene.actors)))]
    if rng.uniform() >= level.look_alikes:
        return scene
    actors = (replace(a, shape=model.label, palette=model.seed) for a in scene.actors)
    return replace(scene, actors=tuple(actors))


def _crossed(scene: Scene, rng: Generator, level: Level) -> Scene:
    """Two objects, one of which sounds; during the event either of them crosses the other."""
    rivals = [i for i in range(len(scene.actors)) if i != scene.target]
    pair = [scene.sounding_index, int(rng.choice(rivals))]
    start, end = scene.event
    time = start + (end - start) * rng.uniform(0.2, 0.8)
    if rng.uniform() >= level.crossing:
        return scene
    mover, other = pair if rng.uniform() < 0.5 else pair[::-1]
    moved = crossing(rng, scene.actors[mover], scene.actors[other], time)
    return _with_actor(scene, mover, moved)


def _layered(scene: Scene, _: Generator, level: Level) -> Scene:
    """Larger objects behind smaller ones, if no object may stay hidden."""
    if level.least_seen == 0:
        return scene
    count = len(scene.actors)
    order = sorted(range(count), key=lambda i: -prod(scene.actors[i].size))
    actors = tuple(scene.actors[i] for i in order)
    return replace(scene, actors=actors, target=order.index(scene.sounding_index))


def _late(scene: Scene, rng: Generator, level: Level) -> Scene:
    """A sound that begins before its object appears, if there is time before the event."""
    lead = rng.uniform(*_LEAD)
    if scene.outside != 'late':
        return scene
    if scene.event[0] < _LEAD[0]:
        return replace(scene, outside='silent')
    return replace(scene, audible=(max(0.0, scene.event[0] - lead), scene.event[1]))


def _twinned(scene: Scene, rng: Generator, level: Level) -> Scene:
    """A silent object that looks like the sounding object."""
    if rng.uniform() >= level.twins:
        return scene
    model = scene.sounding
    twin = place_beside(rng, model.label, scene.duration, list(scene.actors))
    if twin is None:
        return scene
    twin = replace(twin, seed=model.seed, shape=model.shape, palette=model.palette)
    return replace(scene, actors=(*scene.actors, twin))


def _several(scene: Scene, rng: Generator, level: Level) -> Scene:
    """A second object that sounds during part of the event."""
    start, end = scene.event
    early, late = rng.uniform(0, 0.3, 2) * (end - start)
    quieter = 10 ** rng.uniform(-0.4, 0.0)
    rivals = [i for i, actor in enumerate(scene.actors) if actor.label != scene.sound]
    chosen = int(rng.choice(rivals))
    if rng.uniform() >= level.several:
        return scene
    event = (round(float(start + early), 1), round(float(end - late), 1))
    label = scene.actors[chosen].label
    voice = Voice(chosen, label, event, event, scene.loudness * quieter)
    return replace(scene, also=(voice,))


def _with_actor(scene: Scene, index: int, actor: Actor) -> Scene:
    actors = (*scene.actors[:index], actor, *scene.actors[index + 1 :])
    return replace(scene, actors=actors)
