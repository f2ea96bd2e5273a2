"""Verdicts of a clip's diagnosis, and their limits."""

import math
from dataclasses import asdict, dataclass, field
from enum import StrEnum

from .clip import SHORTEST, SILENCE
from .files import MediaError
from .repairs import Repairs


class Verdict(StrEnum):
    """State of a clip."""

    MISSING = 'missing'
    UNREADABLE = 'unreadable'
    NO_VIDEO = 'no video'
    NO_SOUND = 'no sound'
    TRUNCATED = 'truncated'
    BROKEN_TIMES = 'time stamps broken'
    TOO_SHORT = 'too short'
    LENGTHS_DIFFER = 'lengths differ'
    SILENT = 'silent'
    FROZEN = 'frozen picture'
    FINE = 'fine'


@dataclass(frozen=True)
class Limits:
    """Limits beyond which a property is a fault.

    Attributes:
        shortest: Seconds that picture and sound must share.
        difference: Seconds by which picture and sound may begin or end apart.
        gap: Largest number of seconds without a time stamp, unless gaps of a
            tenth of it are usual in the stream.
        silence: Largest amplitude, in [0, 1], that still counts as silence.
        stillness: Mean difference from the first frame, in grey levels of 255.
            In a frozen picture, every frame stays below it.

    Raises:
        ValueError: If one is negative or not finite.
    """

    shortest: float = SHORTEST
    difference: float = 1.0
    gap: float = 1.0
    silence: float = SILENCE
    stillness: float = 1.0

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            if not 0 <= value < math.inf:
                raise ValueError(f'{name} is {value}, expected a finite number from 0 on')


@dataclass(frozen=True)
class Diagnosis:
    """Verdict on a clip, its reason, and the measurements.

    Attributes:
        verdict: State of the clip.
        reason: One line; empty for a fine clip.
        video_seconds: End of the pictures; ``None`` for a single picture.
        audio_seconds: End of the sound.
        intact_seconds: Time up to which neither picture nor sound has damage or a
            hole longer than :attr:`Limits.gap`; ``None`` if training cannot open the clip.
        frames: Number of pictures.
        width, height: Size of the pictures as stored, in pixels.
        peak: Largest amplitude of the sound, in [0, 1].
        repairs: Repairs made whenever the clip is read.
    """

    verdict: Verdict
    reason: str = ''
    video_seconds: float | None = None
    audio_seconds: float | None = None
    intact_seconds: float | None = None
    frames: int | None = None
    width: int | None = None
    height: int | None = None
    peak: float | None = None
    repairs: Repairs = field(default_factory=Repairs)


class Fault(MediaError):
    """A fault of a clip, with the verdict that it leads to."""

    def __init__(self, verdict: Verdict, reason: str) -> None:
        super().__init__(reason)
        self.verdict = verdict
