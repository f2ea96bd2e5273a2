"""Frames and boxes of a scene.

Frames are uint8 RGB ``(H, W, 3)``. Boxes are float xyxy fractions of the full frame, origin top
left, measured on the drawn mask. A box covers all of an object that is inside the frame, including
parts that other objects hide.
"""

import math
from typing import NamedTuple

import cv2
import numpy as np
from numpy.random import Generator, default_rng

from ..localization.boxes import Box
from ..media.pictures import Size
from .actors import Actor
from .classes import silhouette, texture
from .levels import Pair
from .materials import lit, textured_background
from .scene import Scene

#: Length of a fade in seconds.
FADE = 0.15


class ScenePainter:
    """Draws the frames of one scene; static parts are drawn once.

    Args:
        scene: The scene.
        size: Width and height in pixels.
    """

    def __init__(self, scene: Scene, size: Size) -> None:
        self.scene = scene
        self.size = size
        self.background = self._backdrop(scene.picture_seed)
        self.elsewhere = self._backdrop(scene.cut_background)
        self.patches = [_actor_patch(actor, size, scene.textured) for actor in scene.actors]

    def frame(self, time: float) -> np.ndarray:
        """Draw the picture at an instant (seconds)."""
        scene = self.scene
        if scene.outside == 'cut' and not scene.in_event(time):
            return self._behind(self.elsewhere, time)
        picture = self._behind(self.background, time).astype(np.float32)
        for index, actor in enumerate(scene.actors):
            if actor.is_visible(time):
                placed = self._placed(index, self.patches[index], time)
                picture *= 1 - placed[..., 3:]
                picture += placed[..., :3]
        if scene.outside == 'fade':
            picture = picture * self._brightness(time)
        return np.clip(picture + 0.5, 0, 255).astype(np.uint8)

    def boxes(self, time: float) -> list[Box | None]:
        """Box of every actor at an instant; ``None`` if it is not in the picture."""
        width, height = self.size
        boxes: list[Box | None] = []
        for index in range(len(self.patches)):
            x, y, w, h = cv2.boundingRect((self._alpha(index, time) > 0.5).astype(np.uint8))
            box = (x / width, y / height, (x + w) / width, (y + h) / height)
            boxes.append(box if w else None)
        return boxes

    def shows(self, index: int, time: float) -> bool:
        """Whether enough of an object is in sight at an instant for it to have a box."""
        least = self.scene.least_seen
        return least == 0 or self.share_in_sight(index, time) >= least

    def share_in_sight(self, index: int, time: float) -> float:
        """Share of an object's surface that is visible at an instant, from 0 to 1."""
        seen = self._alpha(index, time)
        for other in range(index + 1, len(self.patches)):
            seen = seen * (1 - self._alpha(other, time))
        whole = self.patches[index][..., 3].sum() * self.scene.camera.scale(time) ** 2
        return min(1.0, float(seen.sum() / whole))

    def _alpha(self, index: int, time: float) -> np.ndarray:
        """Share of each pixel that an object covers without the others, float32 ``(H, W)``."""
        if not self.scene.actors[index].is_visible(time):
            return np.zeros(self.size[::-1], np.float32)
        return self._placed(index, np.ascontiguousarray(self.patches[index][..., 3]), time)

    def _placed(self, index: int, patch: np.ndarray, time: float) -> np.ndarray:
        cx, cy = self.scene.place(index, time)
        return self._warped(patch, (cx, cy), self.scene.camera.scale(time))

    def _backdrop(self, seed: int) -> np.ndarray:
        """Background of the whole plane that the camera can see."""
        margin = self.scene.camera.margin
        width, height = (side + 2 * math.ceil(side * margin) for side in self.size)
        draw = textured_background if self.scene.textured else _background
        return draw(seed, (width, height))

    def _behind(self, backdrop: np.ndarray, time: float) -> np.ndarray:
        """The background as the camera sees it, uint8."""
        camera = self.scene.camera
        if camera.still:
            return backdrop.copy()
        return self._warped(backdrop, camera.place((0.5, 0.5), time), camera.scale(time))

    def _warped(self, picture: np.ndarray, centre: Pair, scale: float) -> np.ndarray:
        """An enlarged picture whose centre is at a given place of the frame."""
        shifts = (
            # The centre of the first pixel is half an enlarged pixel from the edge.
            place * side - scale * length / 2 + (scale - 1) / 2
            for place, side, length in zip(centre, self.size, picture.shape[1::-1])
        )
        move = np.array([[scale, 0, next(shifts)], [0, scale, next(shifts)]], np.float32)
        return cv2.warpAffine(picture, move, self.size, flags=cv2.INTER_LINEAR)

    def _brightness(self, time: float) -> float:
        start, end = self.scene.event
        return float(np.clip(min(time - start, end - time) / FADE + 1, 0, 1))


def _actor_patch(actor: Actor, size: Size, textured: bool) -> np.ndarray:
    """Premultiplied float32 RGBA picture of an object in its size."""
    look = _Look.of(actor.seed)
    width = max(6, round(actor.size[0] * size[0]))
    height = max(6, round(actor.size[1] * size[1]))
    ys, xs = np.mgrid[0 : height * 2, 0 : width * 2].astype(np.float32) / 2 + 0.25
    period = min(size) / 112 * look.period
    u = (xs * np.cos(look.angle) + ys * np.sin(look.angle)) / period + look.offset_u
    v = (ys * np.cos(look.angle) - xs * np.sin(look.angle)) / period + look.offset_v
    pattern = texture(actor.label, u, v)
    colours = look if actor.palette is None else _Look.of(actor.palette)
    colour = np.where(pattern[..., None], colours.light, colours.dark)
    if textured:
        colour = np.clip(lit(colour, default_rng([actor.seed, 0xAD])), 0, 255)
    shape = actor.label if actor.shape is None else actor.shape
    inside = silhouette(shape, xs / width * 2 - 1, ys / height * 2 - 1) >= 0
    large = np.dstack([colour * inside[..., None], inside]).astype(np.float32)
    rgba = cv2.resize(large, (width, height), interpolation=cv2.INTER_AREA)
    return cv2.copyMakeBorder(rgba, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=(0, 0, 0, 0))


class _Look(NamedTuple):
    """Properties that vary within a class; the period is in pixels of a 112-pixel frame."""

    period: float
    angle: float
    offset_u: float
    offset_v: float
    dark: np.ndarray
    light: np.ndarray

    @classmethod
    def of(cls, seed: int) -> '_Look':
        rng = default_rng([seed, 0xAC])
        period = rng.uniform(8.0, 12.0)
        angle = rng.uniform(-0.5, 0.5)
        offset_u, offset_v = rng.uniform(0, 10, 2)
        return cls(period, angle, offset_u, offset_v, *_two_colours(rng))


def _two_colours(rng: Generator) -> tuple[np.ndarray, np.ndarray]:
    """Two random colours with enough difference in brightness for a visible texture."""
    while True:
        first, second = rng.uniform(0, 255, (2, 3))
        if abs(first.mean() - second.mean()) > 70:
            return first.astype(np.float32), second.astype(np.float32)


def _background(seed: int, size: Size) -> np.ndarray:
    """Smooth colours with clutter that has no texture of a class."""
    rng = default_rng([seed, 0xBA])
    width, height = size
    coarse = rng.uniform(30, 225, (4, 4, 3)).astype(np.float32)
    coarse = coarse * 0.5 + coarse.mean((0, 1)) * 0.5
    picture = cv2.resize(coarse, size, interpolation=cv2.INTER_CUBIC)
    for _ in range(int(rng.integers(3, 9))):
        colour = tuple(float(c) for c in rng.uniform(20, 235, 3))
        centre = (int(rng.integers(width)), int(rng.integers(height)))
        reach = float(rng.uniform(0.03, 0.16)) * min(size)
        if rng.uniform() < 0.5:
            axes = (int(reach) + 1, int(reach * rng.uniform(0.4, 1)) + 1)
            turn = float(rng.uniform(0, 180))
            cv2.ellipse(picture, centre, axes, turn, 0, 360, colour, -1, cv2.LINE_AA)
        else:
            end = tuple(int(c + rng.normal() * 3 * reach) for c in centre)
            cv2.line(picture, centre, end, colour, int(rng.integers(1, 4)), cv2.LINE_AA)
    picture += rng.normal(0, rng.uniform(1, 6), picture.shape).astype(np.float32)
    return np.clip(picture, 0, 255).astype(np.uint8)
