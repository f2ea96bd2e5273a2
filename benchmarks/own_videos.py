"""Train on your own clips, from a folder and from a table, and print the scores.

``workshop.py`` renders the clips. The folder has one folder for each class; the table cuts long
recordings, in which one scene follows another.

Examples:
    python benchmarks/own_videos.py --out work_dirs/own_videos
    python benchmarks/own_videos.py --out work_dirs/own_videos --clips 12 --steps 100
"""

# Must come before torch: mmssl sets how threads wait.
import mmssl  # noqa: F401  isort: skip

import argparse
import csv
import json
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
from timing import seconds
from workshop import (
    CHANNELS,
    FRAME_RATES,
    OBJECTS,
    RATE,
    SECONDS,
    draw_scene,
    frames_of,
    render,
    samples_of,
)

from mmssl.media import write_video

ROOT = Path(__file__).parents[1]
CONFIG = ROOT / 'configs/mmssl_folder.py'
#: Number of scenes in a recording.
SCENES = 6
#: Frames per second of a recording.
RECORDED = 25


def render_folder(root: Path, clips: int, seed: int) -> Path:
    """Write clips of each class, and boxes in VGG-SS's format."""
    rng, entries = np.random.default_rng(seed), []
    for label in OBJECTS:
        for number in range(clips):
            # Short clips are more frequent than long ones.
            low, high = np.log(SECONDS)
            scene = draw_scene(label, float(np.exp(rng.uniform(low, high))), rng)
            path = root / label / f'{label}{number:03}.mp4'
            render(path, scene, float(rng.choice(FRAME_RATES)), int(rng.choice(CHANNELS)))
            entries.append(
                {
                    'file': path.name,
                    'class': label,
                    'bbox': [scene.box],
                    'time': sum(scene.event) / 2,
                }
            )
    (root.parent / 'boxes.json').write_text(json.dumps(entries))
    return root


def render_recordings(root: Path, clips: int, seed: int) -> Path:
    """Write recordings of scenes in random order, and a table of their parts."""
    rng = np.random.default_rng(seed)
    labels = rng.permutation(np.repeat(list(OBJECTS), clips))
    root.mkdir(parents=True, exist_ok=True)
    with (root / 'clips.csv').open('w', newline='') as file:
        table = csv.writer(file)
        table.writerow(('path', 'label', 'start', 'end'))
        for number, first in enumerate(range(0, len(labels), SCENES)):
            name, part = f'{number:03}.mp4', labels[first : first + SCENES]
            scenes = [draw_scene(str(label), float(rng.uniform(3, 9)), rng) for label in part]
            # A recording has one size.
            scenes = [scene for scene in scenes if scene.size == scenes[0].size]
            begin = 0.0
            for scene in scenes:
                table.writerow((name, scene.label, f'{begin:.2f}', f'{begin + scene.seconds:.2f}'))
                begin += round(scene.seconds * RECORDED) / RECORDED
            frames = (frame for scene in scenes for frame in frames_of(scene, RECORDED))
            sound = np.concatenate([samples_of(scene, 2) for scene in scenes], 1)
            write_video(root / name, frames, RECORDED, sound, RATE)
    return root / 'clips.csv'


def run(tool: str, *arguments: object) -> None:
    """Run one of the tools."""
    subprocess.run([sys.executable, ROOT / f'tools/{tool}.py', *map(str, arguments)], check=True)


def lines(work: Path) -> Iterator[str]:
    """The main results of a test."""
    for name, value in json.loads((work / 'metrics.json').read_text()).items():
        if name.startswith('acc/') or name in (
            'loc/pointing',
            'loc/ciou_adaptive',
            'loc/evaluated',
        ):
            yield f'  {name:24}{value:.3f}'


def main() -> None:
    """Render, train, test and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('--out', type=Path, required=True, help='folder for clips and trainings')
    parser.add_argument('--clips', type=int, default=60, help='clips of each class')
    parser.add_argument('--steps', type=int, default=2400, help='steps of a training')
    parser.add_argument('--seed', type=int, default=0, help='seed of the clips and of the training')
    args = parser.parse_args()
    ways = {
        'folder': render_folder(args.out / 'clips', args.clips, args.seed),
        'table': render_recordings(args.out / 'recordings', args.clips, args.seed + 1),
    }
    options = ['--cfg-options', f'train_cfg.steps={args.steps}']
    for name, data in ways.items():
        work = args.out / name
        common = ['--data-root', data, '--work-dir', work]
        training = partial(run, 'train', CONFIG, *common, '--seed', args.seed, *options)
        took = seconds(training)
        checkpoint = (work / 'last_checkpoint').read_text()
        boxes = ['--boxes', args.out / 'boxes.json'] if name == 'folder' else []
        run('test', CONFIG, checkpoint, *common, *boxes, '--out', work / 'metrics.json')
        print(f'{name}: {took / 60:.1f} minutes', *lines(work), sep='\n', flush=True)


if __name__ == '__main__':
    main()
