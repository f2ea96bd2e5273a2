"""Names of clips of YouTube's videos."""

import re

# YouTube's identifiers have eleven characters and may hold underscores themselves.
_MILLISECONDS = re.compile(r'(.{11})_([0-9]{1,9})_([0-9]{1,9})\Z')
_SECONDS = re.compile(r'(.{11})_([0-9]{6})\Z')
# Milliseconds are not filled up with zeros, and no video lasts 100,000 seconds.
_SECONDS_TWICE = re.compile(r'(.{11}_0[0-9]{5})_[0-9]{6}\Z')


def canonical_id(name: str) -> str:
    """Bring a clip's name to the form ``ID_000032``.

    >>> canonical_id('9fhhMaXTraI_44000_54000')
    '9fhhMaXTraI_000044'
    >>> canonical_id('9fhhMaXTraI_000044.mp4')
    '9fhhMaXTraI_000044'

    Kinetics has start and end in seconds.

    >>> canonical_id('9fhhMaXTraI_000044_000054.mp4')
    '9fhhMaXTraI_000044'
    """
    stem = name[:-4] if name.endswith(('.mp4', '.wav')) else name
    if match := _SECONDS_TWICE.match(stem):
        return match[1]
    if match := _MILLISECONDS.match(stem):
        return f'{match[1]}_{int(match[2]) // 1000:06d}'
    return stem


def millisecond_id(video_id: str, seconds: float = 10) -> str:
    """Bring a clip's name to the form that gives start and end in milliseconds.

    Args:
        video_id: ``ID_000032``; the millisecond form is returned as it is.
        seconds: Length of the clip.

    Raises:
        ValueError: If the name has neither form.

    >>> millisecond_id('9fhhMaXTraI_000044')
    '9fhhMaXTraI_44000_54000'
    """
    if _MILLISECONDS.match(video_id):
        return video_id
    match = _SECONDS.match(video_id)
    if not match:
        raise ValueError(f'video_id is {video_id!r}, expected eleven characters, _, six digits')
    start = int(match[2]) * 1000
    return f'{match[1]}_{start}_{start + round(seconds * 1000)}'


def is_millisecond_id(name: str) -> bool:
    """Whether a name has the form ``ID_32000_42000``."""
    return _MILLISECONDS.match(name) is not None
