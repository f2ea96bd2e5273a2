"""Compare training steps with and without ``mmssl.KeepMemoryHook``, in time and memory.

A process cannot undo the hook's settings. Every turn therefore starts a new process.

Examples:
    python benchmarks/kept_memory.py
    python benchmarks/kept_memory.py --config configs/mmssl/mmssl_soundingshapes_large.py
"""

# Must come before torch, as in our tools: mmssl sets how threads wait.
import mmssl  # noqa: F401  isort: skip

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

from mmengine.registry import init_default_scope
from timing import ratio
from training import CONFIG, in_memory, trained, training_config

from mmssl.soundingshapes import RenderSettings, render_collection
from mmssl.threads import usable_cores
from tools.analysis_tools.max_batch import peak_of_process

HOOK = 'mmssl.KeepMemoryHook'
WAYS = ('returned', 'kept')
CLIPS = 64


def train(way: str, config: str, data: str, steps: int) -> None:
    """Train in this process; print the seconds of a step and the peak of the memory."""
    with tempfile.TemporaryDirectory() as work:
        settings = in_memory(training_config(Path(data), Path(work), steps, config=config))
        if way == 'returned':
            settings.custom_hooks = [h for h in settings.custom_hooks if h['type'] != HOOK]
        seconds = trained(settings)
    print(json.dumps([seconds, peak_of_process()]))


def measured(way: str, args: argparse.Namespace, data: Path) -> list[float]:
    """Train in a new process; return the seconds of a step and the peak of the memory."""
    words = ['--one', way, str(data), '--config', args.config, '--steps', str(args.steps)]
    command = [sys.executable, '-W', 'ignore', __file__, *words]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('--config', default=CONFIG, help=f'training config ({CONFIG})')
    parser.add_argument('--steps', type=int, default=40, help='steps of a turn (40)')
    parser.add_argument('--repeat', type=int, default=5, help='turns (5)')
    parser.add_argument('--one', nargs=2, metavar=('WAY', 'DATA'), help=argparse.SUPPRESS)
    args = parser.parse_args()
    init_default_scope('mmaction')
    if args.one:
        train(args.one[0], args.config, args.one[1], args.steps)
        return
    found = {way: [] for way in WAYS}
    with tempfile.TemporaryDirectory() as folder:
        counts = dict(train=CLIPS, val=0, test=0, pairs=0, negatives=0)
        data = render_collection(Path(folder) / 'clips', RenderSettings(**counts), usable_cores())
        for _ in range(args.repeat):
            for way, results in found.items():
                results.append(measured(way, args, data))
    print(f'{args.config}: {args.repeat} turns of {args.steps} steps')
    times = {way: [seconds for seconds, _ in results] for way, results in found.items()}
    for way, results in found.items():
        peak = median(peak for _, peak in results)
        print(f'{way:9}{1000 * median(times[way]):8.1f} ms a step, peak {peak / 2**20:.0f} MiB')
    print(f'kept / returned: {ratio(times["kept"], times["returned"])}')


if __name__ == '__main__':
    main()
