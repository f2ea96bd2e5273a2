"""Time a whole training of the small config against the first version's, at what accuracy.

The first version is checked out beside this one; both train on the same rendered clips with
their own code and config, in turns, from seed 0 on, and are tested on the validation split
of other clips. Needs a clone with its history.

Examples:
    python benchmarks/first_version.py
    python benchmarks/first_version.py --train 320 --repeat 1
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import mean, median, stdev

from timing import ratio, seconds

from mmssl.soundingshapes import RenderSettings, render_collection

#: The first version whose demo was complete.
FIRST = '3236b08'
CONFIG = 'configs/mmssl_soundingshapes.py'
METRICS = ('acc/av_top1', 'loc/pointing', 'loc/ciou_adaptive')


def python(source: Path, command: list[str]) -> None:
    """Run a tool of one of the two versions, with its own package."""
    environment = {**os.environ, 'PYTHONPATH': str(source), 'PYTHONWARNINGS': 'ignore'}
    subprocess.run(
        [sys.executable, *command], cwd=source, env=environment, check=True, capture_output=True
    )


def train(source: Path, data: Path, work: Path, seed: int) -> float:
    """Seconds of a training, start, decoding and validation included."""
    command = ['tools/train.py', CONFIG, '--work-dir', str(work), '--data-root', str(data)]
    return seconds(lambda: python(source, [*command, '--seed', str(seed)]))


def scores(source: Path, data: Path, work: Path) -> dict[str, float]:
    """Metrics of the last checkpoint on the validation split."""
    checkpoint = (work / 'last_checkpoint').read_text().strip()
    command = ['tools/test.py', CONFIG, checkpoint, '--work-dir', str(work / 'test')]
    command += ['--data-root', str(data), '--cfg-options', 'test_dataloader.dataset.split=val']
    command += ['test_dataloader.dataset.boxes_file=boxes_val.json']
    python(source, command)
    (log,) = (work / 'test').glob('2*/2*.json')
    return {name: json.loads(log.read_text())[name] for name in METRICS}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('--train', type=int, default=2400, help='clips to train on (2400)')
    parser.add_argument('--val', type=int, default=400, help='clips to test on (400)')
    parser.add_argument('--repeat', type=int, default=3, help='trainings of each, by seed (3)')
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        compare(args, Path(name))


def compare(args: argparse.Namespace, folder: Path) -> None:
    """Print time and accuracy of both."""
    subprocess.run(['git', 'worktree', 'add', '--detach', folder / 'first', FIRST], check=True)
    try:
        counts = dict(train=args.train, val=args.val, test=0, pairs=0, negatives=0)
        sources = {'first': folder / 'first', 'now': Path.cwd()}
        times: dict[str, list[float]] = {name: [] for name in sources}
        found: dict[str, list[dict]] = {name: [] for name in sources}
        clips = {
            name: render_collection(folder / f'clips-{name}', RenderSettings(**counts), 2)
            for name in sources
        }
        for seed in range(args.repeat):
            for name, source in sources.items():
                work = folder / f'{name}-{seed}'
                times[name].append(train(source, clips[name], work, seed))
                found[name].append(scores(source, clips[name], work))
    finally:
        subprocess.run(['git', 'worktree', 'remove', '--force', folder / 'first'], check=True)
    print(f'{CONFIG}: {args.train} clips, {args.repeat} trainings each')
    for name in sources:
        print(f'{name:6}{median(times[name]):7.0f} s a training')
        for metric in METRICS:
            values = [scores[metric] for scores in found[name]]
            spread = f' +- {stdev(values):.3f}' if len(values) > 1 else ''
            print(f'      {metric:20}{mean(values):.3f}{spread}')
    # The first training decodes every clip, the others find it in the cache.
    print(f'first / now: {ratio(times["first"], times["now"])}')


if __name__ == '__main__':
    main()
