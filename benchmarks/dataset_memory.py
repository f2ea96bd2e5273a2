"""Start-up time and memory of a data set of 200,000 entries with loader workers.

    python benchmarks/dataset_memory.py

No media are read: the pipeline returns small tensors, so that the benchmark measures only the
annotation list and its copies in worker processes. Every setting runs in a separate process.
Memory is PSS, summed over the process and its workers (a shared page counts once), from
``/proc/PID/smaps_rollup``. It is measured before the data set is built, after the workers have
started, and after an epoch.
"""

import argparse
import csv
import gc
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import torch
from memory import pss
from torch.utils.data import DataLoader

from mmssl.datasets import AudioVisualDataset
from mmssl.datasets.annotations import Moments, read_moments

LABELS = [f'class {i}, of several words' for i in range(309)]
MODES = {'one array': True, 'list of dicts': False}
MEGABYTE = 1 << 20


class Stub:
    """Stand-in for a pipeline: it reads entry and moments, and returns a small tensor."""

    def __init__(self, moments: Moments | None) -> None:
        self.moments = moments

    def __call__(self, results: dict) -> dict:
        best = self.moments[results['video_id']][0] if self.moments else 0.0
        return {'inputs': torch.full((4,), float(best)), 'label': results['label']}


def write_files(folder: Path, entries: int) -> None:
    """Write a table in VGGSound's format and a moments file in the companion format."""
    rng = random.Random(0)
    alphabet = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_'
    moments = {}
    with open(folder / 'vggsound.csv', 'w', newline='', encoding='utf-8') as file:
        rows = csv.writer(file)
        for _ in range(entries):
            name, start = ''.join(rng.choices(alphabet, k=11)), rng.randrange(600)
            rows.writerow([name, start, rng.choice(LABELS), 'train'])
            moments[f'{name}_{start}000_{start + 10}000'] = [rng.randrange(100) for _ in range(10)]
    (folder / 'moments.json').write_text(json.dumps(moments), encoding='utf-8')


def measure(folder: Path, mode: str, workers: int, with_moments: bool) -> dict[str, float]:
    """Build the data set and run an epoch; return seconds and bytes."""
    own = os.getpid()
    gc.collect()
    before = pss([own])
    begin = time.perf_counter()
    moments = read_moments(folder / 'moments.json') if with_moments else None
    data = AudioVisualDataset(
        'vggsound.csv', [Stub(moments)], data_root=str(folder), serialize_data=MODES[mode]
    )
    built = time.perf_counter() - begin
    gc.collect()
    alone = pss([own]) - before
    begin = time.perf_counter()
    loader = DataLoader(data, 64, num_workers=workers, shuffle=True, persistent_workers=True)
    batches = iter(loader)
    next(batches)
    first = time.perf_counter() - begin
    children = [worker.pid for worker in batches._workers]
    started = pss([own, *children]) - before
    begin = time.perf_counter()
    for _ in batches:
        pass
    epoch = time.perf_counter() - begin
    ended = pss([own, *children]) - before
    return dict(built=built, first=first, epoch=epoch, alone=alone, started=started, ended=ended)


def table(results: list[tuple[str, int, dict]]) -> str:
    """A Markdown table."""
    lines = [
        '| annotation list | workers | build (s) | first batch (s) | epoch (s) '
        '| data set (MB) | workers started (MB) | after an epoch (MB) |',
        '|---|---|---|---|---|---|---|---|',
    ]
    for mode, workers, found in results:
        times = ' | '.join(f'{found[key]:.1f}' for key in ('built', 'first', 'epoch'))
        sizes = ' | '.join(f'{found[key] / MEGABYTE:.0f}' for key in ('alone', 'started', 'ended'))
        lines.append(f'| {mode} | {workers} | {times} | {sizes} |')
    return '\n'.join(lines)


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--entries', type=int, default=200_000)
    parser.add_argument('--workers', type=int, nargs='+', default=[1, 4, 8])
    parser.add_argument('--no-moments', action='store_true', help='leave out the moments file')
    parser.add_argument('--one', nargs=3, metavar=('FOLDER', 'MODE', 'WORKERS'),
                        help='measure one setting in this process')  # fmt: skip
    return parser.parse_args()


def main() -> None:
    args = parse_args()
    if args.one:
        folder, mode, workers = args.one
        print(json.dumps(measure(Path(folder), mode, int(workers), not args.no_moments)))
        return
    results = []
    with tempfile.TemporaryDirectory() as folder:
        write_files(Path(folder), args.entries)
        for mode in MODES:
            for workers in args.workers:
                command = [sys.executable, __file__, '--one', folder, mode, str(workers)]
                command += ['--no-moments'] if args.no_moments else []
                printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
                results.append((mode, workers, json.loads(printed.splitlines()[-1])))
    print(f'{args.entries} entries, {"without" if args.no_moments else "with"} moments file')
    print(table(results))


if __name__ == '__main__':
    main()
