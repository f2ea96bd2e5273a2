"""Surfaces with grain and light: materials without the texture of a class.

Pictures are float32 RGB ``(H, W, 3)`` in [0, 255], sizes are width and height in pixels.
"""

import cv2
import numpy as np
from numpy.random import Generator, default_rng

from ..media.pictures import Size


def textured_background(seed: int, size: Size) -> np.ndarray:
    """A wall of one material with patches of others, in uneven light, uint8 ``(H, W, 3)``."""
    rng = default_rng([seed, 0xBB])
    picture = _material(rng, size)
    for _ in range(int(rng.integers(2, 5))):
        shape = _fractal(rng, size, octaves=3)
        # Patches have soft, irregular edges and cover an eighth to a third.
        edge = np.quantile(shape, rng.uniform(0.67, 0.88))
        share = np.clip((shape - edge) * 12 + 0.5, 0, 1)[..., None]
        picture += (_material(rng, size) - picture) * share
    return np.clip(lit(picture, rng), 0, 255).astype(np.uint8)


def lit(picture: np.ndarray, rng: Generator) -> np.ndarray:
    """A surface with light from one side, stains and fine grain."""
    height, width = picture.shape[:2]
    ys, xs = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j].astype(np.float32)
    angle = rng.uniform(0, 2 * np.pi)
    slope = (xs * np.cos(angle) + ys * np.sin(angle)) * rng.uniform(0.08, 0.25)
    stains = _fractal(rng, (width, height)) * rng.uniform(0.15, 0.35)
    grain = rng.standard_normal((height, width)) * rng.uniform(0.03, 0.07)
    return picture * (1 + slope + stains + grain)[..., None].astype(np.float32)


def _material(rng: Generator, size: Size) -> np.ndarray:
    """Two colours mixed as in clouds, marble, fibres or gravel."""
    first, second = rng.uniform(25, 230, (2, 3))
    # At most half of the contrast, so that objects have the clearest textures.
    second = first + (second - first) * rng.uniform(0.25, 0.6)
    share = _PATTERNS[int(rng.integers(len(_PATTERNS)))](rng, size)[..., None]
    return (first + (second - first) * share).astype(np.float32)


def _clouds(rng: Generator, size: Size) -> np.ndarray:
    return _fractal(rng, size) / 2 + 0.5


def _marble(rng: Generator, size: Size) -> np.ndarray:
    return np.abs(_fractal(rng, size)) ** 0.6


def _fibres(rng: Generator, size: Size) -> np.ndarray:
    width, height = size
    if rng.uniform() < 0.5:
        return _fibres_across(rng, (height, width)).T
    return _fibres_across(rng, size)


def _fibres_across(rng: Generator, size: Size) -> np.ndarray:
    width, height = size
    noise = rng.uniform(0, 1, (height, max(3, width // 24))).astype(np.float32)
    return cv2.resize(noise, size, interpolation=cv2.INTER_CUBIC)


def _gravel(rng: Generator, size: Size) -> np.ndarray:
    width, height = size
    noise = rng.uniform(0, 1, (height // 2 + 1, width // 2 + 1)).astype(np.float32)
    return cv2.GaussianBlur(cv2.resize(noise, size), (3, 3), 0)


_PATTERNS = (_clouds, _marble, _fibres, _gravel)


def _fractal(rng: Generator, size: Size, octaves: int = 5) -> np.ndarray:
    """Noise of several scales, strongest at coarse scales, float32 ``(H, W)`` in [-1, 1]."""
    total = np.zeros(size[::-1], np.float32)
    for octave in range(octaves):
        cells = 3 * 2**octave
        noise = rng.uniform(-1, 1, (cells, cells)).astype(np.float32)
        total += cv2.resize(noise, size, interpolation=cv2.INTER_CUBIC) * 0.6**octave
    return total / np.abs(total).max()
