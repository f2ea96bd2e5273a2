"""Measure the delay of a model's map after the sound passes to another object, on clips with turns.

A map's peak is on an object if the centre of its highest cell is inside the object's box. The
delay of a change is the number of steps of 100 ms from the change to the first step whose peak is
on the new sounding object; it is 0 if this is the step of the change. The delay is unknown if the
peak does not get there before the next change.

Examples:
    python -m projects.league.follow CHECKPOINT --data-root data/soundingshapes-2 --out follow.json
"""

# Must come before MMEngine, which imports torch: mmssl sets how threads wait.
import mmssl  # noqa: F401  isort: skip

import json
import math
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median_low

import numpy as np

from mmssl.apis.model import LoadedModel, load_model
from mmssl.apis.windows import localize_clip
from mmssl.cli.ending import exit_status
from mmssl.cli.parser import Parser
from mmssl.clock import STEPS_PER_SECOND, step_at
from mmssl.evaluation import evaluate
from mmssl.media import Clip
from mmssl.media.files import write_text
from mmssl.media.paths import FILE_IN, FILE_OUT, FOLDER_IN
from mmssl.progress import track

#: Number of steps of the curve before a change, and from the change on.
BEFORE, AFTER = 10, 20


@dataclass(frozen=True)
class Followed:
    """Behaviour of a model in a clip.

    Attributes:
        inside: Whether the peak of each step is on the object that sounds at this step; ``(T,)``.
        changes: Steps at which another object begins to sound, ascending.
    """

    inside: np.ndarray
    changes: Sequence[int]

    def delays(self) -> list[int | None]:
        """Delay of every change in steps; ``None`` if the peak never gets there."""
        ends = [*self.changes[1:], len(self.inside)]
        found = []
        for start, end in zip(self.changes, ends):
            hits = np.flatnonzero(self.inside[start:end])
            found.append(int(hits[0]) if len(hits) else None)
        return found


def peaks_inside(maps: np.ndarray, boxes: Sequence[Sequence[Sequence[float]]]) -> np.ndarray:
    """Whether the peak of each map is inside one of its boxes.

    Args:
        maps: ``(T, h, w)``.
        boxes: T lists of boxes, xyxy fractions; an empty list contains no peak.

    Returns:
        Bool ``(T,)``; false for a constant map, which has no peak.

    Raises:
        ValueError: If the numbers of steps differ.
    """
    if len(maps) != len(boxes):
        raise ValueError(f'{len(maps)} maps with the boxes of {len(boxes)} steps')
    return np.array([_peak_inside(values, items) for values, items in zip(maps, boxes)], bool)


def _peak_inside(values: np.ndarray, boxes: Sequence[Sequence[float]]) -> bool:
    if values.max() == values.min():  # a constant map has no peak
        return False
    height, width = values.shape
    row, column = divmod(int(values.argmax()), width)
    x, y = (column + 0.5) / width, (row + 0.5) / height
    return any(x0 <= x < x1 and y0 <= y < y1 for x0, y0, x1, y1 in boxes)


def follow_curve(clips: Sequence[Followed]) -> list[float | None]:
    """Share of changes whose peak is on the sounding object, at every step around the change.

    Returns:
        :data:`BEFORE` + :data:`AFTER` shares; a step counts the changes whose neighbouring turns
        include it, and is ``None`` if there is no such change.
    """
    sums = np.zeros((2, BEFORE + AFTER))
    for clip in clips:
        edges = [0, *clip.changes, len(clip.inside)]
        for before, change, after in zip(edges, edges[1:], edges[2:]):
            steps = np.arange(max(before, change - BEFORE), min(after, change + AFTER))
            sums[0, steps - change + BEFORE] += clip.inside[steps]
            sums[1, steps - change + BEFORE] += 1
    return [float(hits / count) if count else None for hits, count in sums.T]


def summary(clips: Sequence[Followed]) -> dict:
    """Numbers of all clips.

    Returns:
        ``median_delay`` in seconds, infinite if most changes are never followed; ``followed``, the
        share of followed changes; ``inside``, the share of steps whose peak is on the sounding
        object; ``delays`` in steps; and the ``curve``.
    """
    delays = [delay for clip in clips for delay in clip.delays()]
    known = [math.inf if delay is None else delay / STEPS_PER_SECOND for delay in delays]
    return {
        'median_delay': median_low(known),
        'followed': float(np.mean(np.isfinite(known))),
        'inside': float(np.concatenate([clip.inside for clip in clips]).mean()),
        'delays': delays,
        'curve': follow_curve(clips),
    }


def follow(model: LoadedModel, data: str | os.PathLike) -> dict:
    """Localize the clips with turns of a collection, and measure the delays.

    Args:
        model: Model from :func:`mmssl.apis.model.load_model`.
        data: Folder of a SoundingShapes collection with ``turns.json``.

    Returns:
        As :func:`summary`, and ``video``: numbers of the protocol of this name.

    Raises:
        ValueError: If the collection has no such clips.
    """
    path = Path(data) / 'turns.json'
    entries = json.loads(path.read_text(encoding='utf-8')) if path.exists() else []
    if not entries:
        raise ValueError(f'{path}: no clip with turns, expected a collection rendered with --turns')
    clips, maps, truth, groups = [], [], [], []
    for entry in track(entries, 'following the sound'):
        found = localize_clip(model, Clip(Path(data) / 'videos' / f'{entry["file"]}.mp4')).maps
        boxes = entry['steps']
        clips.append(
            Followed(peaks_inside(found, boxes), [step_at(time) for time in entry['changes']])
        )
        maps += [*found]
        truth += [np.array(items, dtype=float).reshape(-1, 4) for items in boxes]
        groups += [entry['file']] * len(found)
    sounding = [len(items) > 0 for items in truth]
    video = evaluate(maps, truth, 'video', sounding=sounding, groups=groups, resamples=0)
    return {**summary(clips), 'video': video.metrics}


def main() -> None:
    parser = Parser(__doc__)
    parser.add_argument('checkpoint', type=FILE_IN, help='checkpoint file, with its own config')
    parser.add_argument(
        '--data-root', type=FOLDER_IN, required=True, help='folder of the collection'
    )
    parser.add_argument('--out', type=FILE_OUT, required=True, help='JSON file of the numbers')
    args = parser.checked_args()
    numbers = follow(load_model(args.checkpoint), args.data_root)
    write_text(args.out, json.dumps(numbers, indent=1))


if __name__ == '__main__':
    sys.exit(exit_status(main, 'projects.league.follow'))
