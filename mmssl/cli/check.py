"""``mmssl check`` and ``tools/data/check.py``."""

import argparse

from ..collection.check import check_clips
from ..collection.clip_files import find_clips, listed_clips, listed_names
from ..collection.parallel import Shard
from ..media.diagnosis import Limits, Verdict
from ..media.paths import FILE_IN, FOLDER_IN, FOLDER_OUT
from .options import add_decoder_option, add_worker_options
from .parser import Parser

DESCRIPTION = """Find the clips of a collection that training cannot read.

The command reads every clip as training does. It writes a report, a page and a list
of the good clips, which a data set takes as subset_file. With --fix, a second folder
gets the intact part of each clip that can be repaired, and a link to each good clip.
The clips themselves never change. After an interruption, the same command continues.

Examples:
    %(prog)s data/vggsound/videos --out data/vggsound/check
    %(prog)s data/vggsound/videos --out data/vggsound/check \\
        --list data/vggsound/vggsound.csv --workers 16
    %(prog)s data/vggsound/videos --out check --shard 1/4
    %(prog)s downloads --out check --fix data/fixed
"""


def add_options(parser: Parser) -> None:
    """Add the description and the options."""
    parser.description = DESCRIPTION
    group = parser.group('input')
    group.add_argument('folder', type=FOLDER_IN, help='folder of the video files')
    group.add_argument(
        '--audio-folder', type=FOLDER_IN, help='folder of the sound files, if they are separate'
    )
    group.add_argument(
        '--list',
        type=FILE_IN,
        help='table or list of identifiers; those without a file are reported as missing',
    )
    group = parser.group('output')
    group.add_argument(
        '--out',
        type=FOLDER_OUT,
        required=True,
        help='folder for the report, the page, the summary and the list of good clips',
    )
    group.add_argument(
        '--fix',
        type=FOLDER_OUT,
        help='folder to train on, with repaired copies and with links to the good clips',
    )
    group = parser.group('verdicts')
    group.add_argument(
        '--shortest', type=float, default=Limits().shortest, help='least duration in seconds'
    )
    group.add_argument(
        '--accept',
        nargs='+',
        choices=[str(verdict) for verdict in Verdict],
        default=['fine'],
        metavar='VERDICT',
        help='verdicts of clips that count as good',
    )
    add_decoder_option(parser)
    add_worker_options(parser, 60, 'clip')


def run(args: argparse.Namespace) -> None:
    """Check, and print the number of clips by verdict."""
    shard = Shard.parse(args.shard)
    if args.list:
        clips = listed_clips(listed_names(args.list), args.folder, args.audio_folder)
    else:
        clips = find_clips(args.folder, args.audio_folder)
    counts = check_clips(
        clips,
        args.out,
        decoder=args.decoder,
        limits=Limits(shortest=args.shortest),
        accept=tuple(map(Verdict, args.accept)),
        workers=args.workers,
        time_limit=args.time_limit,
        shard=shard,
        fix=args.fix,
        listed=args.list,
    )
    for verdict, count in counts.items():
        print(f'{verdict:<20}{count:>8}{count / counts.total():>9.2%}')
    print(f'{"all":<20}{counts.total():>8}')
    print(f'report, page, summary and list of good clips: {args.out}')
    if args.fix:
        print(f'copies, links and a list of them: {args.fix}')
