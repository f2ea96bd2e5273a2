"""Origin of a checkpoint, recognized by the names of its weights."""

from collections.abc import Mapping
from typing import Any

import torch

from .released import candidates, renamed

#: Prefix of a weight's name to the origin of files with such a name; the first match counts.
_SIGNS = {
    'cls_head.fc_query.': 'mmssl.AttentionLocalizer',
    'cls_head.visual_projections.': 'mmssl.PairLocalizer',
    'cls_head.fc_av.': 'mmssl.AudioVisualRecognizer',
    'cls_head.fc_shared.': 'mmssl.AudioVisualRecognizer',
    'cls_head.fc_audio.': 'mmssl.AudioDistiller',
    # The head of some methods has no weights.
    'audio_backbone.': 'mmssl.PairLocalizer',
    'backbone.': 'a recognizer of MMAction2',
    'stem.': "torchvision's video networks (tools/model_converters/convert_mc3_18.py)",
    'layer1.0.bn1.': "torchvision's ResNets (tools/model_converters/convert_resnet18.py)",
}


def family(content: Mapping[str, Any]) -> str | None:
    """Name of the program that wrote a file, recognized by the names of its weights.

    Args:
        content: Content of the file.

    Returns:
        Class, method or package; ``None`` if it is not recognized.
    """
    if methods := candidates(content):
        return ' or '.join(methods)
    names = [*weights_of(content)]
    for sign, owner in _SIGNS.items():
        if any(name.startswith(sign) for name in names):
            return owner
    return None


def weights_of(content: Mapping[str, Any]) -> dict[str, torch.Tensor]:
    """Weights of a file of any origin, under this package's names.

    Args:
        content: Content of the file.
    """
    if candidates(content):
        return renamed(content)
    inner = content.get('state_dict')
    state = inner if isinstance(inner, Mapping) else content
    return {name: value for name, value in state.items() if isinstance(value, torch.Tensor)}
