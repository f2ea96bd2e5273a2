"""A camera that turns and zooms slowly.

Objects and background lie in a plane. A still camera shows its part [0, 1] x [0, 1]. A moving
camera never shows more than :attr:`Camera.margin` beyond these edges.
"""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from .levels import Level, Pair


@dataclass(frozen=True)
class Camera:
    """Motion of a camera; the defaults describe a still camera.

    Attributes:
        pan: Amplitudes of its turns, as shares of the frame.
        zoom: Largest enlargement, as a share.
        rate: Cycles per second of the horizontal turn, the vertical turn and the zoom.
        phase: Their phases, in cycles.
    """

    pan: Pair = (0.0, 0.0)
    zoom: float = 0.0
    rate: tuple[float, float, float] = (0.0, 0.0, 0.0)
    phase: tuple[float, float, float] = (0.0, 0.0, 0.0)

    @property
    def still(self) -> bool:
        """Whether the camera does not move."""
        return not (any(self.pan) or self.zoom)

    @property
    def margin(self) -> float:
        """Largest visible distance beyond the edges of the plane, as a share of the frame."""
        return 0.0 if self.still else max(self.pan) + 0.01

    def scale(self, time: float) -> float:
        """Enlargement at an instant (s), 1 or more."""
        return 1 + self.zoom * (1 + self._wave(2, time)) / 2

    def place(self, point: Pair, time: float) -> Pair:
        """Place in the frame of a point of the plane at an instant (s)."""
        more = self.scale(time) - 1
        x, y = (
            # A still camera returns exactly the same point.
            p + more * (p - 0.5) + self.pan[axis] * self._wave(axis, time)
            for axis, p in enumerate(point)
        )
        return x, y

    def _wave(self, motion: int, time: float) -> float:
        return float(np.sin(2 * np.pi * (self.rate[motion] * time + self.phase[motion])))


STILL = Camera()


def sample_camera(rng: Generator, level: Level) -> Camera:
    """Draw the camera of a clip; it is still if the level has neither turns nor zoom."""
    across, down = rng.uniform(0.4, 1, 2) * level.pan
    return Camera(
        pan=(float(across), float(down)),
        zoom=float(rng.uniform(0.4, 1) * level.zoom),
        rate=tuple(rng.uniform(0.08, 0.3, 3).tolist()),
        phase=tuple(rng.uniform(0, 1, 3).tolist()),
    )
