"""The result of a forward pass: maps and class scores of every step."""

from typing import NamedTuple

import torch


class StepPredictions(NamedTuple):
    """Predictions for N clips of T steps of the clock.

    Attributes:
        maps: float32 ``(N, T, h, w)``; higher means more likely the sounding place.
        scores: Head to class scores, float32 ``(N, T, K)``; empty if the model tells no classes.
    """

    maps: torch.Tensor
    scores: dict[str, torch.Tensor]
