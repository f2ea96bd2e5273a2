"""Frames and boxes of a scene.

Frames are uint8 RGB ``(H, W, 3)``. Boxes are float xyxy fractions of the full
frame, origin top left, read off the drawn mask.
"""

import cv2
import numpy as np
from numpy.random import Generator, default_rng

from ..localization.boxes import Box
from ..media.pictures import Size
from .classes import silhouette, texture
from .scene import Actor, Scene

#: Seconds that a fade takes.
FADE = 0.15


class ScenePainter:
    """Draws the frames of one scene; static parts are drawn once.

    Args:
        scene: What to draw.
        size: Width and height in pixels.
    """

    def __init__(self, scene: Scene, size: Size) -> None:
        self.scene = scene
        self.size = size
        self.background = _background(scene.picture_seed, size)
        self.elsewhere = _background(scene.cut_background, size)
        self.patches = [_actor_patch(actor, size) for actor in scene.actors]

    def frame(self, time: float) -> np.ndarray:
        """Draw the picture at an instant (seconds)."""
        scene = self.scene
        if scene.outside == 'cut' and not scene.in_event(time):
            return self.elsewhere.copy()
        picture = self.background.astype(np.float32)
        for actor, patch in zip(scene.actors, self.patches):
            if actor.is_visible(time):
                placed = self._placed(actor, patch, time)
                picture *= 1 - placed[..., 3:]
                picture += placed[..., :3]
        if scene.outside == 'fade':
            picture = picture * self._brightness(time)
        return np.clip(picture + 0.5, 0, 255).astype(np.uint8)

    def boxes(self, time: float) -> list[Box | None]:
        """Box of every actor at an instant; ``None`` where it is not in the picture."""
        width, height = self.size
        boxes: list[Box | None] = []
        for actor, patch in zip(self.scene.actors, self.patches):
            if not actor.is_visible(time):
                boxes.append(None)
                continue
            alpha = self._placed(actor, np.ascontiguousarray(patch[..., 3]), time)
            x, y, w, h = cv2.boundingRect((alpha > 0.5).astype(np.uint8))
            boxes.append((x / width, y / height, (x + w) / width, (y + h) / height))
        return boxes

    def _placed(self, actor: Actor, patch: np.ndarray, time: float) -> np.ndarray:
        cx, cy = actor.position(time)
        shift_x = cx * self.size[0] - patch.shape[1] / 2
        shift_y = cy * self.size[1] - patch.shape[0] / 2
        move = np.array([[1, 0, shift_x], [0, 1, shift_y]], np.float32)
        return cv2.warpAffine(patch, move, self.size, flags=cv2.INTER_LINEAR)

    def _brightness(self, time: float) -> float:
        start, end = self.scene.event
        return float(np.clip(min(time - start, end - time) / FADE + 1, 0, 1))


def _actor_patch(actor: Actor, size: Size) -> np.ndarray:
    """Premultiplied float32 RGBA picture of an object, at its size in pixels."""
    rng = default_rng([actor.seed, 0xAC])
    width = max(6, round(actor.size[0] * size[0]))
    height = max(6, round(actor.size[1] * size[1]))
    ys, xs = np.mgrid[0 : height * 2, 0 : width * 2].astype(np.float32) / 2 + 0.25
    period = min(size) / 112 * rng.uniform(8.0, 12.0)
    angle = rng.uniform(-0.5, 0.5)
    offset_u, offset_v = rng.uniform(0, 10, 2)
    u = (xs * np.cos(angle) + ys * np.sin(angle)) / period + offset_u
    v = (ys * np.cos(angle) - xs * np.sin(angle)) / period + offset_v
    pattern = texture(actor.label, u, v)
    dark, light = _two_colours(rng)
    colour = np.where(pattern[..., None], light, dark)
    inside = silhouette(actor.label, xs / width * 2 - 1, ys / height * 2 - 1) >= 0
    large = np.dstack([colour * inside[..., None], inside]).astype(np.float32)
    rgba = cv2.resize(large, (width, height), interpolation=cv2.INTER_AREA)
    return cv2.copyMakeBorder(rgba, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=(0, 0, 0, 0))


def _two_colours(rng: Generator) -> tuple[np.ndarray, np.ndarray]:
    """Two free colours whose brightness differs enough to see a texture."""
    while True:
        first, second = rng.uniform(0, 255, (2, 3))
        if abs(first.mean() - second.mean()) > 70:
            return first.astype(np.float32), second.astype(np.float32)


def _background(seed: int, size: Size) -> np.ndarray:
    """Smooth colours with clutter that carries no class's texture."""
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
