"""Render the SoundingShapes data set; existing clips are kept.

Examples:
    python tools/data/render_soundingshapes.py data/soundingshapes --workers 2
    python tools/data/render_soundingshapes.py data/soundingshapes-3 --level 3 --turns 50
    python tools/data/render_soundingshapes.py data/standin --vggsound-layout 16
"""

import sys

from mmssl.cli.ending import exit_status
from mmssl.cli.parser import Parser
from mmssl.media.paths import FOLDER_OUT
from mmssl.soundingshapes import RenderSettings, render_collection, render_vggsound_standin
from mmssl.soundingshapes.levels import LEVELS
from mmssl.soundingshapes.plan import NUMBERS
from mmssl.threads import usable_cores


def main() -> None:
    default = RenderSettings()
    parser = Parser(__doc__)
    parser.add_argument('out', type=FOLDER_OUT, help='output folder')
    for name in NUMBERS:
        number = getattr(default, name)
        parser.add_argument(f'--{name}', type=int, default=number, help='number of clips')
    parser.add_argument(
        '--level',
        type=int,
        choices=[*LEVELS],
        default=default.level,
        help='difficulty: level from 1 to 3, see docs/reference/soundingshapes.md',
    )
    parser.add_argument(
        '--duration', type=float, default=default.duration, help='seconds of a clip'
    )
    parser.add_argument('--seed', type=int, default=default.seed, help='seed of the clips')
    parser.add_argument(
        '--workers',
        type=int,
        default=usable_cores(),
        help='number of processes, by default one per core',
    )
    parser.add_argument(
        '--vggsound-layout',
        type=int,
        metavar='CLIPS',
        help="render this number of clips in VGGSound's format instead",
    )
    args = parser.checked_args()
    if args.vggsound_layout is not None:
        for name in (*NUMBERS, 'duration', 'level'):
            if getattr(args, name) != getattr(default, name):
                raise ValueError(f'--{name} does not work with --vggsound-layout: leave it out')
        render_vggsound_standin(args.out, args.vggsound_layout, args.seed, args.workers)
        return
    names = (*NUMBERS, 'duration', 'seed', 'level')
    settings = RenderSettings(**{name: getattr(args, name) for name in names})
    render_collection(args.out, settings, args.workers)


if __name__ == '__main__':
    sys.exit(exit_status(main, 'tools/data/render_soundingshapes.py', 'the same command continues'))
