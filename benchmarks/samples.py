"""Boxes and maps for the benchmarks."""

import numpy as np

from mmssl.datasets.annotations import read_boxes

#: Quartiles of the boxes' area in VGG-SS, as shares of the frame.
AREA_QUARTILES = (0.0, 0.12, 0.25, 0.46, 1.0)


def make_boxes(count: int, seed: int = 0) -> list[np.ndarray]:
    """One random box per sample, with VGG-SS's quartiles of area, ``(1, 4)`` each."""
    rng = np.random.default_rng(seed)
    boxes = []
    for share in np.interp(rng.random(count), np.linspace(0, 1, 5), AREA_QUARTILES):
        width = rng.uniform(share, min(1, 2 * np.sqrt(share) + 0.01))
        height = min(1, share / width)
        x, y = rng.uniform(0, 1 - width), rng.uniform(0, 1 - height)
        boxes.append(np.array([[x, y, x + width, y + height]]))
    return boxes


def load_boxes(path: str | None, count: int = 5158) -> list[np.ndarray]:
    """Boxes from a file in VGG-SS's format, or random boxes."""
    return [entry['boxes'] for entry in read_boxes(path)] if path else make_boxes(count)


def blob_maps(boxes: list[np.ndarray], side: int = 7, seed: int = 0) -> list[np.ndarray]:
    """A bump near each sample's first box, with noise, float32 ``(side, side)``.

    Values are in [-1, 1], like cosines.
    """
    rng = np.random.default_rng(seed)
    grid = (np.arange(side) + 0.5) / side
    maps = []
    for sample in boxes:
        box = np.clip(sample[0], 0, 1) if len(sample) else np.array([0.25, 0.25, 0.75, 0.75])
        x, y = (box[:2] + box[2:]) / 2 + rng.normal(0, 0.15, 2)
        width = rng.uniform(0.1, 0.4)
        bump = np.exp(-((grid[None] - x) ** 2 + (grid[:, None] - y) ** 2) / (2 * width**2))
        values = 0.7 * bump - 0.2 + rng.normal(0, 0.05, (side, side))
        maps.append(values.clip(-1, 1).astype(np.float32))
    return maps
