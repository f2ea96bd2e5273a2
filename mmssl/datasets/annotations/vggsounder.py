"""VGGSounder's files: its labels, and its classes in their order."""

import os
from collections.abc import Collection
from dataclasses import dataclass, field
from difflib import get_close_matches
from importlib.util import find_spec
from pathlib import Path

from .audioset import read_class_table
from .text import AnnotationError, cell_id, headed_rows, shown

#: Names of the flags of a clip.
FLAGS = ('background_music', 'static_image', 'voice_over')
#: In which a label can be perceived.
MODALITIES = ('A', 'V', 'AV')

_LABELS = f'video_id,label,modality,{",".join(FLAGS)}'
#: All clips, those with background music too.
_PACKAGED = 'data/vggsounder+background-music.csv'


@dataclass(slots=True)
class LabelledClip:
    """A clip with its labels.

    Attributes:
        video_id: ``ID_000032``.
        flags: Of each of :data:`FLAGS` whether it is true of the clip.
        labels: One of :data:`MODALITIES` for each class that is seen or heard.
    """

    video_id: str
    flags: dict[str, bool]
    labels: dict[str, str] = field(default_factory=dict)


def packaged_labels() -> Path:
    """The labels' file in the authors' package ``vggsounder``.

    Raises:
        AnnotationError: If the package is not installed.
    """
    package = find_spec('vggsounder')
    if package is None or package.origin is None:
        raise AnnotationError(
            'the package vggsounder is not installed, expected it or a path of its labels: '
            'pip install "mmssl[vggsounder]", or set labels=PATH/vggsounder+background-music.csv'
        )
    return Path(package.origin).parent / _PACKAGED


def read_vggsounder(path: str | os.PathLike, classes: Collection[str]) -> list[LabelledClip]:
    """Read VGGSounder's labels.

    Args:
        path: CSV file with the header
            ``video_id,label,modality,background_music,static_image,voice_over``, one row a label.
        classes: Names that a label may have.

    Returns:
        Clips in the order of the file.

    Raises:
        AnnotationError: If the header is another, a cell is malformed, a label comes twice, or the
            flags of a clip differ; the message names file and line.
    """
    clips: dict[str, LabelledClip] = {}
    names = set(classes)
    for place, cells in headed_rows(path, _LABELS):
        name, label, modality, *flags = cells
        video_id = cell_id(place, 'video_id', name)
        told = dict(zip(FLAGS, (_flag(place, *item) for item in zip(FLAGS, flags))))
        clip = clips.setdefault(video_id, LabelledClip(video_id, told))
        if clip.flags != told:
            raise AnnotationError(
                f'{place}: {_shown_flags(told)} of {video_id}, expected those of its first row, '
                f'{_shown_flags(clip.flags)}'
            )
        if label not in names:
            raise AnnotationError(f'{place}: label is {shown(label)}, {_hint(label, names)}')
        if label in clip.labels:
            raise AnnotationError(f'{place}: label {label!r} of {video_id} again')
        if modality.upper() not in MODALITIES:
            raise AnnotationError(f'{place}: modality is {shown(modality)}, expected A, V or AV')
        clip.labels[label] = modality.upper()
    return list(clips.values())


def read_vggsounder_classes(path: str | os.PathLike) -> list[str]:
    """Read VGGSounder's classes, in the order of its scores.

    Args:
        path: CSV file in AudioSet's form.

    Raises:
        AnnotationError: As :func:`read_class_table`.
    """
    return list(read_class_table(path).values())


def _flag(place: str, name: str, text: str) -> bool:
    if text.lower() not in ('true', 'false'):
        raise AnnotationError(f'{place}: {name} is {shown(text)}, expected True or False')
    return text.lower() == 'true'


def _shown_flags(flags: dict[str, bool]) -> str:
    return ', '.join(f'{name} {value}' for name, value in flags.items())


def _hint(label: str, names: Collection[str]) -> str:
    near = get_close_matches(label, names, 1)
    return f'did you mean {near[0]!r}?' if near else f'expected one of the {len(names)} classes'
