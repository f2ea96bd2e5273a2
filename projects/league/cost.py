"""Size and computing cost of the methods' networks."""

from dataclasses import dataclass
from pathlib import Path

import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope
from torch.utils.flop_counter import FlopCounterMode

from mmssl.apis.config import merge_options, read_config
from mmssl.registry import MODELS

from .methods import METHODS

#: Inputs of a network in training from a clip of five seconds: pictures of 112 x 112, one per
#: second or a single one; a second of sound as log-mel or as a spectrogram.
_PICTURES = {True: (1, 3, 5, 112, 112), False: (1, 3, 1, 112, 112)}
_SOUNDS = {'mmssl.PairLocalizer': (1, 1, 1, 257, 66)}
_LOG_MEL = (1, 1, 1, 100, 80)


@dataclass(frozen=True)
class Cost:
    """A method's size.

    Attributes:
        parameters: Number of trained parameters.
        macs: Multiply-accumulates for a clip's features in training: forward, networks only.
    """

    parameters: int
    macs: int


def cost_of(name: str, root: Path) -> Cost:
    """Build a method's model, and count its parameters and multiply-accumulates.

    Args:
        name: One of :data:`METHODS`.
        root: The repository's folder.
    """
    init_default_scope('mmaction')
    method = METHODS[name]
    config: Config = read_config(str(root / 'configs' / f'{method.config}.py'))
    merge_options(config, dict(method.options))
    config.model.pop('weights', None)
    network = MODELS.build(config.model).eval()
    shapes = _PICTURES[method.labels], _SOUNDS.get(config.model.type, _LOG_MEL)
    imgs, audios = (torch.zeros(shape) for shape in shapes)
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        network.visual_features(imgs)
        network.audio_features(audios)
    trained = sum(p.numel() for p in network.parameters() if p.requires_grad)
    return Cost(trained, counter.get_total_flops() // 2)
