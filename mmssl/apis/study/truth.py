"""What is true of SoundingShapes' training clips, in the forms that training reads.

Nobody has this for real videos: it shows how far selected moments and pseudo
boxes are from perfect ones.
"""

import json
import os
from collections.abc import Sequence
from pathlib import Path

from ...datasets.annotations import read_moments
from ...datasets.shares import place_of
from ...media import step_at, step_centre
from ...media.files import write_text
from ..score_mining import read_truth


def training_clips(data: str | os.PathLike) -> list[str]:
    """Names of a collection's training clips, in order."""
    return sorted(path.stem for path in Path(data).glob('truth/train*.json'))


def write_subsets(data: str | os.PathLike, counts: Sequence[int]) -> None:
    """Write ``first-N.txt`` into a collection, the names of its first N training clips.

    Raises:
        ValueError: If there are fewer.
    """
    names = training_clips(data)
    for count in counts:
        if not 0 < count <= len(names):
            raise ValueError(f'{data} has {len(names)} training clips, asked for the first {count}')
        write_text(Path(data) / f'first-{count}.txt', '\n'.join(names[:count]) + '\n')


def write_event_moments(data: str | os.PathLike, out: str | os.PathLike) -> None:
    """Write a moment inside the true event of every training clip; its name decides which."""
    moments = {}
    for name in training_clips(data):
        boxes = read_truth(Path(data) / 'truth', name)['boxes']
        inside = [step for step, box in enumerate(boxes) if box is not None]
        step = inside[int(place_of(name) * len(inside))]
        moments[name] = [{'time': step_centre(step)}]
    write_text(out, json.dumps(moments))


def write_true_boxes(
    data: str | os.PathLike, moments: str | os.PathLike, out: str | os.PathLike
) -> None:
    """Write the true box at every clip's best moment, in VGG-SS form.

    A clip whose best moment lies outside its event is left out: nothing sounds
    visibly there.

    Args:
        data: The collection.
        moments: Moments of its training clips.
        out: JSON file.
    """
    entries = []
    chosen = read_moments(moments)
    for name in chosen:
        truth = read_truth(Path(data) / 'truth', name)
        time = float(chosen[name][0])
        box = truth['boxes'][min(step_at(time), len(truth['boxes']) - 1)]
        if box is not None:
            entries.append({'file': name, 'class': truth['class'], 'bbox': [box], 'time': time})
    write_text(out, json.dumps(entries))
