"""Names of weights in torchvision and in MMAction2, for the same networks.

``mc3_18`` is MMAction2's ``ResNet3d``::

    torchvision                 MMAction2
    stem.0.weight               conv1.conv.weight
    stem.1.*                    conv1.bn.*
    layer1.0.conv1.0.weight     layer1.0.conv1.conv.weight
    layer1.0.conv1.1.*          layer1.0.conv1.bn.*
    layer2.0.downsample.0.*     layer2.0.downsample.conv.*
    layer2.0.downsample.1.*     layer2.0.downsample.bn.*
    fc.*                        (the classifier, which a backbone does not have)

``resnet18`` is MMAction2's ``ResNet``; its classifier becomes the visual
layer of this package's heads::

    conv1.weight, bn1.*         backbone.conv1.conv.weight, backbone.conv1.bn.*
    layer1.0.conv1.weight       backbone.layer1.0.conv1.conv.weight
    layer1.0.bn1.*              backbone.layer1.0.conv1.bn.*
    layer2.0.downsample.0, .1   backbone.layer2.0.downsample.conv, .bn
    fc.*                        cls_head.fc_visual.*
"""

import re
from collections.abc import Mapping
from typing import TypeVar

#: Layers of a block that have numbers in torchvision.
_PARTS = ('conv', 'bn')
_BLOCK = r'layer\d\.\d\.(?:conv\d|downsample)'
_THEIRS = re.compile(rf'(stem|{_BLOCK})\.([01])\.(.+)')
_OURS = re.compile(rf'(conv1|{_BLOCK})\.(conv|bn)\.(.+)')

T = TypeVar('T')


def to_mmaction(name: str) -> str | None:
    """MMAction2's name of a torchvision weight.

    Args:
        name: Key of torchvision's state dict.

    Returns:
        Key of MMAction2's backbone; ``None`` for the classifier.

    Raises:
        ValueError: If ``mc3_18`` has no such weight.

    >>> to_mmaction('layer1.0.conv1.0.weight')
    'layer1.0.conv1.conv.weight'
    """
    if name.startswith('fc.'):
        return None
    if match := _THEIRS.fullmatch(name):
        block = 'conv1' if match[1] == 'stem' else match[1]
        return f'{block}.{_PARTS[int(match[2])]}.{match[3]}'
    raise ValueError(f'{name!r} is not a weight of torchvision mc3_18')


def to_torchvision(name: str) -> str:
    """torchvision's name of a weight of MMAction2's backbone.

    Raises:
        ValueError: If the backbone has no such weight.

    >>> to_torchvision('conv1.bn.running_mean')
    'stem.1.running_mean'
    """
    if match := _OURS.fullmatch(name):
        block = 'stem' if match[1] == 'conv1' else match[1]
        return f'{block}.{_PARTS.index(match[2])}.{match[3]}'
    raise ValueError(f'{name!r} is not a weight of an MC3-18 ResNet3d')


def convert_mc3_18(state_dict: Mapping[str, T]) -> dict[str, T]:
    """Rename torchvision's ``mc3_18`` weights for MMAction2's ``ResNet3d``.

    Args:
        state_dict: torchvision's state dict.

    Returns:
        The backbone's state dict; the classifier is left out.

    Raises:
        ValueError: If ``mc3_18`` has no such key.
    """
    pairs = ((to_mmaction(name), value) for name, value in state_dict.items())
    return {name: value for name, value in pairs if name is not None}


_RESNET = (
    (re.compile(r'fc\.(weight|bias)'), r'cls_head.fc_visual.\1'),
    (re.compile(r'(layer\d\.\d\.)?conv(\d)\.weight'), r'backbone.\1conv\2.conv.weight'),
    (re.compile(r'(layer\d\.\d\.)?bn(\d)\.(\w+)'), r'backbone.\1conv\2.bn.\3'),
    (re.compile(r'(layer\d\.\d\.downsample)\.0\.weight'), r'backbone.\1.conv.weight'),
    (re.compile(r'(layer\d\.\d\.downsample)\.1\.(\w+)'), r'backbone.\1.bn.\2'),
)


def convert_resnet18(state_dict: Mapping[str, T]) -> dict[str, T]:
    """Rename torchvision's ``resnet18`` weights for this package's recognizers.

    Args:
        state_dict: torchvision's state dict.

    Returns:
        State dict with ``backbone`` (MMAction2's ``ResNet``) and ``cls_head.fc_visual``.

    Raises:
        ValueError: If ``resnet18`` has no such key, or the classifier is missing.

    >>> list(convert_resnet18({'layer1.0.bn2.bias': 0, 'fc.weight': 1, 'fc.bias': 2}))
    ['backbone.layer1.0.conv2.bn.bias', 'cls_head.fc_visual.weight', 'cls_head.fc_visual.bias']
    """
    if lacking := {'fc.weight', 'fc.bias'} - set(state_dict):
        raise ValueError(f'{sorted(lacking)} are missing, expected the weights of a resnet18')
    return {of_resnet(name): value for name, value in state_dict.items()}


def of_resnet(name: str) -> str:
    for pattern, ours in _RESNET:
        if match := pattern.fullmatch(name):
            return match.expand(ours)
    raise ValueError(f'{name!r} is not a weight of torchvision resnet18')
