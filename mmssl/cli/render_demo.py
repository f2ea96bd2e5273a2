"""``mmssl render-demo``: a clip to try a model on."""

import argparse
from pathlib import Path

from ..media.paths import FILE_OUT
from ..soundingshapes import CLASS_NAMES, render_scene, sample_scene
from .parser import Parser

DESCRIPTION = """Render a clip to try a model on.

The clip shows a sounding object beside silent ones. The model 'soundingshapes'
knows the eight classes of such objects. Other seeds give other clips.

Examples:
    %(prog)s clip.mp4
    %(prog)s clip.mp4 --seed 7 --duration 12
"""


def add_options(parser: Parser) -> None:
    """Add the description and the options."""
    parser.description = DESCRIPTION
    parser.group('output').add_argument(
        'out', type=FILE_OUT, nargs='?', default='clip.mp4', help='video file'
    )
    group = parser.group('scene')
    group.add_argument('--seed', type=int, default=0, help='random seed of the scene')
    group.add_argument('--duration', type=float, default=5.0, help='seconds, from 2 to 3600')


def run(args: argparse.Namespace) -> None:
    """Render the clip, and print its sounding object and the time of the sound.

    Raises:
        ValueError: If the name does not end in .mp4, the file exists, the seed is negative, or the
            clip is too short.
    """
    if not args.out.endswith('.mp4'):
        raise ValueError(f'{args.out}: expected a name ending in .mp4')
    if Path(args.out).exists():
        raise ValueError(f'{args.out} exists: give another name, or delete it')
    scene = sample_scene(args.seed, args.duration)
    render_scene(args.out, scene)
    start, end = scene.event
    sound = CLASS_NAMES[scene.sound or 0]
    print(f'{args.out}: {sound}, visible and audible from {start:.1f} s to {end:.1f} s')
