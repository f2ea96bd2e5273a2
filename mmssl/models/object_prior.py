"""Where an image classifier sees an object, whatever is heard."""

from typing import Self

import torch
from mmaction.registry import MODELS as MMACTION_MODELS
from torch import nn

from ..registry import MODELS


@MODELS.register_module()
class ObjectPrior(nn.Module):
    """Mean absolute activation of an image classifier's last feature map.

    Source: the object-guided localization of EZ-VSL (ECCV 2022), which fuses
    this map with the audio-visual one at test time. It is never trained.

    Args:
        backbone: Image network with its weights: MMAction2's ``ResNet`` with ``pretrained=PATH``,
            or one in MMPretrain's style with ``init_cfg=dict(type='Pretrained', checkpoint=PATH)``.
        mean, std: Statistics of the RGB pictures that it was trained on.

    Raises:
        ValueError: If the backbone has no weights to load: the map of a
            network that has learned nothing says nothing.
    """

    statistics: torch.Tensor

    def __init__(
        self,
        backbone: dict,
        mean: tuple[float, ...] = (123.675, 116.28, 103.53),
        std: tuple[float, ...] = (58.395, 57.12, 57.375),
    ) -> None:
        super().__init__()
        if not (backbone.get('pretrained') or backbone.get('init_cfg')):
            raise ValueError(
                f'object_prior: backbone {backbone.get("type")} has no weights, expected '
                'pretrained=PATH (--cfg-options model.object_prior.backbone.pretrained=PATH)'
            )
        self.backbone = MMACTION_MODELS.build(backbone)
        # MMEngine loads weights before training only, and this is for testing.
        self.backbone.init_weights()
        self.requires_grad_(False).eval()
        statistics = torch.tensor([mean, std]).view(2, 3, 1, 1)
        self.register_buffer('statistics', statistics, persistent=False)

    def train(self, mode: bool = True) -> Self:
        """Stay in evaluation mode."""
        return super().train(False)

    @torch.no_grad()
    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        """Object maps of pictures.

        Args:
            pictures: RGB in [0, 255], ``(N, 3, T, H, W)``.

        Returns:
            float32 ``(N, T, h, w)``, at least 0.
        """
        mean, std = self.statistics
        flat = (pictures.transpose(1, 2).flatten(0, 1) - mean) / std
        features = self.backbone(flat)
        if isinstance(features, (tuple, list)):
            features = features[-1]
        maps = features.float().abs().mean(1)
        return maps.reshape(len(pictures), -1, *maps.shape[1:])
