"""Time localizing a video against the model's forward pass alone, and its memory by length.

Forward alone is ``Localizer.predict`` on inputs in memory, in windows without margins.
Localizing reads the video and joins the windows. Both use the same model, in turns. The
paper's model is measured on 640 x 360 at 30 frames per second, the small model on clips like
its training clips. Weights are random.

Memory is the peak of a separate process that localizes one video with the small model.

Examples:
    python benchmarks/localizing.py
    python benchmarks/localizing.py --seconds 40 --repeat 3 --memory
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

from mmengine.registry import init_default_scope
from models import random_weights
from timing import ratio, turns

from mmssl.apis.model import load_model
from mmssl.apis.windows import localize_clip
from mmssl.media import Clip
from mmssl.soundingshapes import render_scene, sample_scene
from tools.analysis_tools.max_batch import peak_of_process

SMALL, PAPER = 'configs/mmssl_soundingshapes.py', 'configs/mmssl_vggsound.py'
#: Size and frame rate of the video for each config's model.
VIDEOS = {SMALL: ((112, 112), 10), PAPER: ((640, 360), 30)}


def compare_times(config: str, video: Path, seconds: int, repeat: int) -> None:
    """Print the times of forward and localizing, measured in turns."""
    model = load_model(random_weights(config, video.with_suffix('.pth')))
    clip = Clip(video)
    windows = []
    for start in range(0, seconds, model.window):
        inputs = model.pipeline(clip, start, min(model.window, seconds - start))
        windows.append([inputs[name][None].numpy() for name in ('imgs', 'audios')])
    ways = {
        'forward alone': lambda: [model.predict(*window) for window in windows],
        'localizing': lambda: localize_clip(model, Clip(video)),
    }
    turns(ways, 1)  # warms up
    found = turns(ways, repeat)
    (width, height), fps = VIDEOS[config]
    print(f'{config}: {seconds} s of {width} x {height} at {fps}, {repeat} turns')
    for name, times in found.items():
        print(f'{name:15}{1000 * median(times) / seconds:8.1f} ms a second of video')
    print(f'localizing / forward alone: {ratio(found["localizing"], found["forward alone"])}')


def compare_memory(folder: Path, lengths: list[int]) -> None:
    """Print the peaks of processes that localize longer and longer videos."""
    for seconds in lengths:
        video = folder / f'{seconds}.mp4'
        render_scene(video, sample_scene(0, float(seconds)))
        command = [sys.executable, __file__, '--one', str(video)]
        printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        print(f'{seconds} s: peak {printed.split()[-1]} MiB')


def measure_memory(video: str) -> None:
    """Localize in this process, and print its peak in MiB."""
    model = load_model(random_weights(SMALL, Path(video).with_suffix('.pth')))
    localize_clip(model, Clip(video))
    print(peak_of_process() >> 20)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('--seconds', type=int, default=76, help='length of the video (76)')
    parser.add_argument('--repeat', type=int, default=5, help='turns (5)')
    parser.add_argument('--memory', type=int, nargs='*', default=[60, 600], metavar='SECONDS')
    parser.add_argument('--one', metavar='VIDEO', help=argparse.SUPPRESS)
    args = parser.parse_args()
    init_default_scope('mmaction')
    if args.one:
        measure_memory(args.one)
        return
    with tempfile.TemporaryDirectory() as folder:
        for config, (size, fps) in VIDEOS.items():
            video = Path(folder) / f'{Path(config).stem}.mp4'
            render_scene(video, sample_scene(0, float(args.seconds)), size=size, fps=fps)
            compare_times(config, video, args.seconds, args.repeat)
        compare_memory(Path(folder), args.memory)


if __name__ == '__main__':
    main()
