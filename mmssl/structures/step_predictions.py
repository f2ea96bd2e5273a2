"""The result of a forward pass: maps and class scores of every step."""

from collections.abc import Mapping
from typing import NamedTuple

import torch


class StepPredictions(NamedTuple):
    """Predictions for N clips of T steps of the clock.

    Attributes:
        maps: float32 ``(N, T, h, w)``; higher means more likely the sounding place.
        scores: Head to class scores, float32 ``(N, T, K)``; empty if the model has no classes.
    """

    maps: torch.Tensor
    scores: dict[str, torch.Tensor]


def clip_scores(steps: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Class scores of a clip, computed from the scores of its steps.

    A step's scores are the softmax of its logits. The clip's logits are the mean of the steps'
    logits, so the result equals the scores that a head gives to the whole clip.

    Args:
        steps: Head to scores ``(T, K)``.

    Returns:
        Head to scores ``(K,)``.
    """
    smallest = torch.finfo(torch.float32).tiny
    return {k: v.clamp(min=smallest).log().mean(0).softmax(0) for k, v in steps.items()}
