"""Flickr-SoundNet's annotations: boxes of three annotators on a 256 grid, as XML."""

import os
import re
from collections.abc import Iterable
from pathlib import Path
from xml.etree import ElementTree

import numpy as np

from .text import AnnotationError, name_fault, shown
from .xml_text import xml_root

#: Coordinates are pixels of a picture of this side.
_SIDE = 256
_CORNERS = ('xmin', 'ymin', 'xmax', 'ymax')
_WHOLE = re.compile(r'-?[0-9]{1,9}\Z')


def read_flickr_boxes(
    path: str | os.PathLike, ids: Iterable[str] | None = None
) -> dict[str, np.ndarray]:
    """Read Flickr-SoundNet's boxes.

    Args:
        path: An XML file, or the folder with ``ID.xml``.
        ids: Which ones of a folder to read; all if ``None``.

    Returns:
        ``{id: boxes}``, float64 ``(k, 4)``: fractions of the 256 grid (exact in
        binary), one row per box in the file's order. An annotator may have drawn
        several boxes or none, all together at least one: the metric counts
        boxes, not annotators.

    Raises:
        AnnotationError: If a file is missing or not of that form; the message
            names the annotator and the box.
    """
    path = Path(path)
    if not path.is_dir():
        return {path.stem: _boxes(path)}
    names = sorted(p.stem for p in path.glob('*.xml')) if ids is None else list(ids)
    if not names:
        raise AnnotationError(f'{path}: no XML files')
    for name in names:
        if fault := name_fault(name):
            raise AnnotationError(f'{path}: identifier is {shown(name)}, {fault}')
    return {name: _boxes(path / f'{name}.xml') for name in names}


def _boxes(path: Path) -> np.ndarray:
    boxes = []
    for number, annotator in enumerate(xml_root(path)):
        for index, element in enumerate(annotator.iterfind('bbox')):
            place = f'{path}: annotator {number}, bbox {index}'
            boxes.append([_coordinate(place, element, name) for name in _CORNERS])
    if not boxes:
        # A saved error page of a web server has no boxes either.
        raise AnnotationError(f'{path}: no bbox, expected annotators with bbox elements')
    return np.array(boxes, dtype=np.float64) / _SIDE


def _coordinate(place: str, element: ElementTree.Element, name: str) -> int:
    text = (element.findtext(name) or '').strip()
    if not _WHOLE.match(text):
        raise AnnotationError(f'{place}: {name} is {shown(text)}, expected a whole number')
    return int(text)
