"""Echo of a room: early reflections from mirrored sources, then a decaying tail.

The early part follows the image-source method (Allen and Berkley, 1979): every wall of a
rectangular room mirrors the source, and every mirrored source sounds later and fainter. Noise that
decays by 60 dB in the room's decay time replaces the many late reflections. The absorption of the
walls follows from this time by Sabine's formula.
"""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator, default_rng

from .levels import Level, Pair

#: Metres per second.
_SPEED = 343.0
#: Largest number of reflections of a mirrored source.
_ORDERS = 6

Point = tuple[float, float, float]


@dataclass(frozen=True)
class Room:
    """A rectangular room with a microphone in it.

    Attributes:
        sides: Width, height and depth (m).
        microphone: Place of the microphone, as shares of the sides.
        decay: Time in which the echo decays by 60 dB (s); 0 is a room without echo.
        seed: Seed of the late reflections.
    """

    sides: Point = (1.0, 1.0, 1.0)
    microphone: Point = (0.5, 0.5, 0.5)
    decay: float = 0.0
    seed: int = 0

    def echo(self, sound: np.ndarray, place: Pair, sample_rate: int) -> np.ndarray:
        """A sound at the microphone.

        Args:
            sound: Samples ``(S,)``.
            place: Place of the source, as shares of width and height; a place outside the room is
                moved to its wall.
            sample_rate: Samples per second.

        Returns:
            float32 ``(S,)``: the direct sound is not delayed, and sound after the end is cut off.
            On average, the energy equals the energy of ``sound``.
        """
        if self.decay == 0:
            return sound
        from scipy.signal import oaconvolve

        heard = oaconvolve(sound, self.response(place, sample_rate))
        return heard[: len(sound)].astype(np.float32)

    def response(self, place: Pair, sample_rate: int) -> np.ndarray:
        """Impulse response from a place to the microphone, energy 1, float64 ``(n,)``."""
        early, late_from = self._early(place, sample_rate)
        times = np.arange(len(early)) / sample_rate
        falling = 10 ** (-3 * times / self.decay)
        tail = default_rng([self.seed, 0xEC]).standard_normal(len(early)) * falling
        # The tail starts where the mirrored sources become incomplete, with their energy there.
        before = slice(late_from // 2, late_from)
        share = np.sqrt(np.sum(early[before] ** 2) / np.sum(tail[before] ** 2))
        early[late_from:] = share * tail[late_from:]
        return early / np.sqrt(np.sum(early**2))

    def _early(self, place: Pair, sample_rate: int) -> tuple[np.ndarray, int]:
        """Impulses of mirrored sources over the decay time, and the sample at which they end."""
        sides = np.array(self.sides)
        source = np.array([*np.clip(place, 0.05, 0.95), 0.9]) * sides
        images, orders = _mirrored(source, sides)
        distance = np.linalg.norm(images - np.array(self.microphone) * sides, axis=1)
        direct = distance.min()
        samples = np.round((distance - direct) / _SPEED * sample_rate).astype(int)
        response = np.zeros(max(round(self.decay * sample_rate), samples.max() + 1))
        np.add.at(response, samples, self._reflection() ** orders * direct / distance)
        # Up to here, reflections of this order include all sources.
        complete = (_ORDERS - 1) * sides.min() - direct
        return response, round(max(complete, sides.min()) / _SPEED * sample_rate)

    def _reflection(self) -> float:
        """Share of the pressure that a wall reflects, by Sabine's formula."""
        width, height, depth = self.sides
        area = 2 * (width * height + width * depth + height * depth)
        absorption = 0.161 * width * height * depth / (area * self.decay)
        return float(np.sqrt(1 - min(absorption, 0.95)))


NO_ECHO = Room()


def sample_room(rng: Generator, level: Level) -> Room:
    """Draw the room of a clip; it has no echo if the level has none."""
    low, high = level.echo
    return Room(
        sides=tuple(rng.uniform((3, 2.4, 3), (8, 3.6, 7)).tolist()),
        microphone=tuple(rng.uniform((0.3, 0.3, 0.1), (0.7, 0.7, 0.4)).tolist()),
        decay=float(rng.uniform(low, high)),
        seed=int(rng.integers(2**31)),
    )


def _mirrored(source: np.ndarray, sides: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Places (m) of the source and its mirror images ``(n, 3)``, and their reflection counts."""
    steps = np.arange(-_ORDERS // 2, _ORDERS // 2 + 1)
    # Along an axis, a source is shifted by whole rooms, and mirrored once or not.
    offsets = np.concatenate([2 * steps, 2 * steps])
    signs = np.repeat([1, -1], len(steps))
    bounces = np.concatenate([2 * np.abs(steps), np.abs(2 * steps - 1)])
    lines = [signs * at + offsets * side for at, side in zip(source, sides)]
    places = np.stack(np.meshgrid(*lines, indexing='ij'), -1).reshape(-1, 3)
    orders = np.add.outer(np.add.outer(bounces, bounces), bounces).reshape(-1)
    followed = orders <= _ORDERS
    return places[followed], orders[followed]
