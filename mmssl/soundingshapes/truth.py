"""Write and read the ground truth of SoundingShapes, the files in the folder ``truth``.

A box is known for every step of 100 ms in which its object sounds, see :mod:`draw` for the covered
area.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..clock import STEPS_PER_SECOND, step_at, step_centre
from ..datasets.annotations import AnnotationError
from ..files import StrPath
from ..localization.boxes import Box
from ..media.files import absence
from .classes import CLASS_NAMES
from .draw import ScenePainter
from .scene import Voice


@dataclass(frozen=True)
class Source:
    """A visible object while it sounds.

    Attributes:
        label_name: Class of the object.
        event: Start and end (s) of the interval in which the object is visible and audible.
        boxes: One per step of 100 ms; ``None`` outside of the event, and where the visible share
            of the object is below the limit of its level.
    """

    label_name: str
    event: tuple[float, float]
    boxes: Sequence[Sequence[float] | None]


@dataclass(frozen=True)
class ClipTruth(Source):
    """Ground truth of a clip with a sounding object; of the main object if there are several.

    Attributes:
        name: The clip's identifier.
        outside: Behaviour outside of the event, one of :data:`levels.OUTSIDE`.
        also: Further sounding objects, or further turns of the two objects.
    """

    name: str
    outside: str
    also: tuple[Source, ...] = ()

    @property
    def duration(self) -> float:
        """Seconds."""
        return len(self.boxes) / STEPS_PER_SECOND

    @property
    def sources(self) -> tuple[Source, ...]:
        """All sounding objects, the main object first, turns in their order."""
        return (self, *self.also)

    @property
    def changes(self) -> list[float]:
        """Exact instants (s) at which the sound passes from one object to the next."""
        turns = zip(self.sources, self.sources[1:])
        return [after.event[0] for before, after in turns if before.event[1] == after.event[0]]

    @property
    def boxes_of_steps(self) -> list[np.ndarray]:
        """True boxes of every step, float64 ``(k, 4)``, the input of the protocol ``video``."""
        return [self.boxes_at(step_centre(step)) for step in range(len(self.boxes))]

    def sounds_at(self, time: float) -> bool:
        """Whether an instant (s) is in the event of a visible object."""
        return any(source.event[0] <= time < source.event[1] for source in self.sources)

    def boxes_at(self, time: float) -> np.ndarray:
        """The true boxes at an instant (s): float64 ``(k, 4)``, ``(0, 4)`` outside the events."""
        step = min(step_at(time), len(self.boxes) - 1)
        boxes = [box for source in self.sources if (box := source.boxes[step]) is not None]
        return np.array(boxes, dtype=np.float64).reshape(-1, 4)


def read_truth(folder: StrPath, name: str) -> ClipTruth:
    """Read a clip's file of the folder ``truth``.

    Raises:
        AnnotationError: If the file is missing or malformed, or if the clip has no sounding
            object in the picture.
    """
    path = Path(folder) / f'{name}.json'
    try:
        known = json.loads(path.read_text(encoding='utf-8'))
    except FileNotFoundError as error:
        raise AnnotationError(f'{absence(path)}, expected the truth of clip {name}') from error
    except (OSError, ValueError) as error:
        raise AnnotationError(f'{path}: no truth of clip {name}: {error}') from error
    if 'event' not in known:
        raise AnnotationError(f'{path}: clip {name} has no event, because nothing visible sounds')
    also = tuple(Source(**_source(further)) for further in known.get('also', ()))
    return ClipTruth(**_source(known), name=name, outside=str(known.get('outside')), also=also)


def _source(known: Mapping[str, Any]) -> dict[str, Any]:
    names = {'label_name': known['class'], 'event': tuple(known['event'])}
    return {**names, 'boxes': known['boxes']}


def training_clips(collection: StrPath) -> list[str]:
    """Names of a collection's training clips, in order."""
    return sorted(path.stem for path in Path(collection).glob('truth/train*.json'))


def boxes_of_steps(truth: Mapping[str, Any]) -> list[list[Box]]:
    """Boxes of all sounding objects at every step, from a truth file's content."""
    every = [truth['boxes'], *(source['boxes'] for source in truth.get('also', ()))]
    return [[box for box in boxes if box is not None] for boxes in zip(*every)]


def scene_truth(painter: ScenePainter, instant: float | None = None) -> dict[str, Any]:
    """Content of a truth file: boxes of sounding objects during events, of others while visible.

    Args:
        painter: Painter of the scene.
        instant: Annotated instant (s); drawn if ``None``.
    """
    scene = painter.scene
    count = round(scene.duration * STEPS_PER_SECOND)
    steps = [painter.boxes(step_centre(i)) for i in range(count)]
    heard = {voice.actor for voice in scene.voices}
    truth: dict[str, Any] = {
        'class': None if scene.sound is None else CLASS_NAMES[scene.sound],
        'outside': scene.outside,
        'time': scene.duration / 2,
        'silent': [
            {'class': CLASS_NAMES[actor.label], 'boxes': [step[i] for step in steps]}
            for i, actor in enumerate(scene.actors)
            if i not in heard
        ],
    }
    if scene.target is None:
        return truth
    main, *also = (_voice_truth(painter, voice, steps) for voice in scene.voices)
    truth['event'] = main['event']
    truth['time'] = _annotated_instant(painter, main['boxes']) if instant is None else instant
    truth['boxes'] = main['boxes']
    if also:
        truth['also'] = also
    return truth


def _voice_truth(
    painter: ScenePainter, voice: Voice, steps: list[list[Box | None]]
) -> dict[str, Any]:
    """An entry of a truth file: class, event and boxes of the sounding object."""
    actor, (start, end) = voice.actor, voice.event
    assert actor is not None
    times = [step_centre(i) for i in range(len(steps))]
    whole = [step[actor] if start <= t < end else None for t, step in zip(times, steps)]
    shown = [box if box and painter.shows(actor, t) else None for t, box in zip(times, whole)]
    # An object whose visible share never reaches the limit still has boxes.
    boxes = shown if any(shown) else whole
    return {'class': CLASS_NAMES[voice.label], 'event': voice.event, 'boxes': boxes}


def _annotated_instant(painter: ScenePainter, boxes: list[Box | None]) -> float:
    """Centre of a step with a box, 0.3 s inside the event if possible.

    All objects are in sight there, if this ever happens. So both members of a pair, which differ in
    the sounding object, are annotated at the same instant.
    """
    scene = painter.scene
    start, end = (round(t * STEPS_PER_SECOND) for t in scene.event)
    margin = min(3, (end - start - 1) // 2)
    inside = range(start + margin, end - margin)
    boxed = [step for step in inside if boxes[step]] or [i for i, box in enumerate(boxes) if box]
    actors = range(len(scene.actors))
    clear = [i for i in boxed if all(painter.shows(a, step_centre(i)) for a in actors)] or boxed
    rng = np.random.default_rng([scene.picture_seed, 0x71])
    return round(step_centre(clear[int(rng.integers(len(clear)))]), 6)
