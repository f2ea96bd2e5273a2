"""Training and mining with one process and with two, each with one thread.

Both use the command line: ``torchrun`` starts two processes, which share gradients (gloo) or
clips. Two processes take half of the batch each, so a step has the same number of clips.
The third alternative is one process with two threads, which share one model's work.

Examples:
    python benchmarks/processes.py
    python benchmarks/processes.py --clips 64 --repeat 1
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from mmengine.config import Config
from models import random_weights
from timing import ratio, seconds

from mmssl.soundingshapes import RenderSettings, render_collection

CONFIG = 'configs/mmssl_soundingshapes.py'
#: Numbers of processes and threads of each alternative.
WAYS = {
    'one process, one thread': (1, 1),
    'one process, two threads': (1, 2),
    'two processes, one thread each': (2, 1),
}


def run(processes: int, threads: int, command: Sequence[str]) -> None:
    """Run a Python command, with torchrun if there are several processes."""
    start = [sys.executable]
    if processes > 1:
        start += ['-m', 'torch.distributed.run', '--standalone', '--nproc_per_node', '2']
        command = [*command, '--launcher', 'pytorch']
    environment = {**os.environ, 'OMP_NUM_THREADS': str(threads), 'PYTHONPATH': os.getcwd()}
    subprocess.run([*start, *command], check=True, env=environment, stdout=subprocess.DEVNULL)


def train(folder: Path, data: Path, clips: int, processes: int, threads: int) -> float:
    """Seconds per clip of the last twenty steps, including loading."""
    batch = Config.fromfile(CONFIG).train_dataloader.batch_size
    options = {
        'train_dataloader.batch_size': batch // processes,
        'train_dataloader.num_workers': 0,
        'train_dataloader.persistent_workers': False,
        'train_cfg.max_epochs': 2 + -(-20 * batch // clips),
        'default_hooks.checkpoint.interval': -1,
        'default_hooks.checkpoint.save_best': None,
        'default_hooks.logger.interval': 1,
    }
    command = ['tools/train.py', CONFIG, '--work-dir', str(folder), '--data-root', str(data)]
    command += ['--no-validate']
    command += ['--cfg-options', *(f'{key}={value}' for key, value in options.items())]
    run(processes, threads, command)
    # A line of the log is the mean of the last twenty steps.
    (log,) = folder.rglob('scalars.json')
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    return [line['time'] for line in lines if 'loss' in line][-1] / batch


def mine(folder: Path, data: Path, checkpoint: Path, processes: int, threads: int) -> float:
    """Seconds per clip of a mining pass: a long pass minus a short pass, without the start-up."""

    def passed(clips: int) -> float:
        place = folder / str(clips)
        command = ['-m', 'mmssl', 'moments', CONFIG, str(checkpoint), '--split', 'test']
        command += ['--data-root', str(data), '--work-dir', str(place), '--batch-size', '8']
        command += ['--out', str(place / 'moments.json')]
        command += ['--cfg-options', f'test_dataloader.dataset.indices={clips}']
        return seconds(lambda: run(processes, threads, command))

    few = 16
    clips = len(json.loads((data / 'boxes_test.json').read_text()))
    return (passed(clips) - passed(few)) / (clips - few)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('--clips', type=int, default=320, help='clips of each split (320)')
    parser.add_argument('--repeat', type=int, default=3, help='turns (3)')
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        counts = dict(train=args.clips, val=1, test=args.clips, pairs=0, negatives=0)
        data = render_collection(folder / 'clips', RenderSettings(**counts), 2)
        compare(folder, data, random_weights(CONFIG, folder / 'random.pth'), args)


def compare(folder: Path, data: Path, checkpoint: Path, args: argparse.Namespace) -> None:
    """Print clips per second of all alternatives, measured in turns."""
    found: dict[str, dict[str, list[float]]] = {'training': {}, 'mining': {}}
    for turn in range(args.repeat + 1):
        for name, way in WAYS.items():
            place = folder / f'{turn}-{way[0]}-{way[1]}'
            took = {
                'training': train(place / 'train', data, args.clips, *way),
                'mining': mine(place / 'mine', data, checkpoint, *way),
            }
            for what, value in took.items():
                if turn:  # the first fills the cache of decoded clips
                    found[what].setdefault(name, []).append(value)
    for what, ways in found.items():
        print(f'{what}, {args.clips} clips, {args.repeat} turns')
        for name, times in ways.items():
            print(f'  {name:32}{1 / median(times):7.1f} clips/s')
        first, *others = ways
        for name in others:
            print(f'  {name} / {first}: {ratio(ways[first], ways[name])}')


if __name__ == '__main__':
    main()
