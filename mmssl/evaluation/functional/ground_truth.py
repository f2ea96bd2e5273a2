"""Ground truth on the evaluation grid.

Conventions: boxes are xyxy fractions of the full frame, origin top left; a
coordinate becomes a pixel by truncation, and slices are half-open, so a box of
zero area marks nothing. Masks are bool, weights float64 in {0, 0.5, 1}.

- :func:`check_mask`: an annotated mask
- :func:`boxes_to_mask`: VGG-SS, IS3: the union of boxes
- :func:`boxes_to_weights`: Flickr-SoundNet: half of the number of boxes, at most 1
"""

import numpy as np

from .scores import Array

#: Side of the evaluation grid in pixels.
GRID = 224
#: Side of the grid of Flickr-SoundNet's annotations.
FLICKR_GRID = 256


def check_mask(mask: np.ndarray) -> np.ndarray:
    """Return a mask as bool ``(H, W)``.

    Raises:
        ValueError: If the shape differs, or a value is neither 0 nor 1.
    """
    if mask.ndim != 2 or not mask.size:
        raise ValueError(f'mask has shape {mask.shape}, expected (H, W)')
    if mask.dtype != bool and not np.isin(mask, (0, 1)).all():
        raise ValueError(
            f'mask of type {mask.dtype} holds {np.unique(mask)[:5].tolist()}, expected bool or '
            'only 0 and 1 (255 means true? pass mask > 0)'
        )
    return mask.astype(bool)


def check_boxes(boxes: Array) -> np.ndarray:
    """Return boxes as float64 ``(k, 4)``.

    Raises:
        ValueError: If the shape differs, a value is NaN, or boxes look like pixels.
    """
    try:
        boxes = np.asarray(boxes, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(f'boxes are not an array of numbers, expected (k, 4): {error}') from error
    if boxes.ndim != 2 or boxes.shape[1] != 4:
        single = ' (put a single box into a list)' if boxes.shape == (4,) else ''
        raise ValueError(f'boxes have shape {boxes.shape}, expected (k, 4){single}')
    if np.isnan(boxes).any():
        raise ValueError(f'boxes {boxes.tolist()} contain NaN, expected fractions of the frame')
    # The published VGG-SS file has a few values like -2.9e16; one such value is not a pixel box.
    if len(boxes) and (boxes > 2).any(1).all():
        raise ValueError(
            f'boxes {boxes.tolist()} are far outside [0, 1], expected fractions of the frame '
            '(did you pass pixels?)'
        )
    return boxes


def box_cells(boxes: np.ndarray) -> np.ndarray:
    """Half-open slices ``int(224 * clip(v, 0, 1))`` of boxes ``(k, 4)``, VGG-SS's protocol."""
    return (GRID * boxes.clip(0, 1)).astype(int)


def boxes_to_mask(boxes: Array) -> np.ndarray:
    """Union of boxes in VGG-SS's protocol.

    Args:
        boxes: ``(k, 4)``, xyxy fractions.

    Returns:
        Bool ``(224, 224)``.

    Raises:
        ValueError: See :func:`check_boxes`.
    """
    mask = np.zeros((GRID, GRID), dtype=bool)
    for x0, y0, x1, y1 in box_cells(check_boxes(boxes)):
        mask[y0:y1, x0:x1] = True
    return mask


def boxes_to_weights(boxes: Array) -> np.ndarray:
    """Consensus of several annotators' boxes in Flickr-SoundNet's protocol.

    A coordinate ``v`` of the 256 grid becomes ``int(224 * int(v) / 256)``;
    the weight is ``min(sum of boxes / 2, 1)``. Boxes are counted, not
    annotators: two overlapping boxes of one annotator make a consensus.

    Args:
        boxes: ``(k, 4)``, xyxy, ``v / 256``.

    Returns:
        float64 ``(224, 224)``.

    Raises:
        ValueError: See :func:`check_boxes`.
    """
    cells = np.trunc(FLICKR_GRID * check_boxes(boxes).clip(0, 1))
    count = np.zeros((GRID, GRID))
    for x0, y0, x1, y1 in (GRID * cells / FLICKR_GRID).astype(int):
        count[y0:y1, x0:x1] += 1
    return np.minimum(count / 2, 1)
