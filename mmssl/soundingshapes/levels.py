"""Levels of difficulty: their additions to a scene, as one table of settings."""

from dataclasses import dataclass, replace

#: Lowest and highest random value, or horizontal and vertical value.
Pair = tuple[float, float]

#: Behaviour outside the event.
OUTSIDE = (
    'silent',  # the object stays in the picture without a sound
    'hidden',  # the object leaves the picture and its sound stops
    'offscreen',  # the object leaves the picture, its sound continues
    'cut',  # another scene, without the object and its sound
    'fade',  # the picture fades to black and the sound stops
    'late',  # the sound is heard before the object slides into the picture, where it stays
)


@dataclass(frozen=True)
class Level:
    """The additions of a level. The defaults describe level 1.

    Shares are shares of the clips. Values are drawn uniformly from ranges.

    Attributes:
        outside: Shares of :data:`OUTSIDE`, in its order.
        loudness: Range of the sound's RMS, as a power of ten.
        noise: Range of the noise's RMS as a multiple of the sound's, as a power of ten.
        echo: Range of the time in which the echo decays by 60 dB (s); 0 means no echo.
        textured: Whether surfaces have grain and light instead of flat colours.
        pan: Largest turn of the camera to either side, as a share of the frame.
        zoom: Largest enlargement, as a share.
        crossing: Share of the clips in which one object passes in front of or behind another.
        several: Share of the clips in which a second object sounds at the same time.
        look_alikes: Share of the clips in which all objects have one shape and one family of
            colours, so that only their textures show the classes.
        twins: Share of the clips in which a silent object looks like the sounding object.
        least_seen: Visible share of an object below which it has no box.
    """

    outside: tuple[float, ...] = (0.4, 0.15, 0.15, 0.15, 0.15, 0.0)
    loudness: Pair = (-1.3, -0.6)
    noise: Pair = (-1.6, -0.7)
    echo: Pair = (0.0, 0.0)
    textured: bool = False
    pan: float = 0.0
    zoom: float = 0.0
    crossing: float = 0.0
    several: float = 0.0
    look_alikes: float = 0.0
    twins: float = 0.0
    least_seen: float = 0.0


_SECOND = Level(
    outside=(0.25, 0.15, 0.15, 0.15, 0.1, 0.2),
    loudness=(-1.6, -1.0),
    noise=(-0.1, 0.3),
    echo=(0.2, 0.6),
    textured=True,
    pan=0.08,
    zoom=0.2,
    crossing=0.5,
    least_seen=0.3,
)

#: Levels by number; each adds settings to the level before it.
LEVELS = {
    1: Level(),
    2: _SECOND,
    3: replace(_SECOND, several=0.4, look_alikes=0.5, twins=0.2),
}


def level_named(number: int) -> Level:
    """Settings of a level.

    Args:
        number: 1, 2 or 3.

    Raises:
        ValueError: If there is no such level.
    """
    if number not in LEVELS:
        raise ValueError(f'level is {number!r}, expected one of {", ".join(map(str, LEVELS))}')
    return LEVELS[number]
