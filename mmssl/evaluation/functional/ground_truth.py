"""Ground truth on the evaluation grid."""

import numpy as np
import torch

#: Side of the evaluation grid in pixels.
GRID = 224


def boxes_to_mask(boxes: np.ndarray | torch.Tensor) -> torch.Tensor:
    """Union of boxes by VGG-SS's protocol.

    Each coordinate ``v`` becomes ``int(224 * clip(v, 0, 1))``, and slices are
    half-open: a box outside the frame or of zero area marks nothing.

    Args:
        boxes: ``(k, 4)``, xyxy fractions.

    Returns:
        Bool ``(224, 224)``.

    Raises:
        ValueError: If the shape is another, a value is NaN, or boxes look
            like pixels.
    """
    boxes = np.asarray(boxes, dtype=np.float64)
    if boxes.ndim != 2 or boxes.shape[1] != 4:
        raise ValueError(f'boxes have shape {boxes.shape}, expected (k, 4)')
    if np.isnan(boxes).any():
        raise ValueError(f'boxes {boxes.tolist()} hold NaN, expected fractions of the frame')
    if len(boxes) and (boxes > 2).any(1).all():
        raise ValueError(
            f'boxes {boxes.tolist()} lie far outside [0, 1], expected fractions of the frame '
            '(did you pass pixels?)'
        )
    mask = torch.zeros(GRID, GRID, dtype=torch.bool)
    for x0, y0, x1, y1 in (GRID * np.clip(boxes, 0, 1)).astype(int):
        mask[y0:y1, x0:x1] = True
    return mask
