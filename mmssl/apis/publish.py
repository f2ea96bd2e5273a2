"""A training's checkpoint to a small file that holds what localizing needs."""

import os

import torch
from mmengine.config import Config
from mmengine.runner.checkpoint import CheckpointLoader

from ..media.files import whole_file
from ..version import __version__
from .model import config_from_text

#: Parts of a config that are kept: what builds the model, and what says how to test it.
_KEPT = (
    'default_scope',
    'custom_imports',
    'model',
    'test_dataloader',
    'test_evaluator',
    'test_cfg',
)


def publish_checkpoint(
    checkpoint: str | os.PathLike, out: str | os.PathLike, *, half: bool = True
) -> dict:
    """Write the weights, the classes and the config's needed parts, atomically.

    Optimizer, schedule, logs and the names of folders in ``work_dir`` are left out.

    Args:
        checkpoint: File that MMEngine wrote.
        out: File to write.
        half: Keep weights as float16, at half of the size: a rounding of
            1/2048 of each weight. Loading brings them back to float32.

    Returns:
        The content written.

    Raises:
        ValueError: If the checkpoint lacks its config or its classes.
    """
    content = CheckpointLoader.load_checkpoint(os.fspath(checkpoint), 'cpu', logger='silent')
    meta = content.get('meta', {})
    classes = meta.get('dataset_meta', {}).get('classes')
    if 'cfg' not in meta or not classes:
        raise ValueError(f'{checkpoint}: holds no config or no classes, expected both in its meta')
    config = config_from_text(meta['cfg'])
    kept = Config({name: config[name] for name in _KEPT if name in config})
    published = {
        'meta': {
            'cfg': kept.pretty_text,
            'dataset_meta': {'classes': list(classes)},
            'epoch': meta.get('epoch'),
            'mmssl_version': __version__,
        },
        'state_dict': {name: _rounded(v, half) for name, v in content['state_dict'].items()},
    }
    with whole_file(out) as partial:
        torch.save(published, partial)
    return published


def _rounded(values, half):
    values = values.detach().clone()  # a part of a larger storage would be saved whole
    return values.half() if half and values.dtype == torch.float32 else values
