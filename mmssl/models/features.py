"""Features and data samples, which pass from the networks to the heads."""

from collections.abc import Callable

import torch
from torch import nn

from ..structures import LocalizationDataSample

#: Features of the picture ``(N, C, T, h, w)`` and of the sound ``(N, C', T')``.
Features = tuple[torch.Tensor, torch.Tensor]
#: Tensors by name: inputs, logits, losses.
Tensors = dict[str, torch.Tensor]
#: Data samples of a batch.
Samples = list[LocalizationDataSample]

#: Sixteen pictures of 224 x 224. Larger batches need more memory and are not faster.
_PIXELS = 16 * 224 * 224


def on_one_clock(visual: torch.Tensor, audio: torch.Tensor) -> Features:
    """Bring both features to the steps of the sound, which are the steps of the clock.

    A video network with a stride in time, or with every n-th frame as input, has fewer steps. Each
    step of the clock then uses the nearest step of the video network.

    Args:
        visual: ``(N, C, T', h, w)``.
        audio: ``(N, C, T)``.

    Returns:
        ``(N, C, T, h, w)`` and ``audio``.
    """
    have, want = visual.shape[2], audio.shape[2]
    if have == want:
        return visual, audio
    nearest = (torch.arange(want, device=visual.device) * have) // want
    return visual[:, :, nearest], audio


def require_widths(head: nn.Module, feats: Features) -> None:
    """Refuse features whose widths differ from the widths of a head.

    Args:
        head: Its widths are ``visual_channels`` and ``audio_channels``, or ``channels`` for both.
            A head without these attributes accepts all features.
        feats: Visual features ``(N, C, T, h, w)`` and audio features ``(N, C', T')``.

    Raises:
        ValueError: If a width differs.
    """
    networks = ('backbone', 'visual_channels'), ('audio_backbone', 'audio_channels')
    for (network, own), features in zip(networks, feats):
        name = own if hasattr(head, own) else 'channels'
        expected, given = getattr(head, name, None), features.shape[1]
        if expected not in (None, given):
            raise ValueError(
                f'model.{network} gives {given} channels, model.cls_head.{name} is {expected}: '
                f'set model.cls_head.{name}={given}, or take another {network}'
            )


def features_of(
    network: Callable[[torch.Tensor], torch.Tensor], items: torch.Tensor
) -> torch.Tensor:
    """Features of independent pictures or spectrograms, as in evaluation.

    Equal neighbours, such as frames of a slow video, pass through the network once.

    Args:
        network: Network that returns features ``(N, ...)`` of a batch.
        items: ``(N, C, H, W)``.
    """
    is_new = torch.ones(len(items), dtype=torch.bool, device=items.device)
    is_new[1:] = (items[1:] != items[:-1]).flatten(1).any(1)
    few = max(1, _PIXELS // (items.shape[-2] * items.shape[-1]))
    features = torch.cat([network(part) for part in items[is_new].split(few)])
    return features[is_new.cumsum(0) - 1]
