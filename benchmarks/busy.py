"""Time training, localizing and mining beside other programs, with both ways to wait for threads.

Every job runs alone, beside a busy loop on each core, and beside a training; in turns, with the
package's policy and with libgomp's own:

- ours: as ``import mmssl`` sets it, and as many threads as others leave cores, ``mmssl/threads.py``
- libgomp's own: threads spin 300,000 times before they sleep, and there are as many as affinity
  allows, whatever the quota and whoever else is there

All processes are started once and wait for their turns, so no start is timed. A job repeats its
unit of work (a training step of 32 clips, a video of 20 s, a mining pass) for some seconds, and
its neighbours work until it has ended. A unit's time is the mean: a median would hide the few
units for which a neighbour's share was taken back. Times are medians over the turns, and ratios
are of the turns' times.

``--cores 1`` limits all processes to one core, as ``taskset -c 0`` would; a container's quota is
limited from outside, ``docker run --cpus 1``.

Examples:
    python benchmarks/busy.py
    python benchmarks/busy.py --jobs training --repeat 5
    python benchmarks/busy.py --cores 1 --repeat 1
"""

# Before torch, as our tools import it: it says how threads wait.
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
#: Seconds at the beginning that are not counted: those in which threads are given and taken.
SETTLE = 3.0
#: Units of work at least, however long they take.
LEAST = 2
READY = 'ready'
JOBS = ('training', 'localizing', 'mining')
ALONE, LOOPS, TRAINING = 'alone', 'beside loops', 'beside a training'
OURS, OWN = 'ours', "libgomp's own"


class Turns:
    """A worker's side: repeats units of work when it is told to, over standard input.

    A line with a number of seconds begins: units are repeated for so long, their mean time is
    printed, and they go on until the line ``stop``. The end of the input is the end.
    """

    answers: TextIO

    def __init__(self) -> None:
        self._wait()

    def unit_done(self) -> None:
        """To be called after each unit of work."""
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
    """Training as a worker; the first steps warm up."""

    def after_train_iter(self, runner: Runner, batch_idx: int, data_batch=None, outputs=None):
        if runner.iter == 1:
            self._turns = Turns()
        elif runner.iter > 1:
            self._turns.unit_done()


def train(folder: Path) -> None:
    """Train on samples in memory until the end."""
    work = folder / f'train-{os.getpid()}'
    # The same on all processors.
    float32 = {'optim_wrapper.precision': 'float32'}
    config = in_memory(training_config(folder / 'clips', work, 10**6, **float32))
    config.custom_hooks = [dict(type='mmssl.ShareCoresHook'), dict(type='TakeTurns')]
    Runner.from_cfg(config).train()


def repeat(unit: Callable[[], object]) -> None:
    """Work unit by unit until the end."""
    unit()  # warms up
    turns = Turns()
    while True:
        unit()
        turns.unit_done()


def localize(folder: Path) -> None:
    """Localize a video again and again."""
    model = load_model(folder / 'random.pth')
    repeat(lambda: localize_clip(model, Clip(folder / 'video.mp4')))


def mine(folder: Path) -> None:
    """Mine a collection again and again."""

    def unit() -> None:
        with tempfile.TemporaryDirectory(dir=folder) as place:
            mining_pass(
                *(Path(place), CONFIG, folder / 'clips', folder / 'random.pth'),
                batch_size=8,
                cfg_options={'log_level': 'ERROR'},
            )

    repeat(unit)


def loop(folder: Path) -> None:
    """Compute nothing, without a rest."""
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
    """Be a worker until the end; what the work itself prints is no answer."""
    Turns.answers = os.fdopen(os.dup(1), 'w')
    os.dup2(2, 1)
    WORK[job](Path(folder))


class Worker:
    """This script in a process of its own, which works when it is told to.

    Args:
        job: Name of what it does.
        folder: Where clips, video and weights lie.
        environment: Settings of threads; those of this process are left out.
        core: The one core it is given; all if ``None``.
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
        """Let it work."""
        self._say(str(seconds))

    def time(self) -> float:
        """Seconds of a unit, when it has worked for long enough."""
        return float(self._answer())

    def stop(self) -> None:
        """Let it wait."""
        self._say('stop')
        # A neighbour may say its time first, for which nobody asked.
        while self._answer() != READY:
            pass

    def end(self) -> None:
        """Let it end."""
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
    """Environments by name."""
    affinity = len(os.sched_getaffinity(0))
    return {OURS: {}, OWN: {'GOMP_SPINCOUNT': '300000', 'OMP_NUM_THREADS': str(affinity)}}


def prepare(folder: Path) -> None:
    """Clips, a video and weights for all workers."""
    counts = dict(train=CLIPS, val=1, test=CLIPS, pairs=0, negatives=0)
    render_collection(folder / 'clips', RenderSettings(**counts), usable_cores())
    render_scene(folder / 'video.mp4', sample_scene(0, float(VIDEO_SECONDS)))
    random_weights(CONFIG, folder / 'random.pth')


def measured(worker: Worker, neighbours: Sequence[Worker], seconds: float) -> float:
    """Seconds of a worker's unit while neighbours work."""
    for neighbour in neighbours:
        neighbour.begin(seconds)
    worker.begin(seconds)
    found = worker.time()
    for one in (worker, *neighbours):
        one.stop()
    return found


def compare(jobs: Sequence[str], folder: Path, seconds: float, count: int) -> dict:
    """Times by job, neighbours and policy."""
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
    """Lines with the time of a unit, and what it is of the time alone under libgomp's policy."""
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
    parser.add_argument('--seconds', type=float, default=10, help='of a measurement (10)')
    parser.add_argument('--repeat', type=int, default=3, help='turns (3)')
    parser.add_argument('--cores', type=int, help='cores that all may use; all there are')
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
