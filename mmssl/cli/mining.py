"""Options and outputs that ``mmssl moments`` and ``mmssl boxes`` share."""

import argparse

from mmengine.dist import is_main_process

from ..collection.coco import write_coco, write_frames
from ..collection.mine import mine, write_boxes, write_companion, write_moments, write_unreadable
from ..collection.mined import MiningResults
from ..localization import ATTENTION_MODES, MOMENT_SCORES, BoxRule, MomentRule
from ..media.paths import FILE_IN, FILE_OUT, FOLDER_OUT
from .config_options import add_config_options, add_launcher_options
from .options import add_vocabulary_options, vocabulary_options
from .parser import Parser

#: Files of mining by their options: the function that writes the file, and its contents.
_FILES = {
    'moments': (write_moments, 'moments, best first'),
    'companion': (write_companion, 'moments as {ID_startms_endms: [frames at 10 a second]}'),
    'boxes': (write_boxes, 'pseudo boxes of the best moments in VGG-SS form'),
    'coco': (write_coco, "pseudo boxes in COCO's form"),
}


def add_mining_options(parser: Parser, main: str) -> None:
    """Add the options of both commands; ``--out`` names the file ``main`` of :data:`_FILES`."""
    add_config_options(parser)
    group = parser.group('input')
    group.add_argument(
        'checkpoint',
        nargs='?',
        type=FILE_IN,
        help='checkpoint file; open-vocabulary models have none',
    )
    group.add_argument(
        '--split',
        choices=['train', 'val', 'test'],
        help='split of the config; by default train, or test if the config has no training',
    )
    _add_outputs(parser, main)
    _add_rules(parser)
    add_vocabulary_options(parser)
    parser.group('speed').add_argument('--batch-size', type=int, default=1, help='clips at a time')
    add_launcher_options(parser)


def _add_outputs(parser: Parser, main: str) -> None:
    group = parser.group('output')
    for name, (_, text) in sorted(_FILES.items(), key=lambda file: file[0] != main):
        if name == main:
            group.add_argument(
                '--out', dest=name, type=FILE_OUT, required=True, help=f'JSON file for {text}'
            )
        else:
            group.add_argument(f'--{name}', type=FILE_OUT, help=f'JSON file for {text}')
    group.add_argument(
        '--frames',
        type=FOLDER_OUT,
        help='folder for the frames of the boxes as JPEG files; --coco then has their names and '
        'sizes',
    )
    group.add_argument(
        '--journal',
        type=FOLDER_OUT,
        help='folder for intermediate results; by default the name of --out with .journal',
    )


def _add_rules(parser: Parser) -> None:
    moments, boxes = MomentRule(), BoxRule()
    group = parser.group('moments')
    group.add_argument(
        '--score', choices=list(MOMENT_SCORES), default=moments.score, help='score of a moment'
    )
    group.add_argument(
        '--top', type=int, default=moments.top, help='largest number of moments per clip'
    )
    group.add_argument(
        '--spacing',
        type=int,
        default=moments.spacing,
        help='least distance between moments in steps of 100 ms',
    )
    group.add_argument(
        '--smoothing',
        type=int,
        default=moments.smoothing,
        help='number of steps over which scores are averaged',
    )
    group = parser.group('boxes')
    group.add_argument(
        '--attention', choices=sorted(ATTENTION_MODES), default='class', help='attention mode'
    )
    group.add_argument(
        '--cut',
        choices=['peak', 'range'],
        default=boxes.cut,
        help="reference of --threshold: the map's peak or its range",
    )
    group.add_argument(
        '--threshold',
        type=float,
        default=boxes.threshold,
        help='fraction of the reference at which a map is cut',
    )
    group.add_argument(
        '--blur',
        type=float,
        default=boxes.smoothing,
        help='blur of a map in pixels, for a map enlarged to 224 pixels',
    )
    group.add_argument(
        '--smallest',
        type=float,
        default=boxes.smallest,
        help='least area of a region, as a fraction of the frame',
    )
    group.add_argument(
        '--several', action='store_true', help='box every region, not only the best one'
    )


def run_mining(args: argparse.Namespace, main: str) -> int:
    """Mine, and write the files."""
    return _write_results(_mine(args, getattr(args, main)), args)


def _mine(args: argparse.Namespace, out: str) -> MiningResults:
    return mine(
        args,
        args.journal or f'{out}.journal',
        split=args.split,
        moments=MomentRule(args.score, args.top, args.spacing, args.smoothing),
        boxes=BoxRule(args.cut, args.threshold, args.blur, args.smallest, args.several),
        attention=args.attention,
        batch_size=args.batch_size,
        options=vocabulary_options(args),
    )


def _write_results(mined: MiningResults, args: argparse.Namespace) -> int:
    """Write the files in one of the processes, and report unreadable clips."""
    if not is_main_process():
        return 0
    if args.frames:
        mined.frames = write_frames(mined, args.frames)
        print(args.frames)
    first = next(path for name in _FILES if (path := getattr(args, name)))
    for name, (write, _) in _FILES.items():
        if path := getattr(args, name):
            write(mined, path)
            print(path)
    lost = f'{first}.unreadable.csv'
    count = write_unreadable(mined, lost)
    if count:
        print(f'{count} of {len(mined.videos)} clips could not be read: {lost}')
    # A launcher takes the status 1 for a crash of this process.
    return 1 if count and args.launcher == 'none' else 0
