"""Time a training step against a bare PyTorch loop, without and with loading.

All alternatives train the same networks on the same batches, in turns, in one process:

- bare: normalization, networks, layers of the heads, three cross-entropies, backward pass,
  clipped gradients, AdamW, in the precision that the device computes in; without MMEngine
  and MMAction2
- ours: the training loop of the config, with its hooks and its logs, on samples in memory
- ours, loading: the same, with reading and augmenting of cached clips
- ours, other loading: with a loader process if the config has none, or without one
- ours, float32: only if the device computes in bfloat16, which the other alternatives then use
- ours, bfloat16: only with ``--emulated`` and a device that emulates bfloat16, which takes
  ten times as long

Medians of all steps are printed, and the ratio of every turn's medians. ``--profile``
prints the time of a step by its parts.

Examples:
    python benchmarks/training.py
    python benchmarks/training.py --steps 40 --repeat 5 --profile
"""

import argparse
import tempfile
import time
from pathlib import Path
from statistics import median

import torch
import torch.nn.functional as F
from mmaction.registry import DATASETS, MODELS
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmengine.hooks import Hook
from mmengine.registry import HOOKS, init_default_scope
from mmengine.runner import Runner
from timing import ratio
from torch.utils.data import Dataset

from mmssl.apis.runner import replace_data_root
from mmssl.engine.precision import choose_precision, computes_in_bfloat16
from mmssl.soundingshapes import RenderSettings, render_collection

CONFIG = 'configs/mmssl_soundingshapes.py'
#: Steps at the start that are not counted.
WARM_UP = 3
WITHOUT_LOADER = {
    'train_dataloader.num_workers': 0,
    'train_dataloader.persistent_workers': False,
}
WITH_LOADER = {'train_dataloader.num_workers': 1, 'train_dataloader.persistent_workers': True}


@DATASETS.register_module()
class Held(Dataset):
    """Samples of a data set in memory, each read and augmented once."""

    kept: dict[int, dict] = {}

    def __init__(self, dataset: dict) -> None:
        self.dataset = DATASETS.build(dataset)
        self.metainfo = self.dataset.metainfo

    def __len__(self) -> int:
        return len(self.dataset)

    def __getitem__(self, index: int) -> dict:
        if index not in self.kept:
            self.kept[index] = self.dataset[index]
        sample = self.kept[index]
        return {'inputs': dict(sample['inputs']), 'data_samples': sample['data_samples']}

    def full_init(self) -> None:
        """As MMEngine's data sets."""
        self.dataset.full_init()


@HOOKS.register_module()
class StepTimes(Hook):
    """Seconds from the end of a step to the end of the next."""

    found: list[float]

    def before_train(self, runner: Runner) -> None:
        StepTimes.found = []
        self._last = time.perf_counter()

    def after_train_iter(self, runner: Runner, batch_idx: int, data_batch=None, outputs=None):
        now = time.perf_counter()
        StepTimes.found.append(now - self._last)
        self._last = now


def training_config(data: Path, work: Path, steps: int, config: str = CONFIG, **changes) -> Config:
    """A config with enough epochs for the steps, without validation and checkpoints."""
    made = Config.fromfile(config)
    replace_data_root(made, str(data))
    made.work_dir, made.log_level = str(work), 'WARNING'
    made.val_dataloader = made.val_cfg = made.val_evaluator = None
    made.test_dataloader = made.test_cfg = made.test_evaluator = None
    made.default_hooks.checkpoint = None
    made.custom_hooks = [*made.custom_hooks, dict(type='StepTimes')]
    # An epoch-based loop would include a share of the warm-up in each epoch.
    made.train_cfg = dict(type='IterBasedTrainLoop', max_iters=steps + WARM_UP)
    made.param_scheduler = None
    made.log_processor.by_epoch = False
    made.train_dataloader.sampler.type = 'InfiniteSampler'
    made.merge_from_dict(changes)
    return made


def trained(config: Config) -> float:
    """Median seconds of the steps of a training."""
    config.experiment_name = f'training-{time.time_ns()}'
    Runner.from_cfg(config).train()
    return median(StepTimes.found[WARM_UP:])


def in_memory(config: Config) -> Config:
    """A config whose samples are read once, before the measurement."""
    config.train_dataloader.dataset = dict(type='Held', dataset=config.train_dataloader.dataset)
    config.merge_from_dict(WITHOUT_LOADER)
    return config


def autocast(device: str, dtype: torch.dtype) -> torch.autocast:
    """Mixed precision in a type, or none if the type is float32."""
    return torch.autocast(torch.device(device).type, dtype, enabled=dtype != torch.float32)


class Bare:
    """A plain loop over a config's networks.

    Args:
        config: The config.
        batches: Batches from the config's loader.
        device: Device of the training.
    """

    memory_format = torch.channels_last_3d

    def __init__(self, config: Config, batches: list[dict], device: str = 'cpu') -> None:
        torch.manual_seed(0)
        self.device = device
        self.network = MODELS.build(config.model).to(device).train()
        settings = dict(config.optim_wrapper.optimizer)
        settings.pop('type')
        self.optimizer = torch.optim.AdamW(self.network.parameters(), **settings)
        self.largest = config.optim_wrapper.clip_grad.max_norm
        self.dtype = choose_precision('auto', torch.device(device))
        self.batches = batches
        steps = self.network.data_preprocessor.preprocessors
        self.statistics = {name: (steps[name].mean, steps[name].std) for name in steps}

    def normalized(self, batch: dict, name: str) -> torch.Tensor:
        """A batch of pictures or sounds."""
        values = torch.stack(batch['inputs'][name]).to(self.device).float()
        mean, std = self.statistics[name]
        return (values - mean) / std

    def logits(self, batch: dict) -> list[torch.Tensor]:
        """Class scores of both, of sound and of picture."""
        network, head = self.network, self.network.cls_head
        pictures = self.normalized(batch, 'imgs')
        pictures = pictures.contiguous(memory_format=self.memory_format)
        seen = network.backbone(pictures).mean((2, 3, 4))
        heard = network.audio_backbone(self.normalized(batch, 'audios')).mean((2, 3))
        both = head.fc_av(torch.cat((seen, heard), -1))
        return [both, head.fc_audio(heard), head.fc_visual(seen)]

    def step(self, batch: dict) -> None:
        """One step of training."""
        labels = torch.cat([s.gt_label for s in batch['data_samples']]).to(self.device)
        with autocast(self.device, self.dtype):
            loss = sum(F.cross_entropy(x.float(), labels) for x in self.logits(batch))
        self.optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), self.largest)
        self.optimizer.step()

    def seconds(self, steps: int) -> float:
        """Median seconds of steps."""
        found = []
        for number in range(steps + WARM_UP):
            begin = time.perf_counter()
            self.step(self.batches[number % len(self.batches)])
            found.append(time.perf_counter() - begin)
        return median(found[WARM_UP:])


def profile(bare: Bare) -> None:
    """Print the time of four steps by operation."""
    with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CPU]) as found:
        for batch in bare.batches[:4]:
            bare.step(batch)
    table = found.key_averages()
    total = sum(event.self_cpu_time_total for event in table)
    print('share of a bare step')
    for event in sorted(table, key=lambda e: -e.self_cpu_time_total)[:8]:
        print(f'  {event.key:32}{event.self_cpu_time_total / total:6.1%}')


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('--clips', type=int, default=160, help='clips of 5 s (160)')
    parser.add_argument('--steps', type=int, default=20, help='steps of a turn (20)')
    parser.add_argument('--repeat', type=int, default=5, help='turns (5)')
    parser.add_argument(
        '--emulated', action='store_true', help='time bfloat16 even if it is emulated'
    )
    parser.add_argument('--profile', action='store_true', help='also print the parts of a step')
    args = parser.parse_args()
    init_default_scope('mmaction')
    with tempfile.TemporaryDirectory() as folder:
        compare(args, Path(folder))


def compare(args: argparse.Namespace, folder: Path) -> None:
    """Print the time of a step for all alternatives."""
    counts = dict(train=args.clips, val=0, test=0, pairs=0, negatives=0)
    data = render_collection(folder / 'clips', RenderSettings(**counts), 2)

    def made(**changes) -> Config:
        return training_config(data, folder / 'work', args.steps, **changes)

    held = in_memory(made())
    batch = held.train_dataloader.batch_size
    dataset = DATASETS.build(held.train_dataloader.dataset)
    starts = range(0, args.clips - batch + 1, batch)
    batches = [pseudo_collate([dataset[i] for i in range(at, at + batch)]) for at in starts]
    bare = Bare(held, batches)
    own = made().train_dataloader.num_workers
    ways = {
        'bare': lambda: bare.seconds(args.steps),
        'ours': lambda: trained(in_memory(made())),
        'ours, loading': lambda: trained(made()),
        'ours, other loading': lambda: trained(made(**(WITHOUT_LOADER if own else WITH_LOADER))),
    }
    native, reason = computes_in_bfloat16('cpu')
    if native or args.emulated:
        other = 'float32' if native else 'bfloat16'
        change = {'optim_wrapper.precision': other}
        ways[f'ours, {other}'] = lambda: trained(in_memory(made(**change)))
    found: dict[str, list[float]] = {name: [] for name in ways}
    trained(made())  # fills the cache of decoded clips
    for _ in range(args.repeat):
        for name, way in ways.items():
            found[name].append(way())
    print(f'{CONFIG}: {batch} clips a step, {own} loaders, {torch.get_num_threads()} threads')
    print(f'in {"bfloat16" if native else "float32"}: {reason}')
    print(f'{args.repeat} turns of {args.steps} steps')
    for name, seconds in found.items():
        print(f'{name:22}{1000 * median(seconds):8.1f} ms')
    for name in list(ways)[1:]:
        print(f'{name} / bare: {ratio(found[name], found["bare"])}')
    if args.profile:
        profile(bare)


if __name__ == '__main__':
    main()
