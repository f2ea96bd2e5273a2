"""What ``mmssl moments`` and ``mmssl boxes`` share."""

import argparse

from mmengine.dist import is_main_process

from ..apis.runner import add_common_options
from ..collection.coco import write_coco, write_frames
from ..collection.mine import mine, write_boxes, write_companion, write_moments, write_unreadable
from ..collection.mined import Mined
from ..localization import ATTENTION_MODES, MOMENT_SCORES, BoxRule, MomentRule
from ..media.paths import FILE_IN, FILE_OUT, FOLDER_OUT
from .options import add_vocabulary_options, vocabulary_options

#: Files that mining can write: who writes it and what it holds, by the option that names it.
_FILES = {
    'moments': (write_moments, 'moments, best first'),
    'companion': (write_companion, 'moments as {ID_startms_endms: [frames at 10 a second]}'),
    'boxes': (write_boxes, 'pseudo boxes of the best moments in VGG-SS form'),
    'coco': (write_coco, "pseudo boxes in COCO's form"),
}


def add_mining_options(parser: argparse.ArgumentParser, main: str) -> None:
    """Add the options that both share; ``main`` is the file that ``--out`` names."""
    for name, (_, text) in _FILES.items():
        if name == main:
            parser.add_argument(
                '--out',
                dest=name,
                type=FILE_OUT,
                metavar='FILE',
                required=True,
                help=f'JSON file: {text}',
            )
        else:
            parser.add_argument(
                f'--{name}', type=FILE_OUT, metavar='FILE', help=f'write this JSON file too: {text}'
            )
    moments, boxes = MomentRule(), BoxRule()
    parser.add_argument(
        '--frames',
        type=FOLDER_OUT,
        help="folder for the boxes' frames as JPEG files, which --coco then names with their sizes",
    )
    parser.add_argument('config', type=FILE_IN, help='config file')
    parser.add_argument(
        'checkpoint',
        nargs='?',
        type=FILE_IN,
        help='checkpoint file; open-vocabulary models have none',
    )
    parser.add_argument(
        '--split',
        choices=['train', 'val', 'test'],
        help='split of the config (train; test where it has nothing to train on)',
    )
    parser.add_argument(
        '--journal',
        type=FOLDER_OUT,
        help='folder of intermediate results; OUT with .journal at its end by default',
    )
    parser.add_argument('--batch-size', type=int, default=1, help='clips at a time')
    parser.add_argument(
        '--attention', choices=sorted(ATTENTION_MODES), default='class', help='mode of the maps'
    )
    group = parser.add_argument_group('moments')
    group.add_argument(
        '--score', choices=list(MOMENT_SCORES), default=moments.score, help='what ranks moments'
    )
    group.add_argument('--top', type=int, default=moments.top, help='moments a clip, at most')
    group.add_argument(
        '--spacing', type=int, default=moments.spacing, help='steps of 100 ms between moments'
    )
    group.add_argument(
        '--smoothing',
        type=int,
        default=moments.smoothing,
        help='steps over which scores are averaged',
    )
    group = parser.add_argument_group('boxes')
    group.add_argument(
        '--cut',
        choices=['peak', 'range'],
        default=boxes.cut,
        help="whether --threshold is a share of the map's peak or of its range",
    )
    group.add_argument(
        '--threshold', type=float, default=boxes.threshold, help='share at which a map is cut'
    )
    group.add_argument(
        '--blur', type=float, default=boxes.smoothing, help='blur of a map in pixels of 224'
    )
    group.add_argument(
        '--smallest',
        type=float,
        default=boxes.smallest,
        help='share of the frame that a region has at least',
    )
    group.add_argument('--several', action='store_true', help='all regions, not the best alone')
    add_vocabulary_options(parser)
    add_common_options(parser)


def run_mining(args: argparse.Namespace, main: str) -> int:
    """Mine, and write what was asked for."""
    return _write_results(_mine(args, getattr(args, main)), args)


def _mine(args: argparse.Namespace, out: str) -> Mined:
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


def _write_results(mined: Mined, args: argparse.Namespace) -> int:
    """Write what was asked for, in one process, and say what could not be read."""
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
    # A launcher would take 1 for a crash of this process.
    return 1 if count and args.launcher == 'none' else 0
