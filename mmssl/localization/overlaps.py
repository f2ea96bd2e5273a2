"""Overlaps of boxes, which show how a detector treats a sounding object.

Boxes are float ``(n, 4)``, xyxy with x1 >= x0 and y1 >= y0, origin top left, all
in one unit (fractions of the frame elsewhere in this package). Classes are
ignored, because a detector's classes can differ from the classes of sounds. A
box without area overlaps nothing. Empty arrays ``(0, 4)`` are allowed everywhere.

- :func:`box_iou`: IoU of every pair
- :func:`containment`: share of every box that lies inside every other
- :func:`covered_share`: share of a box that several boxes cover together
- :func:`categorize`: agrees, split, merged, missed or other

A sounding box S is compared with the detections D of its picture. The first
line that holds is its category:

========  ==================================================================
agrees    some D has IoU(S, D) >= ``iou``
split     two or more *pieces*, which together cover at least ``cover`` of S
          or whose common enclosing box has IoU >= ``iou`` with S. A piece is a
          D with at least ``inside`` of its area in S; of pieces that repeat
          each other (IoU >= ``iou``) the first counts.
merged    some D holds at least ``inside`` of S, and either holds as much of
          another sounding box, or is at least ``larger`` times the area of S
missed    no D has more than ``touch`` of the smaller of S and D in common
          with S
other     everything else: a detection with a wrong place or size
========  ==================================================================
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

#: Tolerance of limits, so that rounding does not decide about values exactly at a limit.
_EPSILON = 1e-9

#: Order of the report.
CATEGORIES = ('agrees', 'split', 'merged', 'missed', 'other')


@dataclass(frozen=True)
class OverlapRule:
    """Limits of the categories, see the module. All except ``larger`` are shares.

    Attributes:
        iou: IoU from which two boxes agree.
        inside: Share of a box from which it is *mostly inside* another one.
        cover: Share of the sounding box that its pieces cover together.
        larger: Ratio of areas from which a box is *far larger*.
        touch: Share of the smaller box up to which an overlap does not count.

    Raises:
        ValueError: If a value makes no sense.
    """

    iou: float = 0.5
    inside: float = 0.7
    cover: float = 0.5
    larger: float = 2.0
    touch: float = 0.05

    def __post_init__(self) -> None:
        for name in ('iou', 'inside', 'cover'):
            if not 0 < getattr(self, name) <= 1:
                raise ValueError(f'{name} is {getattr(self, name)}, expected a share in (0, 1]')
        if not 0 <= self.touch < 1:
            raise ValueError(f'touch is {self.touch}, expected a share in [0, 1)')
        if self.larger < 1:
            raise ValueError(f'larger is {self.larger}, expected a ratio of at least 1')


def areas(boxes: np.ndarray) -> np.ndarray:
    """Areas ``(n,)`` of boxes.

    Raises:
        ValueError: If the boxes are not finite ``(n, 4)`` with ordered corners.
    """
    boxes = _checked(boxes)
    return (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])


def intersections(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Common areas ``(n, m)`` of boxes ``(n, 4)`` and ``(m, 4)``."""
    a, b = _checked(a)[:, None], _checked(b)[None]
    sides = np.minimum(a[..., 2:], b[..., 2:]) - np.maximum(a[..., :2], b[..., :2])
    return np.clip(sides, 0, None).prod(-1)


def box_iou(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """IoU ``(n, m)`` of boxes ``(n, 4)`` and ``(m, 4)``; 0 where both have no area.

    >>> box_iou([[0, 0, 2, 1]], [[1, 0, 3, 1]]).round(3).tolist()
    [[0.333]]
    """
    common = intersections(a, b)
    return _ratio(common, areas(a)[:, None] + areas(b)[None] - common)


def containment(inner: np.ndarray, outer: np.ndarray) -> np.ndarray:
    """Share ``(n, m)`` of every inner box ``(n, 4)`` that lies in every outer one ``(m, 4)``.

    >>> containment([[0, 0, 2, 1]], [[1, 0, 9, 9]]).tolist()
    [[0.5]]
    """
    return _ratio(intersections(inner, outer), areas(inner)[:, None])


def covered_share(box: np.ndarray, boxes: np.ndarray) -> float:
    """Share of a box ``(4,)`` that boxes ``(n, 4)`` cover together, overlaps counted once.

    >>> covered_share([0, 0, 4, 1], [[0, 0, 2, 1], [1, 0, 3, 1]])
    0.75
    """
    box = _checked([box])[0]
    # The edges of all boxes cut the box into cells that are covered wholly or not at all.
    inside = np.clip(_checked(boxes), np.tile(box[:2], 2), np.tile(box[2:], 2))
    xs = np.unique([*inside[:, [0, 2]].ravel(), *box[[0, 2]]])
    ys = np.unique([*inside[:, [1, 3]].ravel(), *box[[1, 3]]])
    marked = np.zeros((len(ys) - 1, len(xs) - 1), bool)
    for x0, y0, x1, y1 in inside:
        rows = slice(*np.searchsorted(ys, [y0, y1]))
        marked[rows, slice(*np.searchsorted(xs, [x0, x1]))] = True
    cells = np.diff(ys)[:, None] * np.diff(xs)
    return float(_ratio(cells[marked].sum(), cells.sum()))


def categorize(
    sounding: np.ndarray, detections: np.ndarray, rule: OverlapRule | None = None
) -> list[str]:
    """Categorize every sounding box of one picture by the detections of a detector.

    Args:
        sounding: Boxes ``(n, 4)``.
        detections: Boxes ``(m, 4)`` of confident detections, best first.
        rule: Limits; the default ones if ``None``.

    Returns:
        One of :data:`CATEGORIES` for each sounding box.

    Raises:
        ValueError: As for :func:`areas`.
    """
    rule = rule or OverlapRule()
    sounding, detections = _checked(sounding), _checked(detections)
    held = _reaches(containment(sounding, detections), rule.inside)
    far_larger = _reaches(areas(detections), rule.larger * areas(sounding)[:, None])
    merged = (held & ((held.sum(0) >= 2) | far_larger)).any(1)
    return [_category(box, detections, is_merged, rule) for box, is_merged in zip(sounding, merged)]


def touches(a: np.ndarray, b: np.ndarray, touch: float = OverlapRule.touch) -> np.ndarray:
    """Whether boxes ``(n, 4)`` and ``(m, 4)`` share more than ``touch`` of the smaller one."""
    smaller = np.minimum(areas(a)[:, None], areas(b)[None])
    return _ratio(intersections(a, b), smaller) > touch + _EPSILON


def _category(box: np.ndarray, detections: np.ndarray, merged: bool, rule: OverlapRule) -> str:
    alone = box[None]
    if _reaches(box_iou(alone, detections), rule.iou).any():
        return 'agrees'
    if _is_split(box, detections, rule):
        return 'split'
    if merged:
        return 'merged'
    return 'other' if touches(alone, detections, rule.touch).any() else 'missed'


def _is_split(box: np.ndarray, detections: np.ndarray, rule: OverlapRule) -> bool:
    mostly_inside = _reaches(containment(detections, box[None])[:, 0], rule.inside)
    pieces = _distinct(detections[mostly_inside], rule.iou)
    if len(pieces) < 2:
        return False
    enclosing = np.array([[*pieces[:, :2].min(0), *pieces[:, 2:].max(0)]])
    shares = np.array([box_iou(box[None], enclosing)[0, 0], covered_share(box, pieces)])
    return bool(_reaches(shares, np.array([rule.iou, rule.cover])).any())


def _distinct(boxes: np.ndarray, iou: float) -> np.ndarray:
    """Boxes without those that repeat an earlier one."""
    repeated = _reaches(box_iou(boxes, boxes), iou)
    kept: list[int] = []
    for index in range(len(boxes)):
        if not repeated[index, kept].any():
            kept.append(index)
    return boxes[kept]


def _reaches(values: np.ndarray, limit: float | np.ndarray) -> np.ndarray:
    return values >= limit - _EPSILON


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    whole = np.asarray(whole, dtype=np.float64)
    return np.divide(part, whole, out=np.zeros(np.broadcast(part, whole).shape), where=whole > 0)


def _checked(boxes: npt.ArrayLike) -> np.ndarray:
    boxes = np.asarray(boxes, dtype=np.float64)
    if boxes.size == 0:
        return boxes.reshape(-1, 4)
    if boxes.ndim != 2 or boxes.shape[1] != 4 or not np.isfinite(boxes).all():
        raise ValueError(f'boxes have shape {boxes.shape}, expected finite numbers (n, 4)')
    if (boxes[:, 2:] < boxes[:, :2]).any():
        raise ValueError('boxes have x1 < x0 or y1 < y0, expected xyxy; are these xywh?')
    return boxes
