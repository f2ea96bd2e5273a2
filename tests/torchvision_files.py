"""Random weights under the names and in the shapes of torchvision's files."""

from pathlib import Path

import torch
from mmaction.registry import MODELS
from mmengine.config import Config
from mmengine.registry import init_default_scope

from mmssl.models.checkpoint_names import to_torchvision

from .conftest import ROOT


def mc3_18() -> dict[str, torch.Tensor]:
    """Weights as in ``mc3_18-a90a0ba3.pth``."""
    init_default_scope('mmaction')
    network = MODELS.build(
        Config.fromfile(ROOT / 'configs/_base_/models/mmssl_mc3.py').model.backbone
    )
    state = network.state_dict()
    weights = {to_torchvision(name): _moved(value) for name, value in state.items()}
    return {**weights, 'fc.weight': torch.zeros(400, 512), 'fc.bias': torch.zeros(400)}


def resnet18() -> dict[str, torch.Tensor]:
    """Weights as in ``resnet18-f37072fd.pth``."""
    init_default_scope('mmaction')
    state = MODELS.build(dict(type='ResNet', depth=18, pretrained=None)).state_dict()
    weights = {_resnet_name(name): _moved(value) for name, value in state.items()}
    return {**weights, 'fc.weight': torch.rand(1000, 512), 'fc.bias': torch.rand(1000)}


def _moved(value):
    """A new network's weight, a little moved, so that no two are alike."""
    return value + 0.01 * torch.rand_like(value) if value.is_floating_point() else value


def _resnet_name(name):
    """torchvision's name of a weight of MMAction2's ResNet."""
    if '.bn.' not in name:
        return name.replace('.conv.', '.').replace('downsample', 'downsample.0')
    head, _, rest = name.partition('.bn.')
    if head.endswith('downsample'):
        return f'{head}.1.{rest}'
    block, number = head.rsplit('conv', 1)
    return f'{block}bn{number}.{rest}'


def save(weights: dict[str, torch.Tensor], path: Path) -> Path:
    """Write a file as torchvision's are: weights and nothing else."""
    torch.save(weights, path)
    return path
