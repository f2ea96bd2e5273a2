"""What a number must be held against: maps that know nothing, and the best map."""

import torch

from .ground_truth import GRID


def centre_map() -> torch.Tensor:
    """A map that falls with the distance from the frame's centre, ``(224, 224)``.

    Under a thresholding rule it becomes a centre disc of the rule's area.
    """
    offset = torch.arange(GRID, dtype=torch.float32) - (GRID - 1) / 2
    return -(offset[:, None] ** 2 + offset[None, :] ** 2).sqrt()


def best_possible(truth: torch.Tensor) -> torch.Tensor:
    """Ceiling of the half rule: the best cIoU that any map can reach.

    A prediction has N / 2 pixels, so a truth of another size cannot be met.

    Args:
        truth: Bool ``(B, H, W)``.

    Returns:
        float64 ``(B,)``, ``min(|G|, N/2) / max(|G|, N/2)``.
    """
    size = truth.flatten(1).sum(1).double()
    half = truth[0].numel() / 2
    return size.clamp(max=half) / size.clamp(min=half)
