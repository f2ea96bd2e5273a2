"""``mmssl render-demo``: a clip to try a model on."""

import argparse
from pathlib import Path

from ..media.paths import FILE_OUT
from ..soundingshapes import CLASS_NAMES, render_scene, sample_scene

DESCRIPTION = """Render a clip of SoundingShapes: an object that sounds beside silent ones.

The model 'soundingshapes' knows its eight classes. Other seeds give other clips.

Examples:
    %(prog)s clip.mp4
    %(prog)s clip.mp4 --seed 7 --duration 12
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add description and options."""
    parser.description = DESCRIPTION
    parser.add_argument('out', type=FILE_OUT, nargs='?', default='clip.mp4', help='file to write')
    parser.add_argument('--seed', type=int, default=0, help='what the clip is drawn from')
    parser.add_argument('--duration', type=float, default=5.0, help='seconds, from 2 to an hour')


def run(args: argparse.Namespace) -> None:
    """Render the clip; say what sounds in it, and when.

    Raises:
        ValueError: If the name does not end in .mp4, the file exists, the seed is negative, or the
            clip is too short.
    """
    if not args.out.endswith('.mp4'):
        raise ValueError(f'{args.out} must be an mp4 file: give a name ending in .mp4')
    if Path(args.out).exists():
        raise ValueError(f'{args.out} exists: give another name, or delete it')
    scene = sample_scene(args.seed, args.duration)
    render_scene(args.out, scene)
    start, end = scene.event
    sound = CLASS_NAMES[scene.sound or 0]
    print(f'{args.out}: {sound}, to be seen and heard from {start:.1f} s to {end:.1f} s')
