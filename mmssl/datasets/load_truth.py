"""Steps of the pipeline that read the ground truth or pseudo boxes."""

import os

import cv2
import numpy as np

from ..media import MediaError, step_at
from ..media.files import existing_file
from ..registry import TRANSFORMS
from .annotations import AnnotationError, canonical_id, read_boxes
from .shares import in_share
from .transforms import Step


def read_mask(path: str | os.PathLike) -> np.ndarray:
    """Read a mask: every pixel that is not black belongs to the object.

    Returns:
        Bool ``(H, W)``.

    Raises:
        MediaError: If the file is missing or not a picture.
    """
    path = existing_file(path)
    # In colour: palettes are looked up, and an alpha channel is left out.
    picture = cv2.imread(path, cv2.IMREAD_COLOR)
    if picture is None:
        raise MediaError(f'{path}: OpenCV reads no picture from it, expected a mask')
    return np.any(picture, axis=2)


@TRANSFORMS.register_module()
class LoadMask(Step):
    """Read the mask of the sounding objects.

    Required Keys: mask_filename. Added Keys: gt_mask, bool ``(H, W)``: every
    pixel that is not black belongs to the object, whatever its value or class.

    Raises:
        MediaError: If the file is missing or not a picture.
    """

    of_data_set = True

    def transform(self, results: dict) -> dict:
        results['gt_mask'] = read_mask(results['mask_filename'])
        return results


@TRANSFORMS.register_module()
class LoadBoxes(Step):
    """Give training clips the boxes of a file, such as pseudo boxes, where it has some.

    Required Keys: video_id, moment, img_shape. Added Keys: gt_bboxes, float64 ``(k, 4)``, in pixels
    of the frames, as MMAction2's own picture transforms crop, resize and flip them.

    A box is of one instant: it is given to a clip only if that is in the same
    100 ms step as the chosen moment. Other clips go without.

    Args:
        boxes_file: Boxes in VGG-SS form with ``time``, as ``mmssl boxes`` writes them; no clip
            gets a box if ``None``.
        share: Share of the videos, in (0, 1], whose boxes are used. A video's
            name decides, so a smaller share is part of a larger one.

    Raises:
        ValueError: If the share is outside (0, 1].
        AnnotationError: If the file is malformed.
    """

    of_data_set = True

    def __init__(self, boxes_file: str | None, share: float = 1.0) -> None:
        if not 0 < share <= 1:
            raise ValueError(f'share is {share}, expected one in (0, 1]')
        self.boxes_file = boxes_file
        self.share = share
        self.boxes = {}
        for entry in read_boxes(boxes_file) if boxes_file else ():
            if 'time' not in entry:
                raise AnnotationError(
                    f'{boxes_file}: entry {entry["video_id"]} has no time, expected the instant '
                    'that its boxes are of'
                )
            if in_share(entry['video_id'], share):
                self.boxes[entry['video_id']] = (step_at(entry['time']), entry['boxes'])

    def transform(self, results: dict) -> dict:
        known = self.boxes.get(canonical_id(results['video_id']))
        if known is not None and known[0] == step_at(results['moment']):
            height, width = results['img_shape']
            results['gt_bboxes'] = known[1] * [width, height, width, height]
        return results
