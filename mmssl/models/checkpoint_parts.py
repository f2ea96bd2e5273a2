"""Load parts of a checkpoint, and refuse a checkpoint with another head."""

import os
from collections.abc import Iterable, Mapping
from typing import Any

import torch
from mmengine.logging import print_log
from mmengine.runner.checkpoint import CheckpointLoader
from torch import nn

from .checkpoint_families import family, weights_of
from .released import candidates


class OtherHeadError(ValueError):
    """The weights of a checkpoint belong to another head."""


def load_parts(model: nn.Module, sources: Mapping[str, str | os.PathLike]) -> None:
    """Load parts of a model from checkpoints, and log the parts that were loaded and left out.

    Args:
        model: Model to change in place.
        sources: Name of a part, e.g. ``'backbone'``, to a checkpoint of a model with this part, or
            to a file that authors of a published localizer released.

    Raises:
        FileNotFoundError: If a file is missing.
        ValueError: If a checkpoint has no such part, or the part does not fit. The message names
            the weight, both shapes, and the likely origin of the file.
    """
    for path in dict.fromkeys(os.fspath(source) for source in sources.values()):
        content = CheckpointLoader.load_checkpoint(path, map_location='cpu')
        parts = [part for part, source in sources.items() if os.fspath(source) == path]
        for part in parts:
            _load_part(model.get_submodule(part), part, path, content)
        state, owner = weights_of(content), family(content)
        called = f'{path} ({owner})' if owner else path
        rest = _counts(_without(state, parts)) or 'nothing'
        print_log(f'{called}: loaded: {_counts(state, parts)}; left out: {rest}', 'current')
    if sources:
        new = _counts(_without(model.state_dict(), sources)) or 'nothing'
        print_log(f'not from a checkpoint: {new}', 'current')


def _load_part(module: nn.Module, part: str, path: str, content: Mapping[str, Any]) -> None:
    state, owner = weights_of(content), family(content)
    looks = f'; the file looks like one of {owner}' if owner else ''
    weights = _part_of(state, part)
    if not weights:
        held = ', '.join(_top_parts(state)) or 'no weights'
        raise ValueError(f'{path}: holds no {part!r}, it has {held}{looks}')
    try:
        module.load_state_dict(weights)
    except RuntimeError as error:
        apart = difference(weights, module.state_dict(), part) or ' '.join(str(error).split())
        raise ValueError(
            f'{path}: {apart}{looks}, expected a file of the same networks as model.{part} of the '
            'config'
        ) from error


def difference(
    given: Mapping[str, torch.Tensor], own: Mapping[str, torch.Tensor], part: str
) -> str | None:
    """The first weight in which a file and a model differ, with both shapes.

    Args:
        given: Weights of the part in the file.
        own: Weights of the part in the model.
        part: Name of the part.

    Returns:
        The difference as a clause of an error message; ``None`` if all shapes are equal.
    """
    for name in [*own, *given]:
        if name.endswith('num_batches_tracked'):  # older files have none
            continue
        shapes = [tuple(state[name].shape) if name in state else None for state in (given, own)]
        if shapes[0] != shapes[1]:
            there, here = (shape or 'missing' for shape in shapes)
            return f'{part}.{name} is {there} in the file and {here} in the model'
    return None


def refuse_other_head(head: nn.Module, state: Mapping[str, torch.Tensor], part: str) -> None:
    """Refuse weights of a head with other layers.

    MMEngine loads the weights that fit and warns about the rest, so a test would use random
    weights. Weights without any head belong to a backbone, and are accepted.

    Args:
        head: The model's head.
        state: State dict to be loaded.
        part: Name of the head in it.

    Raises:
        OtherHeadError: If the layers or their shapes differ.
    """
    given = _part_of(state, part)
    if given and (apart := difference(given, head.state_dict(), part)):
        raise OtherHeadError(
            f'the checkpoint has another head: {apart}; use the config and the options with which '
            'it was trained'
        )


def refuse_foreign_weights(model: nn.Module, state: Mapping[str, torch.Tensor]) -> None:
    """Refuse weights if the model has none of their names.

    MMEngine would only warn, and a test would use random weights.

    Raises:
        ValueError: If the weights belong to a backbone.
    """
    own = model.state_dict().keys()
    if state and not own & state.keys():
        if methods := candidates(state):
            raise ValueError(
                f'the checkpoint looks like a file of {" or ".join(methods)}, which this config '
                f'does not test: take a config in configs/{methods[0].replace("-", "_")}/'
            )
        raise ValueError(
            f'the checkpoint has no weight of this model: it has {", ".join([*state][:3])} ..., '
            f'the model has {", ".join([*own][:3])} ...'
        )


def _part_of(state: Mapping[str, torch.Tensor], part: str) -> dict[str, torch.Tensor]:
    prefix = f'{part}.'
    return {k.removeprefix(prefix): v for k, v in state.items() if k.startswith(prefix)}


def _without(state: Mapping[str, Any], parts: Iterable[str]) -> dict[str, Any]:
    """The weights outside of all parts."""
    begins = tuple(f'{part}.' for part in parts)
    return {name: value for name, value in state.items() if not name.startswith(begins)}


def _counts(state: Mapping[str, Any], parts: Iterable[str] | None = None) -> str:
    """Numbers of weights of each part in a state dict, by default of all parts."""
    counts = {part: len(_part_of(state, part)) for part in parts or _top_parts(state)}
    return ', '.join(f'{part} ({count} weights)' for part, count in counts.items())


def _top_parts(state: Mapping[str, Any]) -> list[str]:
    return sorted({name.partition('.')[0] for name in state})
