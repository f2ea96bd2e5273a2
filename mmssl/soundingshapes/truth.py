"""What is true of a clip of SoundingShapes: a reader of the files in its folder ``truth``."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..clock import STEPS_PER_SECOND, step_at
from ..datasets.annotations import AnnotationError
from ..files import StrPath
from ..media.files import absence


@dataclass(frozen=True)
class ClipTruth:
    """The truth of a clip in which a visible object sounds.

    Attributes:
        name: The clip's identifier.
        label_name: Class of the sounding object.
        event: Start and end (s): the object sounds and is seen from the one to the other.
        outside: What happens outside of the event: ``'silent'``, ``'hidden'``,
            ``'offscreen'``, ``'cut'`` or ``'fade'``.
        boxes: One per step of 100 ms, ``None`` outside of the event.
    """

    name: str
    label_name: str
    event: tuple[float, float]
    outside: str
    boxes: Sequence[Sequence[float] | None]

    @property
    def duration(self) -> float:
        """Seconds."""
        return len(self.boxes) / STEPS_PER_SECOND

    def sounds_at(self, time: float) -> bool:
        """Whether an instant (s) lies in the event."""
        start, end = self.event
        return start <= time < end

    def boxes_at(self, time: float) -> np.ndarray:
        """The true box at an instant (s): float64 ``(1, 4)``, or ``(0, 4)`` outside the event."""
        box = self.boxes[min(step_at(time), len(self.boxes) - 1)]
        return np.array([] if box is None else [box], dtype=np.float64).reshape(-1, 4)


def read_truth(folder: StrPath, name: str) -> ClipTruth:
    """Read a clip's file of the folder ``truth``.

    Raises:
        AnnotationError: If the file is missing or broken, or if nothing visible sounds in
            the clip.
    """
    path = Path(folder) / f'{name}.json'
    try:
        known = json.loads(path.read_text(encoding='utf-8'))
    except FileNotFoundError as error:
        raise AnnotationError(f'{absence(path)}, expected the truth of clip {name}') from error
    except (OSError, ValueError) as error:
        raise AnnotationError(f'{path}: no truth of clip {name}: {error}') from error
    if 'event' not in known:
        raise AnnotationError(f'{path}: clip {name} has no event, nothing visible sounds in it')
    outside = str(known.get('outside'))
    return ClipTruth(name, known['class'], tuple(known['event']), outside, known['boxes'])


def training_clips(collection: StrPath) -> list[str]:
    """Names of a collection's training clips, in order."""
    return sorted(path.stem for path in Path(collection).glob('truth/train*.json'))
