"""Find the largest batch of a training config that fits into memory.

Two steps are trained with every batch that is tried, of the first clip of the training
split, in a process of its own; nothing is written.

Examples:
    python tools/analysis/max_batch.py configs/mmssl_vggsound.py
    python tools/analysis/max_batch.py configs/mmssl_vggsound.py \\
        --cfg-options model.backbone.with_cp=True
    python tools/analysis/max_batch.py configs/mmssl_soundingshapes.py --device cpu --memory 4
"""

# Must come before MMEngine, which imports torch: mmssl sets how threads wait.
import mmssl  # noqa: F401  isort: skip

import argparse
import sys

from mmengine.device import get_device

from mmssl.apis.max_batch import available_memory, find_max_batch, gigabytes
from mmssl.apis.runner import add_common_options, prepare_config
from mmssl.cli.ending import ended


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('config', help='config file')
    parser.add_argument('--device', default=get_device(), help='cpu or cuda; the best there is')
    parser.add_argument('--memory', type=float, help='GiB that may be used; all there is')
    add_common_options(parser)
    args = parser.parse_args()
    config = prepare_config(args)
    memory = available_memory(args.device)
    if args.memory is not None:
        if args.memory <= 0:
            raise SystemExit(f'--memory is {args.memory} GiB, expected more than 0')
        memory = min(memory, int(args.memory * 2**30))
    best = 0
    for trial in find_max_batch(config, args.device, memory):
        if trial.peak is None:
            print(f'batch {trial.batch}: does not fit')
            continue
        print(f'batch {trial.batch}: {gigabytes(trial.peak)}')
        best = max(best, trial.batch)
    if not best:
        raise SystemExit(
            f'not one clip trains in {gigabytes(memory)}; what needs less: '
            'model.backbone.with_cp=True, fewer frames (frame_interval of mmssl.DecodeClip)'
        )
    wanted = config.train_dataloader.batch_size
    print(f'the largest batch in {gigabytes(memory)} is {best}; the config asks for {wanted}')
    if best < wanted:
        steps = -(-wanted // best)
        print(
            f'--cfg-options train_dataloader.batch_size={-(-wanted // steps)} '
            f'optim_wrapper.accumulative_counts={steps} makes steps of {wanted}'
        )


if __name__ == '__main__':
    sys.exit(ended(main, 'tools/analysis/max_batch.py'))
