"""Find the largest batch of a training config that fits into memory.

For every size, a separate process trains two steps with copies of the first clip of the
training split; no file is written.

Examples:
    python tools/analysis_tools/max_batch.py configs/mmssl_vggsound.py
    python tools/analysis_tools/max_batch.py configs/mmssl_vggsound.py \\
        --cfg-options model.backbone.with_cp=True
    python tools/analysis_tools/max_batch.py configs/mmssl_soundingshapes.py --device cpu --memory 4
"""

# Must come before MMEngine, which imports torch: mmssl sets how threads wait.
import mmssl  # noqa: F401  isort: skip

import resource
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import get_context

import torch
from mmaction.registry import DATASETS, MODELS
from mmengine.config import Config
from mmengine.device import get_device
from mmengine.optim import build_optim_wrapper
from mmengine.registry import init_default_scope

from mmssl.apis.model import usable_device
from mmssl.apis.runner import prepare_config
from mmssl.cli.config_options import add_config_options, add_launcher_options
from mmssl.cli.ending import exit_status
from mmssl.cli.parser import Parser
from mmssl.engine import keep_freed_memory

#: Share of the memory to use. The rest covers variation between steps.
USED = 0.95

#: Largest ratio of a batch to the one before. Small batches allow no larger step, because the
#: process itself needs more memory than their clips.
_FASTEST = 8

#: Number of steps of a trial; the optimizer's state exists from the second step on.
_STEPS = 2


@dataclass(frozen=True)
class Trial:
    """A trial of a batch size.

    Attributes:
        batch: Number of clips.
        peak: Peak memory in bytes; ``None`` if the batch did not fit.
    """

    batch: int
    peak: int | None


def find_max_batch(config: Config, device: str, memory: int) -> Iterator[Trial]:
    """Try batches until the largest one that fits is known.

    Args:
        config: Training config. Batches repeat its first readable clip.
        device: ``'cpu'``, ``'cuda'``, ``'cuda:1'``.
        memory: Bytes that training may use.

    Yields:
        Trials in their order. The largest batch that fits is the largest one with a
        peak; no batch fits if batch 1 has no peak.
    """
    peaks: dict[int, int] = {}
    too_large = None
    batch = 1
    while batch and batch not in peaks:
        trial = Trial(batch, try_batch(config, batch, device, memory))
        yield trial
        if trial.peak is None:
            too_large = batch
        else:
            peaks[batch] = trial.peak
        batch = _next(peaks, too_large, memory)


def try_batch(config: Config, batch: int, device: str, memory: int) -> int | None:
    """Train two steps in a separate process; returns its peak in bytes, or ``None``.

    Raises:
        ValueError: If the data set or the device cannot be used.
    """
    with ProcessPoolExecutor(1, mp_context=get_context('spawn')) as pool:
        try:
            return pool.submit(_peak, config.pretty_text, batch, device, memory).result()
        except BrokenProcessPool:  # The system killed the process, because memory is short.
            return None


def available_memory(device: str) -> int:
    """Bytes that a training could use: all memory of a GPU, or the free memory of the computer."""
    place = usable_device(device)
    if place.type == 'cuda':
        return torch.cuda.get_device_properties(place).total_memory
    return _bytes('/proc/meminfo', 'MemAvailable')


def _next(peaks, too_large, memory) -> int:
    """The batch to try next; 0 if no larger batch may fit."""
    if not peaks:
        return 0
    largest = max(peaks)
    ceiling = too_large - 1 if too_large else None
    if largest == 1:
        return 2 if ceiling is None else 0
    clip = max(1, (peaks[largest] - peaks[1]) // (largest - 1))
    promised = max(largest, int(largest + (USED * memory - peaks[largest]) // clip))
    if ceiling is None:
        return min(promised, _FASTEST * largest)
    # The estimate was too large. Try halfway, because peaks do not grow as evenly as estimated.
    return max(largest, min(promised, (largest + ceiling + 1) // 2, ceiling))


def _peak(text: str, batch: int, device: str, memory: int) -> int | None:
    """Peak of a batch in bytes, or ``None``; runs in a separate process."""
    config = Config.fromstring(text, '.py')
    on_gpu = device.startswith('cuda')
    if not on_gpu:
        keep_freed_memory()  # as a training does
        # A refused allocation ends this process; the out-of-memory killer may end another one.
        resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
    try:
        _train(config, batch, device)
    except (MemoryError, torch.cuda.OutOfMemoryError):
        return None
    except RuntimeError as error:
        # The second text is oneDNN's only message if it gets no memory.
        if any(text in str(error) for text in ('allocate memory', 'could not create a primitive')):
            return None
        raise
    peak = torch.cuda.max_memory_reserved(device) if on_gpu else peak_of_process()
    return peak if peak <= memory else None


def peak_of_process() -> int:
    """Peak memory of this process in bytes.

    ``ru_maxrss`` would include the peak of the parent process.
    """
    return _bytes('/proc/self/status', 'VmHWM')


def _bytes(path, name):
    """A value from a file of the kernel with lines ``NAME: KILOBYTES kB``."""
    with open(path) as file:
        facts = dict(line.split(':', 1) for line in file)
    return int(facts[name].split()[0]) * 1024


def _train(config, batch, device):
    init_default_scope(config.get('default_scope', 'mmaction'))
    dataset = DATASETS.build(config.train_dataloader.dataset)
    samples = [dataset[0]] * batch
    network = MODELS.build(config.model).to(device).train()
    wrapper = build_optim_wrapper(network, config.optim_wrapper)
    for _ in range(_STEPS):
        network.train_step(
            {
                'inputs': {k: [s['inputs'][k] for s in samples] for k in samples[0]['inputs']},
                'data_samples': [s['data_samples'] for s in samples],
            },
            wrapper,
        )


def gigabytes(size: float) -> str:
    """A size as text."""
    return f'{size / 2**30:.2f} GiB'


def main() -> None:
    parser = Parser(__doc__)
    parser.add_argument(
        '--device', default=get_device(), help='cpu or cuda; by default the best available'
    )
    parser.add_argument('--memory', type=float, help='GiB that training may use; by default all')
    add_config_options(parser)
    add_launcher_options(parser)
    args = parser.checked_args()
    config = prepare_config(args, ('train',))
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
            f'one clip does not fit in {gigabytes(memory)}; to need less memory, set '
            'model.backbone.with_cp=True, or use fewer frames (frame_interval of mmssl.DecodeClip)'
        )
    wanted = config.train_dataloader.batch_size
    print(f'the largest batch in {gigabytes(memory)} is {best}; the config has {wanted}')
    if best < wanted:
        steps = -(-wanted // best)
        print(
            f'--cfg-options train_dataloader.batch_size={-(-wanted // steps)} '
            f'optim_wrapper.accumulative_counts={steps} makes steps of {wanted}'
        )


if __name__ == '__main__':
    sys.exit(exit_status(main, 'tools/analysis_tools/max_batch.py'))
