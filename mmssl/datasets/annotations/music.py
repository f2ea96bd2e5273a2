"""MUSIC: videos of one or two instruments."""

import os
from collections.abc import Iterator
from dataclasses import dataclass

from .text import AnnotationError, Rows, json_value, name_fault, shown


@dataclass(frozen=True, slots=True)
class Performance:
    """A video and the instruments that are played in it."""

    video: str
    instruments: tuple[str, ...]


def read_music(path: str | os.PathLike) -> Rows[Performance]:
    """Read ``MUSIC_solo_videos.json`` or ``MUSIC_duet_videos.json``.

    Args:
        path: JSON object whose ``videos`` are lists of YouTube's identifiers by instrument, or by
            two instruments with a space between them.

    Returns:
        Videos in order; of one that is listed twice the first stays, and ``repeated`` counts
        videos from 1.

    Raises:
        AnnotationError: If it is another file.
    """
    rows = Rows(enumerate(_performances(path), 1), lambda row: row.video)
    if not rows:
        raise AnnotationError(f'{path}: no videos')
    return rows


def _performances(path: str | os.PathLike) -> Iterator[Performance]:
    content = json_value(path)
    listed = content.get('videos') if isinstance(content, dict) else None
    if not isinstance(listed, dict):
        raise AnnotationError(
            f'{path}: holds {shown(content)}, expected an object with videos, lists by instrument'
        )
    for names, videos in listed.items():
        place = f'{path}: entry {shown(names)}'
        if not names.strip() or not isinstance(videos, list):
            raise AnnotationError(
                f'{place} holds {shown(videos)}, expected the name of an instrument and a list of '
                'identifiers'
            )
        for video in videos:
            fault = name_fault(video) if isinstance(video, str) else 'expected a text'
            if fault:
                raise AnnotationError(f'{place} has the video {shown(video)}, {fault}')
            yield Performance(video, tuple(names.split()))
