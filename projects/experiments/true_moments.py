"""Write the true moments and boxes of SoundingShapes' training clips as training data.

Real videos have no such data. It shows the gap between selected moments and pseudo boxes and
perfect ones.

Examples:
    python projects/experiments/true_moments.py data/soundingshapes --subsets 400 800 \\
        --moments event_moments.json
    python projects/experiments/true_moments.py data/soundingshapes --at moments.json \\
        --boxes true_boxes.json
"""

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from mmssl.cli.ending import exit_status
from mmssl.cli.parser import Parser
from mmssl.clock import step_centre
from mmssl.datasets.annotations import read_moments
from mmssl.datasets.shares import hash_fraction
from mmssl.media.files import write_text
from mmssl.media.paths import FILE_IN, FILE_OUT, FOLDER_IN
from mmssl.soundingshapes import read_truth, training_clips


def write_subsets(data: str | os.PathLike, counts: Sequence[int]) -> None:
    """Write ``first-N.txt`` into a collection, the names of its first N training clips.

    Raises:
        ValueError: If the collection has fewer training clips.
    """
    names = training_clips(data)
    for count in counts:
        if not 0 < count <= len(names):
            raise ValueError(f'{data} has {len(names)} training clips, expected at least {count}')
        write_text(Path(data) / f'first-{count}.txt', '\n'.join(names[:count]) + '\n')


def write_event_moments(data: str | os.PathLike, out: str | os.PathLike) -> None:
    """Write a moment inside the true event of every training clip, drawn by the clip's name."""
    moments = {}
    for name in training_clips(data):
        boxes = read_truth(Path(data) / 'truth', name).boxes
        inside = [step for step, box in enumerate(boxes) if box is not None]
        step = inside[int(hash_fraction(name) * len(inside))]
        moments[name] = [{'time': step_centre(step)}]
    write_text(out, json.dumps(moments))


def write_true_boxes(
    data: str | os.PathLike, moments: str | os.PathLike, out: str | os.PathLike
) -> None:
    """Write the true box at every clip's best moment, in VGG-SS's format.

    A clip whose best moment is outside its event is left out, because nothing
    visible sounds there.

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
        boxes = truth.boxes_at(time).tolist()
        if boxes:
            entries.append({'file': name, 'class': truth.label_name, 'bbox': boxes, 'time': time})
    write_text(out, json.dumps(entries))


def main() -> None:
    parser = Parser(__doc__)
    parser.add_argument('data', type=FOLDER_IN, help='folder of a SoundingShapes collection')
    parser.add_argument(
        '--moments', type=FILE_OUT, help='write a moment inside every true event to this file'
    )
    parser.add_argument(
        '--boxes', type=FILE_OUT, help='write the true boxes at the moments of --at to this file'
    )
    parser.add_argument('--at', type=FILE_IN, help='moments file')
    parser.add_argument(
        '--subsets',
        nargs='+',
        type=int,
        default=[],
        metavar='N',
        help='write DATA/first-N.txt, the names of the first N training clips',
    )
    args = parser.checked_args()
    if (args.boxes is None) != (args.at is None):
        parser.error('--boxes needs --at, the file of the moments, and --at needs --boxes')
    write_subsets(args.data, args.subsets)
    if args.moments:
        write_event_moments(args.data, args.moments)
    if args.boxes:
        write_true_boxes(args.data, args.at, args.boxes)


if __name__ == '__main__':
    sys.exit(exit_status(main, 'projects/experiments/true_moments.py'))
