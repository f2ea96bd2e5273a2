"""Boxes as annotation tools export them, in one form.

- VGG-SS: a JSON list of ``{file, class, bbox}``, see :mod:`vggss`
- COCO: a JSON object of ``images``, ``categories``, ``annotations``, see :mod:`coco`
- CVAT: XML 1.1 for images or for video, see :mod:`cvat`
- Label Studio: JSON of tasks, see :mod:`label_studio`

A picture belongs to the clip of its name. Its instant is the one that the file tells; otherwise
the name may end in ``@SECONDS``, as ``dog@2.5.jpg``.
"""

import os
from pathlib import Path

from .coco import detections_of
from .cvat import read_cvat
from .label_studio import is_label_studio, read_label_studio
from .picture_boxes import PictureBoxes, named_picture
from .text import json_value
from .vggss import named_boxes


def read_exported_boxes(path: str | os.PathLike) -> list[PictureBoxes]:
    """Read boxes of any of these kinds. The content tells the kind.

    Returns:
        Every picture that the file names, also those without a box.

    Raises:
        AnnotationError: If the file is of another kind, or an entry is malformed; the message names
            the line or the entry.
    """
    if Path(path).suffix.lower() == '.xml':
        return read_cvat(path)
    found = json_value(path)
    if isinstance(found, dict):
        pictures = detections_of(path, found)
        return [named_picture(p.name, p.boxes, p.names, p.time) for p in pictures]
    if is_label_studio(found):
        return read_label_studio(path, found)
    return [
        named_picture(name, e['boxes'], [e['label_name']] * len(e['boxes']), e.get('time'))
        for name, e in named_boxes(path, found)
    ]
