"""How right mined moments and boxes are, where SoundingShapes knows the truth."""

import json
import os
from pathlib import Path

import numpy as np

from ..datasets.annotations import AnnotationError, read_boxes, read_moments
from ..localization import box_iou
from ..media import STEPS_PER_SECOND, step_at

#: Centre of the frame, half of its area: what needs no model.
CENTRE_BOX = (0.5 - 0.125**0.5, 0.5 - 0.125**0.5, 0.5 + 0.125**0.5, 0.5 + 0.125**0.5)


def score_moments(path: str | os.PathLike, truth: str | os.PathLike) -> dict[str, float]:
    """Share of moments that lie inside the event.

    Args:
        path: Moments file.
        truth: Folder of SoundingShapes' truth files.

    Returns:
        ``clips``, ``top_1`` and ``top_10`` (mean precision of the ten best, or
        of as many as there are), and ``mid_frame``, the share of clips whose
        middle lies inside.

    Raises:
        ValueError: If a file is not what it should be.
    """
    moments = read_moments(path)
    first, ten, middle = [], [], []
    for name in moments:
        found = read_truth(truth, name)
        inside = [_is_inside(found, time) for time in moments[name][:10]]
        first.append(inside[0])
        ten.append(np.mean(inside))
        middle.append(_is_inside(found, len(found['boxes']) / STEPS_PER_SECOND / 2))
    return {
        'clips': float(len(first)),
        'top_1': float(np.mean(first)),
        'top_10': float(np.mean(ten)),
        'mid_frame': float(np.mean(middle)),
    }


def score_boxes(path: str | os.PathLike, truth: str | os.PathLike) -> dict[str, float]:
    """IoU of pseudo boxes with the true box at their time; 0 outside the event.

    Args:
        path: Pseudo boxes in VGG-SS form, with ``time``; the first box counts.
        truth: Folder of SoundingShapes' truth files.

    Returns:
        ``clips``, ``mean_iou``, ``iou_50`` (share with IoU >= 0.5), and both for
        a box in the centre of half the frame's area (``centre_...``).

    Raises:
        ValueError: If a file is not what it should be.
    """
    ious, centre = [], []
    for entry in read_boxes(path):
        found = read_truth(truth, entry['video_id'])
        boxes = found['boxes']
        true = boxes[min(step_at(entry['time']), len(boxes) - 1)]
        for scores, box in ((ious, entry['boxes'][0]), (centre, CENTRE_BOX)):
            scores.append(_iou(box, true))
    return {
        'clips': float(len(ious)),
        'mean_iou': float(np.mean(ious)),
        'iou_50': float(np.mean(np.array(ious) >= 0.5)),
        'centre_mean_iou': float(np.mean(centre)),
        'centre_iou_50': float(np.mean(np.array(centre) >= 0.5)),
    }


def read_truth(folder: str | os.PathLike, name: str) -> dict:
    """A clip's truth file of SoundingShapes.

    Raises:
        AnnotationError: If there is none, or nothing visible sounds in the clip.
    """
    path = Path(folder) / f'{name}.json'
    try:
        found = json.loads(path.read_text(encoding='utf-8'))
    except (OSError, ValueError) as error:
        raise AnnotationError(f'{path}: no truth of clip {name}: {error}') from error
    if 'event' not in found:
        raise AnnotationError(f'{path}: clip {name} has no event, nothing visible sounds in it')
    return found


def _iou(box, true):
    if true is None:
        return 0.0
    return float(box_iou(np.array([box]), np.array([true]))[0, 0])


def _is_inside(truth, time):
    start, end = truth['event']
    return start <= time < end
