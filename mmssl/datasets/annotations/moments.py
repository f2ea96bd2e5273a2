"""The best instants of each video, held compactly."""

import os
import re
from collections.abc import Iterator
from typing import Any

import numpy as np

from ...media import step_centre
from .identifiers import canonical_id, is_millisecond_id
from .text import AnnotationError, is_number, json_value, shown

_FORMS = 'expected {video_id: [{"time": s, "score": f}, ...]} or {ID_startms_endms: [frame, ...]}'


class Moments:
    """Instants by video, best first, in three arrays.

    Loader workers share arrays; a dict of 200,000 lists would be copied into
    each of them, page by page, as reference counts change.

    Args:
        times: ``{video_id: seconds, best first}``.
    """

    def __init__(self, times: dict[str, list[float]]) -> None:
        keys = np.array([name.encode() for name in times] or [b''], dtype=np.bytes_)
        order = np.argsort(keys)
        lists = list(times.values()) or [[]]
        self._keys = keys[order]
        self._ends = np.cumsum([len(lists[i]) for i in order])
        self._times = np.array([time for i in order for time in lists[i]], dtype=np.float64)
        self._count = len(times)

    def __len__(self) -> int:
        return self._count

    def __contains__(self, video_id: str) -> bool:
        return self._position(video_id) is not None

    def __getitem__(self, video_id: str) -> np.ndarray:
        """Seconds, best first."""
        position = self._position(video_id)
        if position is None:
            raise KeyError(video_id)
        start = self._ends[position - 1] if position else 0
        return self._times[start : self._ends[position]]

    def __iter__(self) -> Iterator[str]:
        return (key.decode() for key in self._keys[: self._count])

    def _position(self, video_id: str) -> int | None:
        key = video_id.encode()
        position = int(np.searchsorted(self._keys, np.bytes_(key)))
        found = self._count and position < len(self._keys) and self._keys[position] == key
        return position if found else None


def read_moments(path: str | os.PathLike) -> Moments:
    """Read a moments file.

    Args:
        path: JSON ``{video_id: [{"time": s, "score": f}, ...]}``, best first, or
            the companion form ``{"ID_32000_42000": [47, 46, ...]}``: numbers of
            frames at 10 a second, frame n being the one at ``(n + 0.5) / 10`` s.

    Raises:
        AnnotationError: If the file has neither form; the message names the entry.
    """
    videos = _videos(path)
    return Moments({canonical_id(name): [time for time, _ in best] for name, best in videos})


def read_scored_moments(
    path: str | os.PathLike,
) -> dict[str, list[tuple[float, float | None]]]:
    """Read a moments file with scores. It is held in memory whole, for few videos.

    Args:
        path: As for :func:`read_moments`.

    Returns:
        Video to ``(seconds, score)``, best first; ``None`` for a score that the
        file does not give.

    Raises:
        AnnotationError: As :func:`read_moments`.
    """
    return {
        canonical_id(name): [(time, _score(path, name, moment)) for time, moment in best]
        for name, best in _videos(path)
    }


def _videos(path: str | os.PathLike) -> Iterator[tuple[str, list[tuple[float, Any]]]]:
    """Name and moments, after the time of each, of every video that has some."""
    found = json_value(path)
    if not isinstance(found, dict):
        raise AnnotationError(f'{path}: holds {shown(found)}, {_FORMS}')
    for name, moments in found.items():
        if not isinstance(moments, list):
            raise AnnotationError(f'{path}: entry {shown(name)} is {shown(moments)}, {_FORMS}')
        # JSON can spell halves of surrogate pairs, which no encoding takes.
        if re.search('[\0\ud800-\udfff]', name):
            raise AnnotationError(f'{path}: entry {shown(name)}: not a name, {_FORMS}')
        if moments:
            frames = is_millisecond_id(name)
            yield name, [(_time(path, name, moment, frames), moment) for moment in moments]


def _time(path: str | os.PathLike, name: str, moment: Any, frames: bool) -> float:
    time = moment.get('time', -1) if isinstance(moment, dict) else -1
    if is_number(time) and time >= 0:
        return float(time)
    if frames and type(moment) is int and 0 <= moment < 10**6:
        return step_centre(moment)
    raise AnnotationError(f'{path}: entry {shown(name)} holds {shown(moment)}, {_FORMS}')


def _score(path: str | os.PathLike, name: str, moment: Any) -> float | None:
    score = moment.get('score') if isinstance(moment, dict) else None
    if score is not None and not is_number(score):
        raise AnnotationError(f'{path}: entry {shown(name)} has score {shown(score)}, {_FORMS}')
    return None if score is None else float(score)
