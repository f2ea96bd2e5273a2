"""cIoU, what is reported of it, and pointing accuracy."""

import torch

#: The 21 thresholds of the AUC, as the float 0.05 * i comes out.
THRESHOLDS = torch.tensor([0.05 * i for i in range(21)], dtype=torch.float64)


def ciou(predicted: torch.Tensor, truth: torch.Tensor) -> torch.Tensor:
    """Consensus IoU of every sample.

    ``sum(M * G) / (sum(G) + sum(M * [G = 0]))``; 0 where nothing is predicted
    and nothing is true.

    Args:
        predicted: Bool ``(B, H, W)``.
        truth: Ground truth ``(B, H, W)``, bool or weights in [0, 1].

    Returns:
        float64 ``(B,)``.
    """
    predicted, weight = predicted.flatten(1), truth.flatten(1).double()
    inter = (predicted * weight).sum(1)
    union = weight.sum(1) + (predicted & (weight == 0)).sum(1)
    return torch.where(union > 0, inter / union.clamp(min=1e-12), 0)


def success_rate(scores: torch.Tensor, threshold: float = 0.5) -> float:
    """Share of samples with cIoU >= threshold; what papers report as "cIoU"."""
    return (scores >= threshold).double().mean().item()


def auc(scores: torch.Tensor) -> float:
    """Area under the success rate over the 21 thresholds, by trapezoids."""
    rates = (scores[:, None] >= THRESHOLDS).double().mean(0)
    return torch.trapezoid(rates, THRESHOLDS).item()


def pointing(values: torch.Tensor, truth: torch.Tensor) -> torch.Tensor:
    """Whether the centre of a map's highest cell lies inside the truth.

    The cells tile the frame. (Enlarging with aligned corners, as the cIoU's
    protocol does, would move the peak of a border cell onto the border.)

    Args:
        values: Maps ``(B, h, w)``, as the model gives them.
        truth: Bool ``(B, H, W)``.

    Returns:
        Bool ``(B,)``; false for a constant map, which has no peak.
    """
    height, width = values.shape[1:]
    flat = values.flatten(1)
    cell = flat.argmax(1)
    rows = ((cell // width + 0.5) / height * truth.shape[1]).long()
    columns = ((cell % width + 0.5) / width * truth.shape[2]).long()
    inside = truth[torch.arange(len(truth)), rows, columns]
    return inside & (flat.amax(1) > flat.amin(1))
