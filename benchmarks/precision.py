"""Compare trainings in bfloat16 and in float32 by their test metrics.

The demo's config is trained in both precisions with several seeds and tested on the test
split. Nothing is chosen on the test split. If the processor has no bfloat16 units, the script
simulates them: it rounds the operands and results of convolutions, linear layers and
normalizations to bfloat16, and their gradients, too. Sums are float32, as in the units. The
script first prints how close the gradients of one step come to those of oneDNN's emulation,
which takes ten times as long.

Examples:
    python benchmarks/precision.py --data-root data/soundingshapes
    python benchmarks/precision.py --data-root data/soundingshapes --seeds 0 --only float32
"""

import argparse
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import mean, stdev

import torch
import torch.nn.functional as F
from mmaction.registry import DATASETS, MODELS
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmengine.optim import build_optim_wrapper
from mmengine.registry import OPTIM_WRAPPERS, init_default_scope
from mmengine.runner import Runner
from models import copied
from torch import nn
from torch.overrides import TorchFunctionMode

from mmssl.apis.runner import replace_data_root
from mmssl.engine import MixedPrecisionOptimWrapper
from mmssl.engine.precision import computes_in_bfloat16

CONFIG = 'configs/mmssl_soundingshapes.py'
METRICS = ('loc/pointing', 'loc/ciou_adaptive', 'acc/av_top1', 'acc/visual_top1')


class _Round(torch.autograd.Function):
    """Rounds values and their gradients to bfloat16, and keeps them in float32."""

    @staticmethod
    def forward(ctx, values):
        return values.bfloat16().float()

    @staticmethod
    def backward(ctx, gradient):
        return gradient.bfloat16().float()


def _rounded(value):
    is_float = isinstance(value, torch.Tensor) and value.dtype == torch.float32
    return _Round.apply(value) if is_float else value


class SimulatedBfloat16(TorchFunctionMode):
    """Rounds the operands and results of layers."""

    #: Number of leading arguments that autocast would convert to bfloat16.
    operands = {torch.conv2d: 3, torch.conv3d: 3, F.linear: 3, F.batch_norm: 1}

    def __torch_function__(self, func, types, args=(), kwargs=None):
        count = self.operands.get(func)
        if count is None:
            return func(*args, **(kwargs or {}))
        args = [*map(_rounded, args[:count]), *args[count:]]
        return _rounded(func(*args, **(kwargs or {})))


@OPTIM_WRAPPERS.register_module()
class SimulatedBfloat16OptimWrapper(MixedPrecisionOptimWrapper):
    """Trains in float32 with layers that round to bfloat16."""

    @contextmanager
    def optim_context(self, model: nn.Module) -> Iterator[None]:
        """Do the same as in float32, and simulate bfloat16."""
        with super().optim_context(model), SimulatedBfloat16():
            yield


def wrapper_of(precision: str) -> dict:
    """Config changes for training in a precision, or in simulated bfloat16."""
    if precision == 'simulated bfloat16':
        kind, precision = 'SimulatedBfloat16OptimWrapper', 'float32'
    else:
        kind = 'mmssl.MixedPrecisionOptimWrapper'
    return {'optim_wrapper.type': kind, 'optim_wrapper.precision': precision}


def made(args: argparse.Namespace, precision: str) -> Config:
    """Load the config and set the precision."""
    config = Config.fromfile(args.config)
    replace_data_root(config, args.data_root)
    config.log_level = 'WARNING'
    config.merge_from_dict(wrapper_of(precision))
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


def gradients(args: argparse.Namespace, precision: str) -> torch.Tensor:
    """Gradients of all weights in one step from the same start, as one vector."""
    config = made(args, precision)
    torch.manual_seed(0)
    network = MODELS.build(config.model).train()
    network.init_weights()
    wrapper = build_optim_wrapper(network, config.optim_wrapper)
    dataset = DATASETS.build(config.test_dataloader.dataset)
    batch = pseudo_collate([dataset[index] for index in range(4)])
    with wrapper.optim_context(network):
        data = network.data_preprocessor(copied(batch), True)
        losses = network(**data, mode='loss')
    network.parse_losses(losses)[0].backward()
    return torch.cat([weight.grad.flatten() for weight in network.parameters()])


def report_simulation(args: argparse.Namespace) -> None:
    """Print how close simulated bfloat16 comes to oneDNN's bfloat16."""
    exact, real, simulated = (
        gradients(args, name) for name in ('float32', 'bfloat16', 'simulated bfloat16')
    )

    def distance(first: torch.Tensor, second: torch.Tensor) -> float:
        return float((first - second).norm() / exact.norm())

    print('distance between the gradients of one step, relative to their norm in float32')
    print(f'  float32 and bfloat16 of oneDNN      {distance(exact, real):.4f}')
    print(f'  float32 and simulated bfloat16      {distance(exact, simulated):.4f}')
    print(f'  bfloat16 of oneDNN and simulated    {distance(real, simulated):.4f}')


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('--config', default=CONFIG, help=f'training config ({CONFIG})')
    parser.add_argument(
        '--data-root', default='data/soundingshapes', help="folder of the demo's clips"
    )
    parser.add_argument('--seeds', type=int, nargs='+', default=[0, 1, 2], help='seeds (0 1 2)')
    native, reason = computes_in_bfloat16('cpu')
    both = ('float32', 'bfloat16' if native else 'simulated bfloat16')
    parser.add_argument(
        '--only', nargs='+', choices=both, default=both, help='precisions to train in (both)'
    )
    args = parser.parse_args()
    init_default_scope('mmaction')
    print(f'{args.config}: {reason}')
    if 'simulated bfloat16' in args.only:
        report_simulation(args)
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
