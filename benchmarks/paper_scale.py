"""The paper's model on a GPU: clips per second, memory, and the share of the GPU's peak.

Training and inference of ``configs/mmssl_vggsound.py`` on noise of its shapes (100 frames
of 112 x 112, ten seconds of sound), in the precision that the device computes in. In turns,
in one process:

- ours: MMAction2's ``train_step`` and ``test_step`` of the config's model
- bare: a plain PyTorch loop over the same networks, in the default memory format
- bare, channels last: the same with ``channels_last_3d``
- bare, compiled: the same under ``torch.compile`` (with ``--compile``)

torch counts the operations of one clip; the peak is the rate for dense bfloat16 matrices.
``--cudnn-benchmark`` lets cuDNN try its algorithms first, like ``env_cfg.cudnn_benchmark``.
Use the output to choose ``channels_last`` and the batch size in the config. The script also
runs on a CPU as a trial: ``--device cpu --batch-size 1 --seconds 1 --repeat 1``.

Examples:
    python benchmarks/paper_scale.py --batch-size 32 --compile
    python benchmarks/paper_scale.py --device cpu --batch-size 1 --seconds 1 --repeat 1
"""

import argparse
from collections.abc import Callable
from statistics import median

import torch
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample
from mmengine.config import Config
from mmengine.device import get_device
from mmengine.optim import build_optim_wrapper
from mmengine.registry import init_default_scope
from models import copied
from timing import ratio, seconds
from torch.utils.flop_counter import FlopCounterMode
from training import Bare, autocast

from mmssl.structures import LocalizationDataSample
from tools.analysis_tools.max_batch import gigabytes

CONFIG = 'configs/mmssl_vggsound.py'
#: Dense bfloat16 operations per second from the data sheets, by a part of the GPU's name.
PEAKS = {'H100': 989e12, 'H200': 989e12, 'A100': 312e12, 'L4': 121e12}


def noise(clips: int, duration: int) -> dict:
    """A batch in the format of a loader."""
    samples = []
    for number in range(clips):
        sample = ActionDataSample().set_gt_label(number % 309)
        samples.append(LocalizationDataSample.from_action_sample(sample))
    shape = (3, 10 * duration, 112, 112)
    return {
        'inputs': {
            'imgs': [torch.randint(0, 256, shape, dtype=torch.uint8) for _ in range(clips)],
            'audios': [torch.randn(1, duration, 100, 80) for _ in range(clips)],
        },
        'data_samples': samples,
    }


class Ours:
    """The config's model."""

    def __init__(self, config: Config, batch: dict, device: str) -> None:
        torch.manual_seed(0)
        self.network = MODELS.build(config.model).to(device)
        self.wrapper = build_optim_wrapper(self.network, config.optim_wrapper)
        self.batch, self.device = batch, device

    def train(self) -> None:
        """One step."""
        self.network.train().train_step(copied(self.batch), self.wrapper)

    def infer(self) -> None:
        """Scores and maps of a batch."""
        with torch.no_grad(), autocast(self.device, self.wrapper.dtype):
            self.network.eval().test_step(copied(self.batch))


class Plain(Bare):
    """The bare loop, in a memory format, compiled or not."""

    def __init__(self, config, batch, device, memory_format, compiled=False) -> None:
        config = Config(config.to_dict())
        config.model.channels_last = memory_format == torch.channels_last_3d
        super().__init__(config, [batch], device)
        self.memory_format = memory_format
        if compiled:
            self.network.backbone = torch.compile(self.network.backbone)
            self.network.audio_backbone = torch.compile(self.network.audio_backbone)

    def train(self) -> None:
        """One step."""
        self.network.train()
        self.step(self.batches[0])

    def infer(self) -> None:
        """Class scores of a batch."""
        self.network.eval()
        with torch.no_grad(), autocast(self.device, self.dtype):
            self.logits(self.batches[0])


def operations(config: Config, duration: int) -> tuple[int, int]:
    """Operations of a clip: of a forward pass, and of a step of training."""
    bare = Plain(config, noise(1, duration), 'cpu', torch.contiguous_format)
    with FlopCounterMode(display=False) as forward:
        bare.infer()
    with FlopCounterMode(display=False) as step:
        bare.train()
    return forward.get_total_flops(), step.get_total_flops()


def timed(work: Callable[[], None], device: str) -> tuple[float, int]:
    """Seconds of one call, and its peak memory on a GPU in bytes."""
    if device == 'cpu':
        return seconds(work), 0
    torch.cuda.synchronize()
    torch.cuda.reset_peak_memory_stats()

    def whole() -> None:
        work()
        torch.cuda.synchronize()

    return seconds(whole), torch.cuda.max_memory_allocated()


def compare(what: str, ways: dict, args: argparse.Namespace, flops: int) -> None:
    """Print the rates and ratios of training or inference."""
    found: dict[str, list[tuple[float, int]]] = {name: [] for name in ways}
    for turn in range(args.warm_up + args.repeat):
        for name, way in ways.items():
            result = timed(getattr(way, what), args.device)
            if turn >= args.warm_up:
                found[name].append(result)
    peak = next((p for name, p in PEAKS.items() if name in args.card), None)
    print(f'{what}: {args.batch_size} clips of {args.seconds} s, {flops / 1e9:.1f} GFLOP a clip')
    for name, results in found.items():
        took = median(time for time, _ in results)
        rate = args.batch_size / took
        line = f'  {name:22}{rate:8.2f} clips/s, {rate * flops / 1e12:7.2f} TFLOP/s'
        line += f' ({rate * flops / peak:.1%} of the peak)' if peak else ''
        memory = max(size for _, size in results)
        print(line + (f', {gigabytes(memory)}' if memory else ''))
    times = {name: [time for time, _ in results] for name, results in found.items()}
    for name in list(ways)[1:]:
        print(f'  ours / {name}: {ratio(times["ours"], times[name])}')


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('--device', default=get_device(), help='cuda or cpu')
    parser.add_argument('--batch-size', type=int, default=16, help='clips (16)')
    parser.add_argument('--seconds', type=int, default=10, help='length of a clip (10)')
    parser.add_argument('--repeat', type=int, default=7, help='turns (7)')
    parser.add_argument('--warm-up', type=int, default=2, help='turns before the measured ones (2)')
    parser.add_argument('--compile', action='store_true', help='also measure torch.compile')
    parser.add_argument(
        '--cudnn-benchmark', action='store_true', help='let cuDNN try its algorithms first (off)'
    )
    args = parser.parse_args()
    args.card = torch.cuda.get_device_name() if args.device != 'cpu' else 'CPU'
    print(f'{args.card}, torch {torch.__version__}')
    torch.backends.cudnn.benchmark = args.cudnn_benchmark
    init_default_scope('mmaction')
    config = Config.fromfile(CONFIG)
    flops = operations(config, args.seconds)
    batch = noise(args.batch_size, args.seconds)
    ways = {
        'ours': Ours(config, batch, args.device),
        'bare': Plain(config, batch, args.device, torch.contiguous_format),
        'bare, channels last': Plain(config, batch, args.device, torch.channels_last_3d),
    }
    if args.compile:
        ways['bare, compiled'] = Plain(config, batch, args.device, torch.channels_last_3d, True)
    for what, count in zip(('infer', 'train'), flops):
        compare(what, ways, args, count)


if __name__ == '__main__':
    main()
