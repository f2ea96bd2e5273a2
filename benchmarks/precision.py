"""Compare trainings in bfloat16 and in float32 by their test metrics.

The demo's config is trained in both precisions with several seeds and tested on the test
split. Nothing is chosen on the test split. If the processor emulates bfloat16, trainings in
bfloat16 take ten times as long, and the log has a warning. ``--only float32`` leaves them out.

Examples:
    python benchmarks/precision.py --data-root data/soundingshapes
    python benchmarks/precision.py --data-root data/soundingshapes --seeds 0 --only float32
"""

import argparse
import tempfile
import time
from statistics import mean, stdev

from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmengine.runner import Runner

from mmssl.apis.runner import replace_data_root
from mmssl.engine.precision import computes_in_bfloat16

CONFIG = 'configs/mmssl_soundingshapes.py'
PRECISIONS = ('float32', 'bfloat16')
METRICS = ('loc/pointing', 'loc/ciou_adaptive', 'acc/av_top1', 'acc/visual_top1')


def made(args: argparse.Namespace, precision: str) -> Config:
    """Load the config and set the precision."""
    config = Config.fromfile(args.config)
    replace_data_root(config, args.data_root)
    config.log_level = 'WARNING'
    config.merge_from_dict({'optim_wrapper.precision': precision})
    return config


def learned(args: argparse.Namespace, precision: str, seed: int) -> dict[str, float]:
    """Train, and return the metrics of the test split."""
    config = made(args, precision)
    config.randomness = dict(seed=seed)
    config.val_cfg = config.val_dataloader = config.val_evaluator = None
    config.default_hooks.checkpoint = None
    config.experiment_name = f'precision-{time.time_ns()}'
    with tempfile.TemporaryDirectory() as folder:
        config.work_dir = folder
        runner = Runner.from_cfg(config)
        runner.train()
        return runner.test()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('--config', default=CONFIG, help=f'training config ({CONFIG})')
    parser.add_argument(
        '--data-root', default='data/soundingshapes', help="folder of the demo's clips"
    )
    parser.add_argument('--seeds', type=int, nargs='+', default=[0, 1, 2], help='seeds (0 1 2)')
    parser.add_argument(
        '--only',
        nargs='+',
        choices=PRECISIONS,
        default=PRECISIONS,
        help='precisions to train in (both)',
    )
    args = parser.parse_args()
    init_default_scope('mmaction')
    print(f'{args.config}: {computes_in_bfloat16("cpu")[1]}')
    for precision in args.only:
        found = []
        for seed in args.seeds:
            found.append(learned(args, precision, seed))
            values = ', '.join(f'{name} {found[-1][name]:.3f}' for name in METRICS)
            print(f'{precision}, seed {seed}: {values}', flush=True)
        if len(found) > 1:
            for name in METRICS:
                values = [metrics[name] for metrics in found]
                print(f'{precision}: {name:18}{mean(values):.3f} +- {stdev(values):.3f}')


if __name__ == '__main__':
    main()
