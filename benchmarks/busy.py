"""Time training, localizing and mining beside other programs, with two policies for threads.

Every job runs alone, beside a busy loop on each core, and beside a training. Each of these runs
alternates between two policies:

- ours: ``import mmssl`` sets how threads wait, and torch gets one thread for each core that other
  programs leave, see ``mmssl/threads.py``
- libgomp's own: threads spin 300,000 times before they sleep, and torch gets as many threads as
  affinity allows, regardless of the quota and of other programs

All processes are started once and wait for their turns, so startup is not timed. A job repeats its
unit of work (a training step, a video of 20 s, a mining pass) for some seconds, and its neighbours
work until it has ended. The time of a unit is the mean of a turn, because a median would hide the
few units during which a neighbour used more of the processor. Printed times are medians over the
turns. Ratios are computed turn by turn.

``--cores 1`` limits all processes to one core, like ``taskset -c 0``. Set a container's quota from
outside: ``docker run --cpus 1``.

Examples:
    python benchmarks/busy.py
    python benchmarks/busy.py --jobs training --repeat 5
    python benchmarks/busy.py --cores 1 --repeat 1
"""

# Must come before torch, as in our tools: mmssl sets how threads wait.
import mmssl  # noqa: F401  isort: skip

import argparse
import os
import select
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import TextIO

import torch
from mining import mining_pass
from mmengine.hooks import Hook
from mmengine.registry import HOOKS, init_default_scope
from mmengine.runner import Runner
from models import random_weights
from timing import ratio
from training import in_memory, training_config

from mmssl.apis.model import load_model
from mmssl.apis.windows import localize_clip
from mmssl.media import Clip
from mmssl.soundingshapes import RenderSettings, render_collection, render_scene, sample_scene
from mmssl.threads import NUMBERS, WAITING, usable_cores

CONFIG = 'configs/mmssl_soundingshapes.py'
CLIPS, VIDEO_SECONDS = 32, 20
#: Seconds at the beginning that are not counted, because the number of threads still changes.
SETTLE = 3.0
#: Smallest number of units of work in a measurement.
LEAST = 2
READY = 'ready'
JOBS = ('training', 'localizing', 'mining')
ALONE, LOOPS, TRAINING = 'alone', 'beside loops', 'beside a training'
OURS, OWN = 'ours', "libgomp's own"


class Turns:
    """Lets a worker repeat units of work on commands from standard input.

    A line with a number of seconds starts the work. After that time, the worker prints the mean
    time of a unit, and works until the line ``stop``. It exits at the end of the input.
    """

    answers: TextIO

    def __init__(self) -> None:
        self._wait()

    def unit_done(self) -> None:
        """Record a unit of work; the worker calls it after each unit."""
        self._units += 1
        took = time.perf_counter() - self._begin
        if not self._settled and took >= SETTLE:
            self._settled, self._units, took = True, 0, 0.0
            self._begin = time.perf_counter()
        if self._settled and not self._told and took >= self._seconds and self._units >= LEAST:
            self._answer(took / self._units)
            self._told = True
        if select.select([sys.stdin], [], [], 0)[0]:
            sys.stdin.readline()
            self._wait()

    def _wait(self):
        self._answer(READY)
        line = sys.stdin.readline()
        if not line:
            os._exit(0)
        self._seconds, self._units = float(line), 0
        self._settled = self._told = False
        self._begin = time.perf_counter()

    def _answer(self, text):
        print(text, file=self.answers, flush=True)


@HOOKS.register_module()
class TakeTurns(Hook):
    """Makes a training a worker; the first two steps warm up."""

    def after_train_iter(self, runner: Runner, batch_idx: int, data_batch=None, outputs=None):
        if runner.iter == 1:
            self._turns = Turns()
        elif runner.iter > 1:
            self._turns.unit_done()


def train(folder: Path) -> None:
    """Train on samples in memory until the worker exits."""
    work = folder / f'train-{os.getpid()}'
    # A fixed precision, so that it is the same on all processors.
    float32 = {'optim_wrapper.precision': 'float32'}
    config = in_memory(training_config(folder / 'clips', work, 10**6, **float32))
    config.custom_hooks = [dict(type='mmssl.ShareCoresHook'), dict(type='TakeTurns')]
    Runner.from_cfg(config).train()


def repeat(unit: Callable[[], object]) -> None:
    """Repeat a unit of work until the worker exits."""
    unit()  # warms up
    turns = Turns()
    while True:
        unit()
        turns.unit_done()


def localize(folder: Path) -> None:
    """Localize a video repeatedly."""
    model = load_model(folder / 'random.pth')
    repeat(lambda: localize_clip(model, Clip(folder / 'video.mp4')))


def mine(folder: Path) -> None:
    """Mine a collection repeatedly."""

    def unit() -> None:
        with tempfile.TemporaryDirectory(dir=folder) as place:
            mining_pass(
                *(Path(place), CONFIG, folder / 'clips', folder / 'random.pth'),
                batch_size=8,
                cfg_options={'log_level': 'ERROR'},
            )

    repeat(unit)


def loop(folder: Path) -> None:
    """Keep a core busy without a pause."""
    turns = Turns()
    while True:
        begin = time.perf_counter()
        while time.perf_counter() - begin < 0.1:
            pass
        turns.unit_done()


WORK = {
    'training': train,
    'another': train,
    'localizing': localize,
    'mining': mine,
    'loop': loop,
}


def work(job: str, folder: str) -> None:
    """Run as a worker; output of the work goes to standard error, answers to standard output."""
    Turns.answers = os.fdopen(os.dup(1), 'w')
    os.dup2(2, 1)
    WORK[job](Path(folder))


class Worker:
    """Runs this script in another process, which works on command.

    Args:
        job: Name of its job.
        folder: Folder with clips, video and weights.
        environment: Thread settings. They replace all thread settings of this process.
        core: The only core that it may use; all if ``None``.
    """

    def __init__(self, job: str, folder: Path, environment: dict, core: int | None = None) -> None:
        kept = {k: v for k, v in os.environ.items() if k not in (*WAITING, *NUMBERS)}
        self._process = subprocess.Popen(
            [sys.executable, '-W', 'ignore', __file__, '--one', job, str(folder)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={**kept, **environment},
            preexec_fn=None if core is None else lambda: os.sched_setaffinity(0, [core]),
        )  # fmt: skip
        self._answer()

    def begin(self, seconds: float) -> None:
        """Start the work."""
        self._say(str(seconds))

    def time(self) -> float:
        """Wait for the measurement, and return the seconds of a unit."""
        return float(self._answer())

    def stop(self) -> None:
        """Stop the work until the next turn."""
        self._say('stop')
        # A neighbour may first print its time, which is not needed.
        while self._answer() != READY:
            pass

    def end(self) -> None:
        """Let the process exit."""
        self._process.stdin.close()
        self._process.wait()

    def _say(self, line):
        self._process.stdin.write(f'{line}\n')
        self._process.stdin.flush()

    def _answer(self):
        if line := self._process.stdout.readline().strip():
            return line
        raise SystemExit(f'a worker ended with status {self._process.wait()}')


def policies() -> dict[str, dict[str, str]]:
    """Environment variables of each policy."""
    affinity = len(os.sched_getaffinity(0))
    return {OURS: {}, OWN: {'GOMP_SPINCOUNT': '300000', 'OMP_NUM_THREADS': str(affinity)}}


def prepare(folder: Path) -> None:
    """Make clips, a video and weights for all workers."""
    counts = dict(train=CLIPS, val=1, test=CLIPS, pairs=0, negatives=0)
    render_collection(folder / 'clips', RenderSettings(**counts), usable_cores())
    render_scene(folder / 'video.mp4', sample_scene(0, float(VIDEO_SECONDS)))
    random_weights(CONFIG, folder / 'random.pth')


def measured(worker: Worker, neighbours: Sequence[Worker], seconds: float) -> float:
    """Measure the seconds of a worker's unit while its neighbours work."""
    for neighbour in neighbours:
        neighbour.begin(seconds)
    worker.begin(seconds)
    found = worker.time()
    for one in (worker, *neighbours):
        one.stop()
    return found


def compare(jobs: Sequence[str], folder: Path, seconds: float, count: int) -> dict:
    """Measure times by job, neighbours and policy."""
    cores = sorted(os.sched_getaffinity(0))
    loops = [Worker('loop', folder, {}, core) for core in cores]
    workers = {
        policy: {job: Worker(job, folder, settings) for job in (*jobs, 'another')}
        for policy, settings in policies().items()
    }
    found: dict[tuple[str, str, str], list[float]] = {}
    for _ in range(count):
        for job in jobs:
            for policy, own in workers.items():
                beside = {ALONE: [], LOOPS: loops, TRAINING: [own['another']]}
                for name, neighbours in beside.items():
                    took = measured(own[job], neighbours, seconds)
                    found.setdefault((job, name, policy), []).append(took)
    for worker in (*loops, *(w for own in workers.values() for w in own.values())):
        worker.end()
    return found


def table(found: dict) -> list[str]:
    """Make lines with the time of a unit, and its ratios to the time alone and to libgomp's own."""
    lines = []
    for (job, beside, policy), times in found.items():
        alone = ratio(times, found[job, ALONE, policy])
        own = ratio(times, found[job, beside, OWN]) if policy != OWN else ''
        lines.append(f'{job:11}{beside:19}{policy:15}{median(times):8.3f}   {alone:25}{own}')
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('--jobs', nargs='+', choices=JOBS, default=JOBS)
    parser.add_argument('--seconds', type=float, default=10, help='seconds of a measurement (10)')
    parser.add_argument('--repeat', type=int, default=3, help='turns (3)')
    parser.add_argument('--cores', type=int, help='cores that all processes may use (all)')
    parser.add_argument('--one', nargs=2, metavar=('JOB', 'FOLDER'), help=argparse.SUPPRESS)
    args = parser.parse_args()
    init_default_scope('mmaction')
    if args.one:
        work(*args.one)
        return
    if args.cores:
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: args.cores])
    with tempfile.TemporaryDirectory() as name:
        prepare(Path(name))
        found = compare(args.jobs, Path(name), args.seconds, args.repeat)
    affinity, version = len(os.sched_getaffinity(0)), torch.__version__
    print(f'{usable_cores()} usable cores, affinity {affinity}, torch {version}')
    print(f'{CONFIG}, float32; {args.repeat} turns of {args.seconds:g} s')
    print(f'{"":45}{"s":>8}   {"/ alone":25}/ {OWN}')
    print(*table(found), sep='\n')


if __name__ == '__main__':
    main()
