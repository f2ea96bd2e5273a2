"""IS3: pictures of two objects, with the sound and the box of each."""

import os
from typing import Any

import numpy as np

from ...evaluation.functional import GRID
from .text import JsonEntry, json_entries, shown


def read_is3(path: str | os.PathLike) -> list[dict[str, Any]]:
    """Read IS3's objects.

    Args:
        path: JSON list of ``{image, audio, gt_box}``. Boxes are xyxy in pixels
            of the 224 grid; the folders in front of the names are the
            authors' own and are left out.

    Returns:
        Entries ``{video_id, picture, sound, group, label_name, boxes}``: the
        names without their endings, ``group`` common to the objects of one
        picture (the name without its last ``_token``, which is the class), and
        boxes ``(1, 4)`` as fractions ``f`` of which ``int(224 * f)`` gives
        every whole coordinate back.

    Raises:
        AnnotationError: If the file is not such a list; the message names the entry.
    """
    return [_object(entry) for entry in json_entries(path, 'image', 'audio', 'gt_box')]


def fractions(pixels: np.ndarray) -> np.ndarray:
    """Fractions of the 224 grid that ``int(224 * f)`` takes back to whole pixels."""
    found = np.asarray(pixels, dtype=np.float64) / GRID
    short = np.floor(GRID * found) < np.floor(pixels)
    return np.where(short, np.nextafter(found, np.inf), found)


def _object(entry: JsonEntry) -> dict[str, Any]:
    box = np.array(entry.numbers('gt_box', 4))
    if (box < 0).any() or (box > GRID).any():
        raise entry.error(f'gt_box is {shown(box.tolist())}, expected pixels in [0, {GRID}]')
    picture, sound = (entry.name(key, base=True).rsplit('.', 1)[0] for key in ('image', 'audio'))
    group, _, label = picture.rpartition('_')
    if not group or not label or not sound:
        raise entry.error(
            f'image and audio are {shown(picture)} and {shown(sound)}, expected NAME_CLASS'
        )
    return {
        'video_id': picture,
        'picture': picture,
        'sound': sound,
        'group': group,
        'label_name': label,
        'boxes': fractions(box)[None],
    }
