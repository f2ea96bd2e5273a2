"""Checkpoint files that authors of published localizers released: their methods and weights.

This package does not redistribute any of them. Key names and wrappers follow the authors' code that
saves the files. EZ-VSL, SLAVC and FNAC store two ResNet-18 with 1x1 projections under ``model``.
LVS, Alignment and SSL-TIE store two ResNet-18 whose trunks contain parts that no map needs.
"""

import re
from collections.abc import Mapping, MutableMapping
from typing import Any

import torch

from .checkpoint_names import of_resnet

#: Entries of a file that contain a network's weights.
_WRAPPERS = ('model', 'model_state_dict', 'state_dict')

#: Names of the methods.
METHODS = ('ez-vsl', 'fnac', 'slavc', 'lvs', 'alignment', 'ssl-tie')

_PARTS = {'imgnet': 'backbone', 'audnet': 'audio_backbone'}
_PROJECTION = re.compile(r'(img|aud)_proj([12]?)\.(weight|bias)')
#: First convolution of each network in a trunk that has one for each modality.
_FIRST = {'imgnet': 'conv1.', 'audnet': 'conv1_a.'}


def candidates(content: Mapping[str, Any]) -> tuple[str, ...]:
    """Methods whose authors may have written a file.

    Args:
        content: Content of the file.

    Returns:
        Names of :data:`METHODS`; several if their files look the same, empty if no method matches.
    """
    state = _weights_of(content)
    names = {_plain(name) for name in state}
    if not any(name.startswith(('imgnet.', 'audnet.')) for name in names):
        return ()
    if any(name.startswith(('momentum_', 'img_proj1.')) for name in names):
        return ('slavc',)
    if 'img_proj.weight' in names:
        return ('ez-vsl', 'fnac')
    if 'vision_fc1.weight' in names:
        return ('ssl-tie',)
    if 'model_state_dict' not in content:
        return ('lvs', 'alignment')
    return ('lvs',) if all(name.startswith('module.') for name in state) else ('alignment',)


def convert_in_place(
    state_dict: MutableMapping[str, Any], method: str | None, own: Mapping[str, torch.Tensor]
) -> None:
    """Rename the weights of a released file for a :class:`PairLocalizer`.

    A state dict from any other file does not change.

    Args:
        state_dict: Content of a file, or its weights alone.
        method: Method of the model that loads it.
        own: The model's state dict.

    Raises:
        ValueError: If the file belongs to another method, or lacks weights that the model needs.
    """
    methods = candidates(state_dict)
    if not methods:
        return
    if method not in methods:
        raise ValueError(
            f'the file looks like one of {" or ".join(methods)}, expected one of {method}: load it '
            f'as {methods[0]}'
        )
    given = renamed(state_dict)
    # Released files do not contain layers that only training needs; the model keeps its own.
    kept = {name: value for name, value in own.items() if name.startswith('cls_head.meanings.')}
    weights = {name: (kept | given)[name] for name in own if name in kept | given}
    if missing := [name for name in own if name not in weights]:
        raise ValueError(
            f'the file of {method} lacks {len(missing)} weights, such as {", ".join(missing[:5])}: '
            'it is incomplete, or from another variant'
        )
    state_dict.clear()
    state_dict.update(weights)


def renamed(content: Mapping[str, Any]) -> dict[str, Any]:
    """Weights of a released file by their names in a :class:`PairLocalizer`.

    Args:
        content: Content of the file. Weights that no map needs are left out.
    """
    state = {_plain(name): value for name, value in _weights_of(content).items()}
    shared = any('.conv1_a.' in name for name in state)
    pairs = ((_our_name(name, shared), value) for name, value in state.items())
    return {name: value for name, value in pairs if name is not None}


def _weights_of(content: Mapping[str, Any]) -> Mapping[str, Any]:
    for wrapper in _WRAPPERS:
        if isinstance(content.get(wrapper), Mapping):
            return content[wrapper]
    return content


def _plain(name: str) -> str:
    """A name without the prefix of DataParallel."""
    return re.sub(r'^(module\.)+', '', name)


def _our_name(name: str, shared: bool) -> str | None:
    """Name of a weight in a :class:`PairLocalizer`; ``None`` if no map needs it.

    Args:
        name: Name in the authors' network.
        shared: Whether a trunk has a first convolution for each modality.

    >>> _our_name('imgnet.layer1.0.bn2.bias', False)
    'backbone.layer1.0.conv2.bn.bias'
    >>> _our_name('audnet.conv1_a.weight', True)
    'audio_backbone.conv1.conv.weight'
    >>> _our_name('momentum_aud_proj2.weight', False)
    'momentum_copies.cls_head.audio_projections.1.weight'
    """
    place = 'momentum_copies.' if name.startswith('momentum_') else ''
    name = name.removeprefix('momentum_')
    if match := _PROJECTION.fullmatch(name):
        kind = {'img': 'visual', 'aud': 'audio'}[match[1]]
        return f'{place}cls_head.{kind}_projections.{int(match[2] or 1) - 1}.{match[3]}'
    network, _, rest = name.partition('.')
    if network not in _PARTS or rest.startswith('fc.'):
        return None
    if shared and rest.startswith('conv1'):
        if not rest.startswith(_FIRST[network]):
            return None
        rest = rest.replace('conv1_a.', 'conv1.')
    try:
        return of_resnet(rest).replace('backbone', f'{place}{_PARTS[network]}', 1)
    except ValueError:
        return None
