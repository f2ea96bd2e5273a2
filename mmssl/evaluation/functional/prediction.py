"""From a model's maps to binary predictions."""

import torch
import torch.nn.functional as F

from .ground_truth import GRID


def upsample(maps: torch.Tensor) -> torch.Tensor:
    """Bring maps to the grid, bilinear with aligned corners (EZ-VSL's test).

    Args:
        maps: Float ``(B, h, w)``.

    Returns:
        float32 ``(B, 224, 224)``.
    """
    return F.interpolate(
        maps[:, None].float(), (GRID, GRID), mode='bilinear', align_corners=True
    ).squeeze(1)


def normalize(maps: torch.Tensor) -> torch.Tensor:
    """Scale every map to [0, 1]; a constant map stays as it is."""
    low, high = maps.amin((1, 2), keepdim=True), maps.amax((1, 2), keepdim=True)
    span = high - low
    return torch.where(span > 0, (maps - low) / torch.where(span > 0, span, 1), maps)


def half_rule(values: torch.Tensor) -> torch.Tensor:
    """The 50 % rule: ``M = p >= sort(p)[N // 2]``, half of the frame is predicted.

    Args:
        values: ``(B, H, W)``.

    Returns:
        Bool, same shape. A constant map selects everything.
    """
    flat = values.flatten(1)
    threshold = flat.kthvalue(flat.shape[1] // 2 + 1, 1).values
    return values >= threshold[:, None, None]


def adaptive_rule(values: torch.Tensor, truth: torch.Tensor) -> torch.Tensor:
    """As many pixels as the truth has: ``M = p > sort(p)[N - n]``, ``n = |G|``.

    Args:
        values: ``(B, H, W)``.
        truth: Bool, same shape; an empty one counts as half of the frame.

    Returns:
        Bool, same shape. A constant map selects nothing.
    """
    ordered = values.flatten(1).sort(1).values
    count = ordered.shape[1]
    size = truth.flatten(1).sum(1)
    size = torch.where(size == 0, count // 2, size)
    threshold = ordered.gather(1, (count - size)[:, None])
    return values > threshold[:, :, None]
