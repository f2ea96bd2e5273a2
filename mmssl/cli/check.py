"""``mmssl check`` and ``tools/data/check.py``."""

import argparse

from ..collection.check import check_clips
from ..collection.clip_files import find_clips, listed_clips, listed_names
from ..collection.parallel import Shard
from ..media.diagnosis import Limits, Verdict
from ..media.paths import FILE_IN, FOLDER_IN, FOLDER_OUT
from .options import add_decoder_option, add_worker_options

DESCRIPTION = """Read every clip as training would; write a report, a page and a list of the
good clips.

The list of good clips is a data set's subset_file. Run the command again after an
interruption: it goes on where it was. With --fix, a second folder gets a copy of
each clip that can be mended, as far as it is intact, and a link to each good clip.
The clips themselves are never changed.

Examples:
    %(prog)s data/vggsound/videos --out data/vggsound/check
    %(prog)s data/vggsound/videos --out data/vggsound/check \\
        --list data/vggsound/vggsound.csv --workers 16
    %(prog)s data/vggsound/videos --out check --shard 1/4
    %(prog)s downloads --out check --fix data/fixed
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add description and options."""
    parser.description = DESCRIPTION
    parser.add_argument('folder', type=FOLDER_IN, help='folder of the video files')
    parser.add_argument(
        '--out', type=FOLDER_OUT, required=True, help='folder for report, page, summary and list'
    )
    parser.add_argument(
        '--audio-folder', type=FOLDER_IN, help='folder of the sound files, if they are apart'
    )
    parser.add_argument(
        '--list',
        type=FILE_IN,
        help='table or list of identifiers: what it names and is not there is missing',
    )
    add_decoder_option(parser)
    parser.add_argument(
        '--shortest',
        type=float,
        default=Limits().shortest,
        help='seconds that a clip must have',
    )
    parser.add_argument(
        '--accept',
        nargs='+',
        choices=[str(verdict) for verdict in Verdict],
        default=['fine'],
        metavar='VERDICT',
        help='verdicts that clips of the clean list may have',
    )
    parser.add_argument(
        '--fix',
        type=FOLDER_OUT,
        metavar='FOLDER',
        help='folder to train on: copies of clips that can be mended, links to the accepted ones',
    )
    add_worker_options(parser, 60, 'clip')


def run(args: argparse.Namespace) -> None:
    """Check, and print how many clips have which verdict."""
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
    print(f'{"all":<20}{counts.total():>8}\nreport, page, summary and clean list: {args.out}')
    if args.fix:
        print(f'copies, links and their list: {args.fix}')
