"""Boxes from maps.

Boxes are xyxy fractions of the frame, origin top left. A map is enlarged
smoothly to a grid of 224 x 224 and cut at a threshold; every connected region
gives a box.
"""

import math
from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np

#: Side of the grid on which boxes are found, in pixels.
GRID = 224


#: A box, xyxy.
Box = tuple[float, float, float, float]


class ScoredBox(NamedTuple):
    """A box and the highest value of the map in its region."""

    box: Box
    score: float


@dataclass(frozen=True)
class BoxRule:
    """How a map is cut and which regions become boxes.

    The defaults were chosen on the validation split of SoundingShapes, see
    ``docs/explanation/results.md``.

    Attributes:
        cut: ``'peak'``: at a share of the highest value, for maps whose 0 is
            neutral; ``'range'``: at a share of the way from the lowest value
            to the highest. A map without a value above 0 is always cut by its
            range.
        threshold: That share, in (0, 1).
        smoothing: Standard deviation of a Gaussian blur before cutting, in
            pixels of the grid; 0 for none.
        smallest: Share of the frame that a region must cover. The region of
            the peak is kept, however small.
        several: Whether all regions give boxes, best first, or only the region of the peak.

    Raises:
        ValueError: If a value makes no sense.
    """

    cut: str = 'peak'
    threshold: float = 0.5
    smoothing: float = 0.0
    smallest: float = 0.005
    several: bool = False

    def __post_init__(self) -> None:
        if self.cut not in ('peak', 'range'):
            raise ValueError(f"cut is {self.cut!r}, expected 'peak' or 'range'")
        if not 0 < self.threshold < 1:
            raise ValueError(f'threshold is {self.threshold}, expected a share in (0, 1)')
        if not 0 <= self.smoothing < math.inf:
            raise ValueError(
                f'blur (smoothing) is {self.smoothing} pixels, expected a finite number from 0 on'
            )
        if not 0 <= self.smallest < 1:
            raise ValueError(f'smallest is {self.smallest}, expected a share in [0, 1)')


def boxes_from_map(values: np.ndarray, rule: BoxRule | None = None) -> list[ScoredBox]:
    """Boxes around the regions that respond.

    Args:
        values: Map ``(h, w)``, higher means more likely.
        rule: The rule; the default one if ``None``.

    Returns:
        Boxes with scores, best first, at least one: the region of the map's
        peak. A constant map gives the whole frame.

    Raises:
        ValueError: If the map is not two-dimensional or not finite.
    """
    rule = rule or BoxRule()
    values = np.asarray(values, dtype=np.float32)
    if values.ndim != 2 or not np.isfinite(values).all():
        raise ValueError(f'map has shape {values.shape}, expected finite values (h, w)')
    if values.min() == values.max():
        return [ScoredBox((0.0, 0.0, 1.0, 1.0), float(values.max()))]
    large = cv2.resize(values, (GRID, GRID), interpolation=cv2.INTER_CUBIC)
    if rule.smoothing:
        large = cv2.GaussianBlur(large, (0, 0), rule.smoothing)
    number, regions, stats, _ = cv2.connectedComponentsWithStats(
        (large >= _cut(large, rule)).astype(np.uint8)
    )
    boxes = []
    peak = regions[np.unravel_index(large.argmax(), large.shape)]
    for region in range(1, number):
        x, y, w, h, area = stats[region].tolist()
        if region == peak or (rule.several and area >= rule.smallest * GRID**2):
            box = (x / GRID, y / GRID, (x + w) / GRID, (y + h) / GRID)
            boxes.append(ScoredBox(box, float(large[regions == region].max())))
    return sorted(boxes, key=lambda item: -item.score)


def _cut(large: np.ndarray, rule: BoxRule) -> float:
    low, high = large.min(), large.max()
    if rule.cut == 'peak' and high > 0:
        return rule.threshold * high
    return low + rule.threshold * (high - low)
