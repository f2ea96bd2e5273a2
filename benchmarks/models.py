"""Models and batches for the benchmarks."""

from pathlib import Path

import torch
from mmaction.registry import MODELS
from mmengine.config import Config
from mmengine.registry import init_default_scope


def random_weights(config: str, path: Path) -> Path:
    """Write a checkpoint with random weights and its config; it is as fast as a trained one."""
    init_default_scope('mmaction')
    torch.manual_seed(0)
    settings = Config.fromfile(config)
    state = MODELS.build(settings.model).state_dict()
    torch.save({'state_dict': state, 'meta': {'cfg': settings.pretty_text}}, path)
    return path


def copied(batch: dict) -> dict:
    """A copy of a batch, because the preprocessor changes its input."""
    inputs = {name: list(values) for name, values in batch['inputs'].items()}
    return {'inputs': inputs, 'data_samples': list(batch['data_samples'])}
