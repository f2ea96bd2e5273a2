"""A camera that turns and zooms slowly.

Objects and background have their places in a plane, whose part [0, 1] x [0, 1] a still camera
shows. A moving one never shows more of it than :attr:`Camera.margin` beyond these edges.
"""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from .levels import Level, Pair


@dataclass(frozen=True)
class Camera:
    """Motion of a camera; the defaults are a still one.

    Attributes:
        pan: Amplitudes of its turns, as shares of the frame.
        zoom: By which share it enlarges at most.
        rate: Cycles per second of the turns, horizontally and vertically, and of the zoom.
        phase: Their phases, in cycles.
    """

    pan: Pair = (0.0, 0.0)
    zoom: float = 0.0
    rate: tuple[float, float, float] = (0.0, 0.0, 0.0)
    phase: tuple[float, float, float] = (0.0, 0.0, 0.0)

    @property
    def still(self) -> bool:
        """Whether it shows the plane as it is."""
        return not (any(self.pan) or self.zoom)

    @property
    def margin(self) -> float:
        """How far beyond the edges of the plane it can look at most, as a share of the frame."""
        return 0.0 if self.still else max(self.pan) + 0.01

    def scale(self, time: float) -> float:
        """Enlargement at an instant (s), 1 or more."""
        return 1 + self.zoom * (1 + self._wave(2, time)) / 2

    def place(self, point: Pair, time: float) -> Pair:
        """Where a point of the plane is in the frame at an instant (s)."""
        more = self.scale(time) - 1
        x, y = (
            # Exactly the point itself while the camera is still.
            p + more * (p - 0.5) + self.pan[axis] * self._wave(axis, time)
            for axis, p in enumerate(point)
        )
        return x, y

    def _wave(self, motion: int, time: float) -> float:
        return float(np.sin(2 * np.pi * (self.rate[motion] * time + self.phase[motion])))


STILL = Camera()


def sample_camera(rng: Generator, level: Level) -> Camera:
    """Draw the camera of a clip; still where the level has neither turns nor zoom."""
    across, down = rng.uniform(0.4, 1, 2) * level.pan
    return Camera(
        pan=(float(across), float(down)),
        zoom=float(rng.uniform(0.4, 1) * level.zoom),
        rate=tuple(rng.uniform(0.08, 0.3, 3).tolist()),
        phase=tuple(rng.uniform(0, 1, 3).tolist()),
    )
