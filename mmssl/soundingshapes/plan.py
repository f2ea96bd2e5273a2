"""The clips of a collection: their settings, names and scenes.

Every clip depends only on the settings' seed and level, its split and its index, so a collection
can be extended, rendered in parallel, interrupted and continued.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..media.pictures import Size
from .classes import CLASS_NAMES
from .levels import level_named
from .sample import in_turn, interactive_member, negative, sample_scene, single
from .scene import Scene

NEGATIVE_KINDS = ('offscreen', 'silence', 'noise')

#: Settings that are numbers of clips.
NUMBERS = ('train', 'val', 'test', 'pairs', 'negatives', 'singles', 'turns')

#: The order is part of a clip's seed: append, never reorder.
_STREAMS = ('train', 'val', 'test', 'pair', 'neg', 'single', 'turn')


@dataclass(frozen=True)
class RenderSettings:
    """Settings of a collection.

    Attributes:
        train, val, test: Number of clips of each split.
        pairs: Number of interactive pairs (two clips each).
        negatives: Number of clips in which nothing visible sounds.
        singles: Number of clips with a single object (split ``single``), whose
            pictures pretrain a network in place of ImageNet's.
        turns: Number of clips in which two objects sound one after another (split ``turns``).
        duration: Length of a clip in seconds.
        size: Width and height in pixels.
        fps: Frames per second.
        seed: Source of everything.
        level: Difficulty, see :mod:`levels`.

    Raises:
        ValueError: If a number is negative, or there is no such level.
    """

    train: int = 600
    val: int = 100
    test: int = 200
    pairs: int = 50
    negatives: int = 48
    singles: int = 0
    turns: int = 0
    duration: float = 5.0
    size: Size = (112, 112)
    fps: float = 10
    seed: int = 0
    level: int = 1

    def __post_init__(self) -> None:
        for name in (*NUMBERS, 'seed'):
            if (number := getattr(self, name)) < 0:
                raise ValueError(f'{name} is {number}, expected 0 or more')
        level_named(self.level)


@dataclass(frozen=True)
class PlannedClip:
    """A clip to render.

    Attributes:
        name: Identifier.
        split: Split in the table.
        group: ``'main'``, ``'interactive'`` or ``'negative'``; empty for VGGSound's layout.
        make_scene, arguments: The function that makes the scene, and its arguments.
        kind: Kind of a negative.
        instant: Annotated instant (s); drawn if ``None``.
    """

    name: str
    split: str
    group: str
    make_scene: Callable[..., Scene]
    arguments: dict[str, Any]
    kind: str = ''
    instant: float | None = None


def collection_clips(settings: RenderSettings) -> Iterator[PlannedClip]:
    """Every clip of a collection, in the order of its annotations."""
    shared: dict[str, Any] = {'duration': settings.duration, 'level': settings.level}

    def seed(stream: str, index: int) -> int:
        return _clip_seed(settings.seed, stream, index, settings.level)

    for split, prefix, count, make in (
        ('train', 'train', settings.train, sample_scene),
        ('val', 'val--', settings.val, sample_scene),
        ('test', 'test-', settings.test, sample_scene),
        ('single', 'one--', settings.singles, single),
    ):
        for index in range(count):
            facts = {'seed': seed(split, index), 'label': index % len(CLASS_NAMES), **shared}
            yield PlannedClip(_name(prefix, index), split, 'main', make, facts)
    for index in range(settings.pairs):
        for member, prefix in enumerate(('paira', 'pairb')):
            facts = {'seed': seed('pair', index), 'member': member, **shared}
            yield PlannedClip(
                _name(prefix, index), 'test', 'interactive', interactive_member, facts
            )
    for index in range(settings.negatives):
        kind = NEGATIVE_KINDS[index % 3]
        facts = {'seed': seed('neg', index), 'kind': kind, **shared}
        yield PlannedClip(_name('neg--', index), 'test', 'negative', negative, facts, kind)
    for index in range(settings.turns):
        facts = {'seed': seed('turn', index), **shared}
        yield PlannedClip(_name('turn-', index), 'turns', 'main', in_turn, facts)


def standin_clips(clips: int, seed: int) -> Iterator[PlannedClip]:
    """Clips that stand in for VGGSound's, a quarter of them in the test split."""
    for index in range(clips):
        split = 'test' if index % 4 == 3 else 'train'
        name = f'Stand_in-{index:02d}_{30 + index:06d}'
        facts = {'seed': _clip_seed(seed, 'train', index, 1), 'label': index % len(CLASS_NAMES)}
        yield PlannedClip(name, split, '', _standin_scene, facts, instant=5.0)


def _standin_scene(seed: int, label: int) -> Scene:
    """A scene whose object is visible and audible at t = 5 s, the time of VGG-SS boxes."""
    scene = sample_scene(seed, 10.0, label)
    seen = replace(scene.sounding, visible=((0.0, 10.0),))
    actors = tuple(seen if actor is scene.sounding else actor for actor in scene.actors)
    event = (3.0, 7.0)
    return replace(scene, actors=actors, event=event, audible=event, outside='silent')


def _name(prefix: str, index: int) -> str:
    """A name in VGGSound's format: eleven characters and a start."""
    return f'{prefix}{index:06d}_000000'


def _clip_seed(seed: int, stream: str, index: int, level: int) -> int:
    # Levels share no scene, so a model of one level has not seen the test clips of another.
    place = [seed, _STREAMS.index(stream), index, *([level] if level > 1 else [])]
    return int(np.random.SeedSequence(place).generate_state(1)[0])
