"""Make a small file from a training's checkpoint, for publication.

It contains the weights (float16 by default), the classes, and the config of model and test.
This tool made mmssl/apis/weights/soundingshapes.pth.

Examples:
    python tools/model_converters/publish_checkpoint.py work_dirs/demo-long/epoch_18.pth \\
        mmssl/apis/weights/soundingshapes.pth
"""

import os
import sys

import torch
from mmengine.config import Config
from mmengine.runner.checkpoint import CheckpointLoader

from mmssl.apis.model import config_from_text
from mmssl.cli.ending import exit_status
from mmssl.cli.parser import Parser
from mmssl.media.files import atomic_file
from mmssl.media.paths import FILE_IN, FILE_OUT
from mmssl.version import __version__

#: Parts of a config to keep: the model, and the settings of its test.
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
        checkpoint: File from MMEngine.
        out: File to write.
        half: Store weights as float16, which halves the size and rounds each
            weight by up to 1/2048 of its value. Loading restores float32.

    Returns:
        The written content.

    Raises:
        ValueError: If the checkpoint lacks its config or its classes.
    """
    content = CheckpointLoader.load_checkpoint(os.fspath(checkpoint), 'cpu', logger='silent')
    meta = content.get('meta', {})
    classes = meta.get('dataset_meta', {}).get('classes')
    if 'cfg' not in meta or not classes:
        raise ValueError(f'{checkpoint}: has no config or no classes, expected both in its meta')
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
    with atomic_file(out) as partial:
        torch.save(published, partial)
    return published


def _rounded(values, half):
    values = values.detach().clone()  # a part of a larger storage would be saved whole
    return values.half() if half and values.dtype == torch.float32 else values


def main() -> None:
    parser = Parser(__doc__)
    parser.add_argument('checkpoint', type=FILE_IN, help='checkpoint that a training wrote')
    parser.add_argument('out', type=FILE_OUT, help='file to write')
    parser.add_argument('--float32', action='store_true', help='keep all digits of the weights')
    args = parser.checked_args()
    publish_checkpoint(args.checkpoint, args.out, half=not args.float32)
    print(f'{args.out}: {os.path.getsize(args.out) / 1e6:.2f} MB')


if __name__ == '__main__':
    sys.exit(exit_status(main, 'tools/model_converters/publish_checkpoint.py'))
