"""Pseudo boxes in COCO's form, and their frames."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from ..media import MediaError, open_clip
from ..media.files import atomic_file
from ..media.pictures import write_jpeg
from ..progress import track
from .mined import MiningResults, write_items

#: Quality of JPEG files, of 100.
_QUALITY = 95


def write_coco(mined: MiningResults, path: str | os.PathLike) -> None:
    """Write pseudo boxes in COCO's form, which pycocotools reads.

    An image is the frame of a clip, ``video``, at ``time`` seconds. Boxes are in pixels of
    :attr:`MiningResults.frames` if they were written, otherwise of the frames that the model reads.
    pycocotools needs ``info`` and ``segmentation``, the box as a polygon.
    """
    with atomic_file(path) as partial, partial.open('w', encoding='utf-8') as file:
        info = {'description': 'pseudo boxes of sounding objects, by mmssl', 'version': '1.0'}
        file.write(f'{{"info": {json.dumps(info)},\n"licenses": [],\n')
        file.write(f'"categories": {json.dumps(_categories(mined))},\n"images": ')
        write_items(file, '[]', map(json.dumps, _images(mined)))
        file.write(',\n"annotations": ')
        write_items(file, '[]', map(json.dumps, _annotations(mined)))
        file.write('}\n')


def write_frames(mined: MiningResults, folder: str | os.PathLike) -> dict[str, Path]:
    """Write the frame of every clip's boxes as ``VIDEO_ID.jpg``; existing files are kept.

    Returns:
        The files by identifier. Clips whose frame can no longer be read are left out and
        reported.
    """
    frames, count = {}, len(mined.videos) - len(mined.unreadable())
    for name, record in track(mined.readable(), 'writing frames', count):
        path = Path(folder) / f'{name}.jpg'
        try:
            if not path.exists():
                (frame,) = open_clip(mined.videos[name]).frames(np.array([record['time']]))
                write_jpeg(path, frame, _QUALITY)
            frames[name] = path
        except MediaError as error:
            print(f'no frame for {name}: {error}')
    return frames


def _shown(mined: MiningResults) -> Iterator[tuple[int, str, dict]]:
    """Number, identifier and record of every image."""
    frames = mined.frames
    shown = ((n, r) for n, r in mined.readable() if frames is None or n in frames)
    return ((index, name, record) for index, (name, record) in enumerate(shown, 1))


def _size(mined: MiningResults, name: str, record: dict) -> tuple[int, int]:
    """Width and height of the image to which boxes refer."""
    if mined.frames is None:
        width, height = record['size']
        return width, height
    with Image.open(mined.frames[name]) as image:
        return image.size


def _categories(mined: MiningResults) -> list[dict]:
    """All categories that annotations name."""
    names = dict(enumerate(mined.classes or ()))
    if not names:
        names = {_category(record): mined.class_name(record) for _, record in mined.readable()}
    return [{'id': number, 'name': name} for number, name in sorted(names.items())]


def _category(record: dict) -> int:
    """Number of a record's category. Unknown classes share one category."""
    return record['class'] or 0


def _images(mined: MiningResults) -> Iterator[dict]:
    for index, name, record in _shown(mined):
        width, height = _size(mined, name, record)
        yield {
            'id': index,
            'file_name': f'{name}.jpg',
            'video': name,
            'width': width,
            'height': height,
            'time': record['time'],
        }


def _annotations(mined: MiningResults) -> Iterator[dict]:
    number = 0
    for index, name, record in _shown(mined):
        width, height = _size(mined, name, record)
        for x0, y0, x1, y1, score in record['boxes']:
            number += 1
            x, y = round(x0 * width, 2), round(y0 * height, 2)
            w, h = round((x1 - x0) * width, 2), round((y1 - y0) * height, 2)
            yield {
                'id': number,
                'image_id': index,
                'category_id': _category(record),
                'bbox': [x, y, w, h],
                'segmentation': [[x, y, x + w, y, x + w, y + h, x, y + h]],
                'area': round(w * h, 2),
                'iscrowd': 0,
                'score': score,
            }
