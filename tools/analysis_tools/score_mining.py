"""Score mined moments and pseudo boxes against SoundingShapes' ground truth.

Examples:
    python tools/analysis_tools/score_mining.py --moments moments.json --boxes boxes.json \\
        --truth data/soundingshapes/truth
"""

# Must come before MMEngine, which imports torch: mmssl sets how threads wait.
import mmssl  # noqa: F401  isort: skip

import json
import os
import sys

import numpy as np

from mmssl.cli.ending import exit_status
from mmssl.cli.parser import Parser
from mmssl.datasets.annotations import read_boxes, read_moments
from mmssl.localization import box_iou
from mmssl.media.files import write_text
from mmssl.media.paths import FILE_IN, FILE_OUT, FOLDER_IN
from mmssl.soundingshapes import read_truth

#: A baseline without a model: a box in the centre with half of the frame's area.
CENTRE_BOX = (0.5 - 0.125**0.5, 0.5 - 0.125**0.5, 0.5 + 0.125**0.5, 0.5 + 0.125**0.5)


def score_moments(path: str | os.PathLike, truth: str | os.PathLike) -> dict[str, float]:
    """Share of moments that are inside the event.

    Args:
        path: Moments file.
        truth: Folder of SoundingShapes' truth files.

    Returns:
        ``clips``, ``top_1`` and ``top_10`` (mean precision of the ten best
        moments, or of all if there are fewer), and ``mid_frame``, the share of
        clips whose middle is inside.

    Raises:
        ValueError: If a file is malformed.
    """
    moments = read_moments(path)
    first, ten, middle = [], [], []
    for name in moments:
        known = read_truth(truth, name)
        inside = [known.sounds_at(time) for time in moments[name][:10]]
        first.append(inside[0])
        ten.append(np.mean(inside))
        middle.append(known.sounds_at(known.duration / 2))
    return {
        'clips': float(len(first)),
        'top_1': float(np.mean(first)),
        'top_10': float(np.mean(ten)),
        'mid_frame': float(np.mean(middle)),
    }


def score_boxes(path: str | os.PathLike, truth: str | os.PathLike) -> dict[str, float]:
    """IoU of pseudo boxes with the true box at their time; 0 outside the event.

    Args:
        path: Pseudo boxes in VGG-SS's format, with ``time``; only the first box counts.
        truth: Folder of SoundingShapes' truth files.

    Returns:
        ``clips``, ``mean_iou``, ``iou_50`` (share with IoU >= 0.5), and both for
        a box in the centre with half of the frame's area (``centre_...``).

    Raises:
        ValueError: If a file is malformed.
    """
    ious, centre = [], []
    for entry in read_boxes(path):
        true = read_truth(truth, entry['video_id']).boxes_at(entry['time'])
        for scores, box in ((ious, entry['boxes'][0]), (centre, CENTRE_BOX)):
            scores.append(_iou(box, true))
    return {
        'clips': float(len(ious)),
        'mean_iou': float(np.mean(ious)),
        'iou_50': float(np.mean(np.array(ious) >= 0.5)),
        'centre_mean_iou': float(np.mean(centre)),
        'centre_iou_50': float(np.mean(np.array(centre) >= 0.5)),
    }


def _iou(box, true):
    return float(box_iou(np.array([box]), true).max(initial=0))


def main() -> None:
    parser = Parser(__doc__)
    parser.add_argument('--moments', type=FILE_IN, help='moments file')
    parser.add_argument('--boxes', type=FILE_IN, help="pseudo boxes in VGG-SS's format")
    parser.add_argument(
        '--truth', type=FOLDER_IN, required=True, help="folder of the clips' truth files"
    )
    parser.add_argument('--out', type=FILE_OUT, help='also write the numbers to this JSON file')
    args = parser.checked_args()
    if not (args.moments or args.boxes):
        raise SystemExit('neither --moments nor --boxes is set, expected at least one of them')
    found = {}
    for score, path in ((score_moments, args.moments), (score_boxes, args.boxes)):
        if path:
            print(path)
            found.update(numbers := score(path, args.truth))
            for name, value in numbers.items():
                digits = 0 if name == 'clips' else 4
                print(f'  {name:<16}{value:>9.{digits}f}')
    if args.out:
        write_text(args.out, json.dumps(found, indent=1))


if __name__ == '__main__':
    sys.exit(exit_status(main, 'tools/analysis_tools/score_mining.py'))
