"""CVAT's XML 1.1, for images and for video: https://docs.cvat.ai/docs/other/xml_format.

Boxes are pixels. A frame of a video on which a box was drawn is a picture (``keyframe``); those
between are interpolated and left out. The export of a project has the videos of several tasks.
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
    """Read ``annotations.xml`` of a task, a job or a project.

    Raises:
        AnnotationError: If it is another file; the message names the image, or track and box.
    """
    root = xml_root(path)
    if root.tag != 'annotations':
        raise AnnotationError(f'{path}: the root is <{root.tag}>, expected <annotations> of CVAT')
    images, tracks = root.findall('image'), root.findall('track')
    if not images and not tracks:
        raise AnnotationError(f'{path}: neither <image> nor <track>, expected a CVAT 1.1 export')
    tasks = _tasks(root)
    found = [_image(f'{path}: image {n}', image, tasks) for n, image in enumerate(images)]
    return found + _frames(path, tracks, tasks)


def _tasks(root: Element) -> dict[str, Element]:
    """The elements of each video, by the task's number in a project; else a single one."""
    of_project = root.findall('meta/project/tasks/task')
    if of_project:
        return {(task.findtext('id') or '').strip(): task for task in of_project}
    single = root.find('meta')
    return {'': Element('meta') if single is None else single}


def _task_of(place: str, element: Element, tasks: dict[str, Element]) -> Element:
    """The task of an image or a track."""
    # A task's own export may name its number, too.
    number = '' if '' in tasks else element.get('task_id', '')
    if number not in tasks:
        raise AnnotationError(
            f'{place}: task_id is {shown(number)}, expected a task of <meta>: {", ".join(tasks)}'
        )
    return tasks[number]


def _source(task: Element) -> str:
    """File of a task's video; empty if it is of pictures."""
    return (task.findtext('.//source') or '').strip()


def _image(place: str, image: Element, tasks: dict[str, Element]) -> PictureBoxes:
    name = image.get('name') or ''
    if not name:
        raise AnnotationError(f'{place}: no name')
    place += f' ({name[:60]})'
    size = [_number(place, image, side) for side in ('width', 'height')]
    elements = image.findall('box')
    boxes = [_box(f'{place}, box {i}', box, size) for i, box in enumerate(elements)]
    names = [box.get('label') or '' for box in elements]
    picture = named_picture(name, boxes, names)
    frame = _FRAME.fullmatch(picture.clip.name)
    source = _source(_task_of(place, image, tasks))
    if not frame or not source:
        return picture
    # A video, exported as images.
    return PictureBoxes(without_ending(source), picture.boxes, picture.names, frame=int(frame[1]))


def _frames(
    path: str | os.PathLike, tracks: list[Element], tasks: dict[str, Element]
) -> list[PictureBoxes]:
    """Frames of videos with their annotations."""
    drawn: dict[str, dict[tuple[None, int], list[tuple[list[float], str]]]] = {}
    for number, track in enumerate(tracks):
        place = f'{path}: track {number}'
        source, size = _video(path, _task_of(place, track, tasks))
        frames = drawn.setdefault(source, {})
        for index, box in enumerate(track.findall('box')):
            if box.get('outside') != '1' and box.get('keyframe', '1') == '1':
                frame = int(_number(f'{place}, box {index}', box, 'frame'))
                entry = _box(f'{place}, box {index}', box, size), track.get('label') or ''
                frames.setdefault((None, frame), []).append(entry)
    pictures = (drawn_frames(source, dict(sorted(f.items()))) for source, f in drawn.items())
    return [picture for of_video in pictures for picture in of_video]


def _video(path: str | os.PathLike, task: Element) -> tuple[str, list[float]]:
    """File and size of a task's video."""
    name = task.findtext('id') or ''
    place = f'{path}: task {name} in <meta>' if task.tag == 'task' else f'{path}: <meta>'
    source, original = _source(task), task.find('.//original_size')
    if not source:
        raise AnnotationError(f'{place} names no <source>, expected the file of the video')
    if original is None:
        raise AnnotationError(f'{place} has no <original_size>, which boxes are pixels of')
    return source, [_number(f'{place}: original_size', original, s) for s in ('width', 'height')]


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
