"""Time a mining pass against the model's forward pass alone, and its memory over clips.

Both times use the same model object on the same clips, in turns. Forward alone is
``test_step`` (normalization, networks, heads, maps) on batches in memory. The pass
reads the clips, runs the model, and finds and writes moments and boxes. Medians are
printed, and the ratio of pass and forward in every turn.

Memory is the peak of a separate process for each number of clips, including the
reading of the clips. The 10,000 clips are links to a few files.

Examples:
    python benchmarks/mining.py
    python benchmarks/mining.py --config configs/mmssl_vggsound.py --clips 4 --memory
    python benchmarks/mining.py --memory 100 1000 10000 --repeat 0
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import torch
from mmengine.hooks import Hook
from mmengine.registry import HOOKS
from models import copied, random_weights
from timing import ratio, seconds

from mmssl.collection.mine import mine, write_boxes, write_moments
from mmssl.soundingshapes import RenderSettings, render_collection, render_vggsound_standin
from tools.analysis_tools.max_batch import peak_of_process

SMALL = 'configs/mmssl_soundingshapes.py'
MEGABYTE = 1 << 20


@HOOKS.register_module()
class Stopwatch(Hook):
    """Time the forward pass alone before a test, and then the test."""

    times: dict[str, float]

    def before_test_epoch(self, runner) -> None:
        runner.model.eval()
        batches = list(runner.test_dataloader)
        with torch.no_grad():
            runner.model.test_step(copied(batches[0]))
            forward = seconds(lambda: [runner.model.test_step(copied(b)) for b in batches])
        Stopwatch.times = {'forward': forward, 'pass': -time.perf_counter()}

    def after_test_epoch(self, runner, metrics: dict | None = None) -> None:
        Stopwatch.times['pass'] += time.perf_counter()


def render(folder: Path, config: str, clips: int, duration: float) -> Path:
    """Render clips in the layout of the config."""
    if config == SMALL:
        counts = dict(train=0, val=1, test=clips, pairs=0, negatives=0)
        return render_collection(folder / 'clips', RenderSettings(**counts, duration=duration), 2)
    return render_vggsound_standin(folder / 'clips', clips=4 * clips, workers=2)


def mining_pass(folder: Path, config: str, data: Path, checkpoint: Path, **options) -> float:
    """Mine and write the files; return the total seconds."""
    args = argparse.Namespace(
        config=config,
        checkpoint=str(checkpoint),
        work_dir=str(folder / 'work'),
        data_root=str(data),
        cfg_options=options.pop('cfg_options'),
        launcher='none',
        local_rank=0,
    )

    def run() -> None:
        mined = mine(args, folder / 'journal', split='test', **options)
        write_moments(mined, folder / 'moments.json')
        write_boxes(mined, folder / 'boxes.json')

    return seconds(run)


def compare_times(args: argparse.Namespace, folder: Path) -> None:
    """Print the times of forward and pass, measured in turns."""
    data = render(folder, args.config, args.clips, 5.0)
    checkpoint = random_weights(args.config, folder / 'random.pth')
    found = []
    # The first turn fills the cache of decoded clips, if the config has one.
    for turn in range(args.repeat + 1):
        place = folder / f'turn-{turn}'
        total = mining_pass(
            place,
            args.config,
            data,
            checkpoint,
            batch_size=args.batch_size,
            cfg_options={'custom_hooks': [dict(type='Stopwatch')], 'log_level': 'ERROR'},
        )
        found.append({**Stopwatch.times, 'total': total})
    kept = found[1:]
    forward, mining = ([times[name] for times in kept] for name in ('forward', 'pass'))
    print(f'{args.config}: {args.clips} clips, {args.batch_size} at a time, {args.repeat} turns')
    print(f'forward alone {1000 * median(forward) / args.clips:.1f} ms a clip')
    print(f'mining pass   {1000 * median(mining) / args.clips:.1f} ms a clip')
    print(f'ratio {ratio(mining, forward, 3)}')


def compare_memory(args: argparse.Namespace, folder: Path) -> None:
    """Print the peaks of passes over increasing numbers of clips."""
    few = render(folder, SMALL, 20, 2.0)
    checkpoint = random_weights(SMALL, folder / 'small.pth')
    for clips in args.memory:
        data = linked(few, folder / f'many-{clips}', clips)
        command = [sys.executable, __file__, '--one', str(data), str(checkpoint)]
        printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        found = json.loads(printed.splitlines()[-1])
        peak = found['peak'] / MEGABYTE
        pace = 1000 * found['seconds'] / clips
        print(f'{clips} clips: {peak:.0f} MiB, {found["seconds"]:.0f} s, {pace:.1f} ms a clip')


def linked(few: Path, out: Path, count: int) -> Path:
    """A set with ``count`` links to a few clips, under different names."""
    (out / 'videos').mkdir(parents=True)
    sources = sorted((few / 'videos').glob('test*.mp4'))
    entries = {entry['file']: entry for entry in json.loads((few / 'boxes_test.json').read_text())}
    boxes = []
    for number in range(count):
        source = sources[number % len(sources)]
        name = f'many{number:07d}_000000'
        os.link(source, out / 'videos' / f'{name}.mp4')
        boxes.append({**entries[source.stem], 'file': name})
    (out / 'boxes_test.json').write_text(json.dumps(boxes))
    (out / 'soundingshapes.csv').write_text((few / 'soundingshapes.csv').read_text())
    return out


def measure_memory(data: str, checkpoint: str) -> None:
    """Run one pass in this process, and print its peak as JSON."""
    folder = Path(data)
    # Without a cache, which would fill the disk, not memory.
    options = {'test_dataloader.dataset.pipeline.OpenClip.cache_dir': None, 'log_level': 'ERROR'}
    total = mining_pass(folder, SMALL, folder, Path(checkpoint), batch_size=8, cfg_options=options)
    print(json.dumps({'peak': peak_of_process(), 'seconds': total}))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('--config', choices=[SMALL, 'configs/mmssl_vggsound.py'], default=SMALL)
    parser.add_argument('--clips', type=int, default=100, help='clips of the timing (100)')
    parser.add_argument('--batch-size', type=int, default=8, help='clips at a time (8)')
    parser.add_argument('--repeat', type=int, default=5, help='turns of the timing (5)')
    parser.add_argument('--memory', type=int, nargs='*', default=[100, 10_000], metavar='CLIPS')
    parser.add_argument('--one', nargs=2, metavar=('DATA', 'CHECKPOINT'), help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.one:
        measure_memory(*args.one)
        return
    for work, wanted in ((compare_times, args.repeat), (compare_memory, args.memory)):
        if wanted:
            with tempfile.TemporaryDirectory() as folder:
                work(args, Path(folder))


if __name__ == '__main__':
    main()
