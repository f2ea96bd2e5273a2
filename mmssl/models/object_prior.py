"""Maps of objects by an image classifier, regardless of the sound."""

from collections.abc import Callable
from typing import Self

import numpy as np
import torch
from mmaction.registry import MODELS as MMACTION_MODELS
from mmengine.runner.checkpoint import CheckpointLoader
from torch import nn

from ..evaluation.functional import GRID, PRESETS, prediction_values
from ..evaluation.functional.fusion import ALPHA
from ..registry import MODELS
from .checkpoint_names import of_resnet
from .features import features_of
from .fusion import fuse_normalization


@MODELS.register_module()
class ObjectPrior(nn.Module):
    """Mean absolute activation of an image classifier's last feature map.

    Source: the object-guided localization of EZ-VSL (ECCV 2022), which fuses
    this map with the audio-visual one at test time. It is never trained.

    Metrics fuse with their own ``alpha``, so that one pass scores maps with the prior, maps without
    it, and the prior alone. Only an inferencer uses ``preset``, ``alpha`` and ``grid``.

    Args:
        weights: torchvision's weights of a ResNet-18 (``resnet18-f37072fd.pth``).
        backbone: Another image network with its weights instead: MMAction2's ``ResNet`` with
            ``pretrained=PATH``, or one in MMPretrain's style with
            ``init_cfg=dict(type='Pretrained', checkpoint=PATH)``.
        mean, std: Statistics of the RGB pictures on which the network was trained.
        preset: Name in :data:`mmssl.evaluation.functional.PRESETS`, which defines how both maps
            are resized and scaled before they are fused.
        alpha: Share of the audio-visual map.
        grid: Side of the square on which maps are fused, by default as in the metrics. Fused
            maps of long videos need less memory on a coarser grid.

    Raises:
        ValueError: If there are no weights to load, because the map of an untrained network is
            meaningless; if they are not from a ResNet-18; or if the preset is unknown.
    """

    statistics: torch.Tensor

    def __init__(
        self,
        weights: str | None = None,
        backbone: dict | None = None,
        mean: tuple[float, ...] = (123.675, 116.28, 103.53),
        std: tuple[float, ...] = (58.395, 57.12, 57.375),
        preset: str = 'vggss',
        alpha: float = ALPHA,
        grid: int = GRID,
    ) -> None:
        super().__init__()
        if preset not in PRESETS:
            raise ValueError(f'preset is {preset!r}, expected one of {tuple(PRESETS)}')
        if not 0 <= alpha <= 1:
            raise ValueError(f'alpha is {alpha}, expected a share in [0, 1]')
        self.preset, self.alpha, self.grid = PRESETS[preset], alpha, grid
        network = _with_own_weights(backbone) if backbone else _resnet18(weights)
        # Not a submodule, so that checkpoints hold only the localizer's weights.
        self._networks = (network.requires_grad_(False),)
        network.eval()
        fuse_normalization(network)
        statistics = torch.tensor([mean, std]).view(2, 3, 1, 1)
        self.register_buffer('statistics', statistics, persistent=False)

    def _apply(self, fn: Callable[[torch.Tensor], torch.Tensor], recurse: bool = True) -> Self:
        """Move the network with the model."""
        self._networks[0]._apply(fn, recurse)
        return super()._apply(fn, recurse)

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
        maps = features_of(self._map, flat)
        return maps.reshape(len(pictures), -1, *maps.shape[1:])

    def _map(self, pictures: torch.Tensor) -> torch.Tensor:
        features = self._networks[0](pictures)
        if isinstance(features, (tuple, list)):
            features = features[-1]
        return features.float().abs().mean(1)

    def fuse(self, maps: np.ndarray, object_maps: np.ndarray) -> np.ndarray:
        """Fuse the maps of a model with the object maps of the same pictures.

        Args:
            maps: float32 ``(T, h, w)``.
            object_maps: float32 ``(T, h', w')``, at least 0.

        Returns:
            float32 ``(T, H, W)`` on the grid.
        """
        values = prediction_values(
            maps, self.preset, (self.grid,) * 2, object_maps=object_maps, alpha=self.alpha
        )
        return values.astype(np.float32)


def _resnet18(weights: str | None) -> nn.Module:
    if not weights:
        raise ValueError(
            "object_prior has no weights, expected torchvision's file of a ResNet-18 "
            '(resnet18-f37072fd.pth): --cfg-options model.object_prior.weights=FILE, or for mmssl '
            'localize --prior FILE'
        )
    content = CheckpointLoader.load_checkpoint(weights, 'cpu', logger='silent')
    network = MMACTION_MODELS.build(dict(type='ResNet', depth=18, pretrained=None))
    try:
        names = {of_resnet(name).removeprefix('backbone.'): name for name in content}
        trunk = {ours: content[name] for ours, name in names.items() if not name.startswith('fc.')}
        network.load_state_dict(trunk)
    except (ValueError, RuntimeError, TypeError) as error:
        raise ValueError(
            f"{weights}: expected torchvision's weights of a ResNet-18: {error}"
        ) from error
    return network


def _with_own_weights(backbone: dict) -> nn.Module:
    if not (backbone.get('pretrained') or backbone.get('init_cfg')):
        raise ValueError(
            f'object_prior: backbone {backbone.get("type")} has no weights, expected '
            'pretrained=PATH'
        )
    network = MMACTION_MODELS.build(backbone)
    # MMEngine loads weights only before training, but the prior is used in testing.
    network.init_weights()
    return network
