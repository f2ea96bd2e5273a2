"""Taking one part of a checkpoint: a backbone, a layer."""

import os

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
    prefix = f'{part}.'
    found = {k.removeprefix(prefix): v for k, v in state.items() if k.startswith(prefix)}
    if not found:
        parts = sorted({name.partition('.')[0] for name in state})
        raise ValueError(f'{path}: holds no {part!r}, it has {parts}')
    try:
        module.load_state_dict(found)
    except RuntimeError as error:
        raise ValueError(
            f'{path}: its {part!r} does not fit this model, expected a network of the same '
            f'make: {error}'
        ) from error
    print_log(f'{part} from {path}: {len(found)} weights', 'current')
