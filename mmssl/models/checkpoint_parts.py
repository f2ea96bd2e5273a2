"""Take one part of a checkpoint, and refuse a checkpoint of another head."""

import os
from collections.abc import Mapping

import torch
from mmengine.logging import print_log
from mmengine.runner.checkpoint import CheckpointLoader
from torch import nn


def load_part(module: nn.Module, part: str, path: str | os.PathLike) -> None:
    """Load what a checkpoint holds under a name into a module.

    Args:
        module: Where to.
        part: Name of the part in the checkpoint, e.g. ``'backbone'``.
        path: Checkpoint of a model that has such a part.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the checkpoint has no such part, or it does not fit.
    """
    content = CheckpointLoader.load_checkpoint(os.fspath(path), map_location='cpu')
    state = content.get('state_dict', content)
    weights = _part_of(state, part)
    if not weights:
        parts = sorted({name.partition('.')[0] for name in state})
        raise ValueError(f'{path}: holds no {part!r}, it has {parts}')
    try:
        module.load_state_dict(weights)
    except RuntimeError as error:
        raise ValueError(
            f'{path}: its {part!r} does not fit this model, expected a network of the same '
            f'make: {error}'
        ) from error
    print_log(f'{part} from {path}: {len(weights)} weights', 'current')


def refuse_other_head(head: nn.Module, state: Mapping[str, torch.Tensor], part: str) -> None:
    """Refuse weights of a head that is built otherwise.

    MMEngine loads what fits and warns of the rest, so that a test would go on
    with random weights. Weights without any head are those of a backbone, and fit.

    Args:
        head: The model's head.
        state: What is loaded.
        part: Name of the head in it.

    Raises:
        ValueError: If layers or their shapes are other ones.
    """
    given, own = _shapes(_part_of(state, part)), _shapes(head.state_dict())
    if given and given != own:
        raise ValueError(
            f'the checkpoint holds the head {given}, this model has {own}: test with the config '
            'and the options that it was trained with, or start a training from its parts: '
            "model.weights=dict(backbone='CHECKPOINT', ...)"
        )


def refuse_foreign_weights(model: nn.Module, state: Mapping[str, torch.Tensor]) -> None:
    """Refuse weights of which the model knows not a single name.

    MMEngine would warn, and a test would go on with random weights.

    Raises:
        ValueError: If they are such weights.
    """
    own = model.state_dict().keys()
    if state and not own & state.keys():
        raise ValueError(
            f'the checkpoint holds no weight of this model: it has {", ".join([*state][:3])} ..., '
            f'the model {", ".join([*own][:3])} ...'
        )


def _part_of(state: Mapping[str, torch.Tensor], part: str) -> dict[str, torch.Tensor]:
    prefix = f'{part}.'
    return {k.removeprefix(prefix): v for k, v in state.items() if k.startswith(prefix)}


def _shapes(weights: Mapping[str, torch.Tensor]) -> str:
    return ', '.join(f'{name} {tuple(value.shape)}' for name, value in sorted(weights.items()))
