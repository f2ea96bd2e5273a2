"""Clips of a workshop, drawn with lines on wood. Look and sound differ from SoundingShapes.

Each clip has one object that moves while it sounds, and half of the clips have a second object,
which is still and silent. Clips last 2 to 30 seconds at 8 to 60 frames per second, upright or wide,
with one, two or six channels of sound.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np

from mmssl.media import write_video

RATE = 44100
SIZES = ((320, 240), (480, 270), (240, 240), (240, 360), (426, 240))
FRAME_RATES = (8, 12.5, 15, 24, 25, 29.97, 50, 60)
CHANNELS = (1, 2, 6)
SECONDS = (2, 30)

#: Draws an object: picture, centre, radius, phase in [0, 1) of its movement.
Draw = Callable[[np.ndarray, np.ndarray, float, float], None]
#: Makes its sound: times in seconds, movements a second, random numbers.
Sound = Callable[[np.ndarray, float, np.random.Generator], np.ndarray]


def _line(picture: np.ndarray, a: np.ndarray, b: np.ndarray, colour: tuple, width: int = 3) -> None:
    ends = [tuple(int(v) for v in np.round(end)) for end in (a, b)]
    cv2.line(picture, *ends, colour, width, cv2.LINE_AA)


def _ring(
    picture: np.ndarray, centre: np.ndarray, radius: float, colour: tuple, width: int = 3
) -> None:
    middle = tuple(int(v) for v in np.round(centre))
    cv2.circle(picture, middle, max(1, round(radius)), colour, width, cv2.LINE_AA)


def _at(place: np.ndarray, right: float, down: float) -> np.ndarray:
    return place + np.array([right, down])


def _towards(angle: float) -> np.ndarray:
    return np.array([np.sin(angle), -np.cos(angle)])


def clock(picture: np.ndarray, centre: np.ndarray, radius: float, phase: float) -> None:
    """A face with a hand."""
    _ring(picture, centre, radius, (245, 240, 225), -1)
    _ring(picture, centre, radius, (60, 50, 40))
    _line(picture, centre, centre + 0.8 * radius * _towards(2 * np.pi * phase), (20, 20, 20))


def fan(picture: np.ndarray, centre: np.ndarray, radius: float, phase: float) -> None:
    """Four blades in a cage."""
    for blade in range(4):
        end = centre + 0.9 * radius * _towards(2 * np.pi * (phase + blade / 4))
        _line(picture, centre, end, (70, 110, 190), 8)
    _ring(picture, centre, radius, (200, 205, 210))


def saw(picture: np.ndarray, centre: np.ndarray, radius: float, phase: float) -> None:
    """A blade with teeth that moves to and fro."""
    shift = 0.5 * radius * np.sin(2 * np.pi * phase)
    teeth = np.linspace(-radius, radius, 13)
    points = [_at(centre, 0.6 * x + shift, 5 * (-1) ** k) for k, x in enumerate(teeth)]
    for a, b in pairwise(points):
        _line(picture, a, b, (180, 185, 190))
    _ring(picture, points[0], 0.25 * radius, (150, 70, 30), -1)


def hammer(picture: np.ndarray, centre: np.ndarray, radius: float, phase: float) -> None:
    """A head on a handle that falls on a block."""
    angle = -1.2 * abs(np.cos(np.pi * phase))
    foot = _at(centre, 0.7 * radius, 0.6 * radius)
    head = foot + 1.3 * radius * np.array([-np.cos(angle), np.sin(angle)])
    _line(picture, foot, head, (170, 120, 60), 5)
    _ring(picture, head, 0.25 * radius, (60, 60, 70), -1)
    block = _at(centre, -radius, radius), _at(centre, 0.3 * radius, radius)
    _line(picture, *block, (90, 60, 40), 8)


def kettle(picture: np.ndarray, centre: np.ndarray, radius: float, phase: float) -> None:
    """A pot with rising steam."""
    _ring(picture, _at(centre, 0, 0.4 * radius), 0.6 * radius, (190, 60, 50), -1)
    for k in range(3):
        top = (phase + k / 3) % 1
        begin = _at(centre, (k - 1) * 0.3 * radius, -(0.2 + 0.6 * top) * radius)
        end = _at(begin, 4 * np.sin(9 * top), -0.2 * radius)
        _line(picture, begin, end, (235, 235, 240), 4)


def harp(picture: np.ndarray, centre: np.ndarray, radius: float, phase: float) -> None:
    """Strings, one of which vibrates."""
    for k in range(6):
        x = (k / 2.5 - 1) * 0.8 * radius
        bend = 6 * np.sin(40 * phase) * (int(6 * phase) == k)
        top, middle, low = ((x, -radius), (x + bend, 0.0), (x, radius * (0.9 - 0.2 * k)))
        _line(picture, centre + top, centre + middle, (240, 215, 120), 2)
        _line(picture, centre + middle, centre + low, (240, 215, 120), 2)
    _line(picture, centre - radius, _at(centre, radius, -radius), (120, 70, 20), 6)


def _hits(times: np.ndarray, pace: float, decay: float) -> np.ndarray:
    """Loudness of blows, one at the beginning of every movement."""
    return np.exp(-decay * ((times * pace) % 1) / pace)


def ticks(times: np.ndarray, pace: float, rng: np.random.Generator) -> np.ndarray:
    """Sound of a clock."""
    return _hits(times, 2 * pace, 200) * np.sin(2 * np.pi * rng.uniform(2600, 3200) * times)


def whir(times: np.ndarray, pace: float, rng: np.random.Generator) -> np.ndarray:
    """Sound of a fan."""
    pitch = rng.uniform(90, 130)
    tones = sum(np.sin(2 * np.pi * k * pitch * times) / k for k in range(1, 6))
    return 0.4 * tones * (1 + 0.5 * np.sin(2 * np.pi * 4 * pace * times))


def rasp(times: np.ndarray, pace: float, rng: np.random.Generator) -> np.ndarray:
    """Sound of a saw."""
    noise = np.diff(rng.normal(size=len(times) + 1))
    return 0.3 * noise * np.abs(np.cos(2 * np.pi * pace * times))


def thud(times: np.ndarray, pace: float, rng: np.random.Generator) -> np.ndarray:
    """Sound of a hammer."""
    return _hits(times, pace, 25) * np.sin(2 * np.pi * rng.uniform(140, 190) * times)


def whistle(times: np.ndarray, pace: float, rng: np.random.Generator) -> np.ndarray:
    """Sound of a kettle."""
    pitch = rng.uniform(1700, 2100)
    return 0.5 * np.sin(2 * np.pi * pitch * times + 3 * np.sin(2 * np.pi * 6 * times))


def plucks(times: np.ndarray, pace: float, rng: np.random.Generator) -> np.ndarray:
    """Sound of a harp."""
    scale = rng.uniform(250, 320) * 2 ** (np.array([0, 2, 4, 7, 9, 12]) / 12)
    pitch = scale[(times * pace * 6).astype(int) % 6]
    return _hits(times, 6 * pace, 5) * np.sin(2 * np.pi * pitch * (times % (1 / (6 * pace))))


OBJECTS: dict[str, tuple[Draw, Sound]] = {
    'clock': (clock, ticks),
    'fan': (fan, whir),
    'hammer': (hammer, thud),
    'harp': (harp, plucks),
    'kettle': (kettle, whistle),
    'saw': (saw, rasp),
}


@dataclass(frozen=True)
class Scene:
    """Content of a clip, and the time of its sound.

    Attributes:
        size: Width and height in pixels.
        event: Start and end of the sound, in seconds.
        places: Centre and radius of the sounding object, and of the silent object, if there is one.
        pace: Movements per second.
    """

    label: str
    seconds: float
    size: tuple[int, int]
    event: tuple[float, float]
    places: list[tuple[np.ndarray, float]]
    other: str
    pace: float
    seed: int

    @property
    def box(self) -> list[float]:
        """Box of the sounding object, xyxy fractions of the frame."""
        centre, radius = self.places[0]
        size = np.array(self.size)
        corners = np.concatenate([(centre - radius) / size, (centre + radius) / size])
        return np.clip(corners, 0, 1).tolist()


def draw_scene(label: str, seconds: float, rng: np.random.Generator) -> Scene:
    """Draw a random scene; the sound lasts at least half of it."""
    size = SIZES[rng.integers(len(SIZES))]
    radius = rng.uniform(0.15, 0.22) * min(size)
    far = rng.permutation([0.27, 0.73])
    tall = size[1] > size[0]
    spots = [(0.5, y) if tall else (x, 0.5) for x, y in zip(far, far)]
    wander = rng.uniform(-0.06, 0.06, (2, 2))
    centres = [(np.array(spot) + w) * size for spot, w in zip(spots, wander)]
    begin = rng.uniform(0, 0.4) * seconds
    others = [name for name in OBJECTS if name != label]
    return Scene(
        label,
        seconds,
        size,
        (begin, min(seconds, begin + rng.uniform(0.5, 0.8) * seconds)),
        [(centre, radius) for centre in centres],
        others[rng.integers(len(others))] if rng.random() < 0.5 else '',
        rng.uniform(0.6, 1.2),
        int(rng.integers(2**31)),
    )


def wood(size: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """Planks, uint8 RGB ``(H, W, 3)``."""
    width, height = size
    grain = cv2.resize(rng.normal(0, 14, (height // 4, 4)), (width, height))
    tone = rng.uniform((100, 70, 45), (190, 150, 110))
    picture = np.clip(tone + grain[..., None] * (1, 0.8, 0.6), 0, 255).astype(np.uint8)
    for y in range(int(rng.integers(10, 40)), height, 48):
        cv2.line(picture, (0, y), (width, y), (50, 35, 25), 2)
    return picture


def frames_of(scene: Scene, rate: float) -> Iterator[np.ndarray]:
    """Frames of a scene, uint8 RGB ``(H, W, 3)``."""
    rng = np.random.default_rng(scene.seed)
    back = wood(scene.size, rng)
    if scene.other:
        OBJECTS[scene.other][0](back, *scene.places[1], 0.1)
    begin, end = scene.event
    for number in range(max(1, round(scene.seconds * rate))):
        picture = back.copy()
        heard = np.clip(number / rate, begin, end) - begin
        OBJECTS[scene.label][0](picture, *scene.places[0], heard * scene.pace % 1)
        noise = rng.integers(-6, 7, picture.shape[:2])[..., None]
        yield np.clip(picture + noise, 0, 255).astype(np.uint8)


def samples_of(scene: Scene, channels: int) -> np.ndarray:
    """Samples of a scene, float32 ``(channels, S)``; each channel has its own noise."""
    rng = np.random.default_rng(scene.seed)
    count = round(scene.seconds * RATE)
    first, last = (round(time * RATE) for time in scene.event)
    sound = np.zeros(count)
    heard = np.arange(last - first) / RATE
    sound[first:last] = 0.3 * OBJECTS[scene.label][1](heard, scene.pace, rng)[: count - first]
    return (sound + rng.normal(0, 0.003, (channels, count))).astype(np.float32)


def render(path: Path, scene: Scene, rate: float, channels: int) -> None:
    """Write a scene."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_video(path, frames_of(scene, rate), rate, samples_of(scene, channels), RATE)
