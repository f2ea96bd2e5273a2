"""CVAT's XML 1.1, for images and for video: https://docs.cvat.ai/docs/other/xml_format.

Boxes are pixels. A frame of a video on which a box was drawn is a picture (``keyframe``); those
between are interpolated and left out.
"""

import os
import re
from xml.etree.ElementTree import Element

from .picture_boxes import PictureBoxes, drawn_frames, named_picture, turned_box, without_ending
from .text import AnnotationError, shown
from .xml_text import xml_root

_CORNERS = ('xtl', 'ytl', 'xbr', 'ybr')
#: Name that CVAT gives the frames of a video.
_FRAME = re.compile(r'frame_([0-9]+)')


def read_cvat(path: str | os.PathLike) -> list[PictureBoxes]:
    """Read ``annotations.xml``.

    Raises:
        AnnotationError: If it is no such file; the message names the image, or track and box.
    """
    root = xml_root(path)
    if root.tag != 'annotations':
        raise AnnotationError(f'{path}: the root is <{root.tag}>, expected <annotations> of CVAT')
    images, tracks = root.findall('image'), root.findall('track')
    if not images and not tracks:
        raise AnnotationError(f'{path}: neither <image> nor <track>, expected a CVAT 1.1 export')
    source = (root.findtext('meta//source') or '').strip()
    found = [_image(f'{path}: image {n}', image, source) for n, image in enumerate(images)]
    return found + (_frames(path, root, tracks, source) if tracks else [])


def _image(place: str, image: Element, source: str) -> PictureBoxes:
    name = image.get('name') or ''
    if not name:
        raise AnnotationError(f'{place}: no name')
    place += f' ({name[:60]})'
    size = [_number(place, image, side) for side in ('width', 'height')]
    elements = image.findall('box')
    boxes = [_box(f'{place}, box {i}', box, size) for i, box in enumerate(elements)]
    names = [box.get('label') or '' for box in elements]
    picture = named_picture(name, boxes, names)
    if (frame := _FRAME.fullmatch(picture.clip.name)) and source:
        # A video, exported as images.
        video = without_ending(source)
        return PictureBoxes(video, picture.boxes, picture.names, frame=int(frame[1]))
    return picture


def _frames(
    path: str | os.PathLike, root: Element, tracks: list[Element], source: str
) -> list[PictureBoxes]:
    """Frames of a video with what was drawn on them."""
    if not source:
        raise AnnotationError(f'{path}: <meta> names no <source>, expected the file of the video')
    original = root.find('meta//original_size')
    if original is None:
        raise AnnotationError(f'{path}: <meta> has no <original_size>, which boxes are pixels of')
    size = [_number(f'{path}: original_size', original, side) for side in ('width', 'height')]
    drawn: dict[tuple[None, int], list[tuple[list[float], str]]] = {}
    for number, track in enumerate(tracks):
        for index, box in enumerate(track.findall('box')):
            place = f'{path}: track {number}, box {index}'
            if box.get('outside') != '1' and box.get('keyframe', '1') == '1':
                frame = int(_number(place, box, 'frame'))
                entry = _box(place, box, size), track.get('label') or ''
                drawn.setdefault((None, frame), []).append(entry)
    return drawn_frames(source, dict(sorted(drawn.items())))


def _box(place: str, element: Element, size: list[float]) -> list[float]:
    corners = [_number(place, element, name, least=-1e9) for name in _CORNERS]
    centre = (corners[0] + corners[2]) / 2, (corners[1] + corners[3]) / 2
    degrees = _number(place, element, 'rotation', least=-360) if element.get('rotation') else 0.0
    box, fault = turned_box(corners, size, degrees, centre)
    if fault:
        raise AnnotationError(f'{place}: the box {corners} {fault}')
    return box


def _number(place: str, element: Element, name: str, least: float = 0) -> float:
    """A number of an attribute, or of an element inside."""
    text = element.get(name) or element.findtext(name) or ''
    try:
        value = float(text)
    except ValueError:
        value = float('nan')
    if not least <= value < float('inf') or (name in ('width', 'height') and not value):
        raise AnnotationError(f'{place}: {name} is {shown(text)}, expected a number')
    return value
