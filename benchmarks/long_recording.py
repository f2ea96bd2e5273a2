"""Time and memory of training, localizing and reporting on one long recording.

The recording has 1080 lines, 60 frames per second and stereo sound of 48 kHz. It repeats one
rendered minute without encoding it again. A table cuts it into clips of ten seconds. Every line of
the output shows a command, its time, and the peak memory of all of its processes together.

Examples:
    python benchmarks/long_recording.py --out work_dirs/long_recording
    python benchmarks/long_recording.py --out work_dirs/long_recording --minutes 3
"""

# Must come before torch: mmssl sets how threads wait.
import mmssl  # noqa: F401  isort: skip

import argparse
import csv
import math
import subprocess
import sys
import time
from pathlib import Path

import av
from long_video import render
from memory import PeakMemory

from mmssl.files import atomic_file

ROOT = Path(__file__).parents[1]
CONFIG = ROOT / 'configs/mmssl_folder.py'
#: Seconds of a clip, and its label by its position.
CLIP, LABELS = 10, ('near', 'far', 'left', 'right')
TITLES = ('first epoch', 'later epoch', 'maps and boxes', 'all results', 'video of two models')


def repeat(minute: Path, out: Path, minutes: int) -> None:
    """Repeat a recording packet by packet."""
    with atomic_file(out) as path, av.open(str(path), 'w', format='mp4') as target:
        with av.open(str(minute)) as source:
            streams = {s.index: target.add_stream_from_template(s) for s in source.streams}
        latest = dict.fromkeys(streams, -math.inf)
        for number in range(minutes):
            with av.open(str(minute)) as source:
                for packet in source.demux():
                    if packet.dts is None:
                        continue
                    shift = round(60 * number / packet.time_base)
                    packet.pts, packet.dts = packet.pts + shift, packet.dts + shift
                    index = packet.stream.index
                    # An encoded sound is a little longer than the pictures.
                    if packet.dts > latest[index]:
                        latest[index], packet.stream = packet.dts, streams[index]
                        target.mux(packet)


def write_table(path: Path, recording: Path, minutes: int) -> None:
    """Write a table that cuts a recording into clips; the last two of each ten are held out."""
    with path.open('w', newline='') as file:
        rows = csv.writer(file)
        rows.writerow(('path', 'label', 'split', 'start', 'end'))
        for number, start in enumerate(range(0, 60 * minutes, CLIP)):
            split = {8: 'val', 9: 'test'}.get(number % 10, 'train')
            label = LABELS[number // 10 % len(LABELS)]
            rows.writerow((recording.name, label, split, start, start + CLIP))


def measured(work: Path, title: str, *command: object) -> None:
    """Run a command, and print its time and the largest memory of its processes together."""
    log = work / f'{title.replace(" ", "_")}.log'
    begin = time.perf_counter()
    with log.open('w') as file:
        process = subprocess.Popen(
            [sys.executable, *map(str, command)], stdout=file, stderr=subprocess.STDOUT
        )
        with PeakMemory(process.pid) as memory:
            process.wait()
    if process.returncode:
        raise SystemExit(f'{title} failed, see {log}')
    passed = (time.perf_counter() - begin) / 60
    print(f'{title:32}{passed:7.1f} min {memory.bytes / 2**20:7.0f} MiB', flush=True)


def commands(work: Path, recording: Path, table: Path) -> dict[str, tuple]:
    """Arguments of Python by the titles of :data:`TITLES`."""
    train = (ROOT / 'tools/train.py', CONFIG, '--data-root', table, '--epochs', 1, '--no-validate')
    cache = f'train_dataloader.dataset.pipeline.OpenClip.cache_dir={work}/cache'
    inputs, out = ('-m', 'mmssl', 'localize', recording), ('--out', work / 'localized')
    models = ('soundingshapes', work / 'later/epoch_1.pth')
    lines = (
        (*train, '--work-dir', work / 'first', '--cfg-options', cache),
        (*train, '--work-dir', work / 'later', '--cfg-options', cache),
        (*inputs, models[0], *out, '--outputs', 'maps', 'boxes'),
        (*inputs, models[0], *out),
        (*inputs, *models, '--side-by-side', *out),
    )
    return dict(zip(TITLES, lines))


def main() -> None:
    """Render, run every command, and print a line for each."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('--out', type=Path, required=True, help='folder for all files')
    parser.add_argument('--minutes', type=int, default=60, help='length of the recording (60)')
    parser.add_argument('--only', nargs='+', choices=TITLES, default=TITLES, help='lines (all)')
    args = parser.parse_args()
    work = args.out.resolve()
    work.mkdir(parents=True, exist_ok=True)
    minute, recording, table = (work / n for n in ('minute.mp4', 'recording.mp4', 'clips.csv'))
    if not minute.exists():
        render(minute, 60)
    if not recording.exists():
        repeat(minute, recording, args.minutes)
    write_table(table, recording, args.minutes)
    for title, command in commands(work, recording, table).items():
        if title in args.only:
            measured(work, title, *command)


if __name__ == '__main__':
    main()
