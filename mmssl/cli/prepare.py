"""``mmssl prepare`` and ``tools/data/prepare.py``."""

import argparse

from ..collection.clip_files import find_clips
from ..collection.parallel import Shard
from ..collection.prepare import prepare_clips
from ..media.paths import FOLDER_IN, FOLDER_OUT
from .ending import DONE, SOME_FAILED
from .options import add_decoder_option, add_worker_options
from .parser import Parser

DESCRIPTION = """Copy raw videos into small files that training reads fast.

A copy holds 10 frames per second, with 128 pixels on the shorter side, and lossless
mono sound at 16 kHz. After an interruption, the same command continues.

Examples:
    %(prog)s downloads --out data/vggsound --workers 16
    %(prog)s downloads --out data/vggsound --shard 1/4
"""


def add_options(parser: Parser) -> None:
    """Add the description and the options."""
    parser.description = DESCRIPTION
    group = parser.group('input')
    group.add_argument('folder', type=FOLDER_IN, help='folder of the raw video files')
    group.add_argument(
        '--audio-folder', type=FOLDER_IN, help='folder of the sound files, if they are separate'
    )
    group.add_argument(
        '--retry', action='store_true', help='try the clips again that failed in an earlier run'
    )
    group = parser.group('output')
    group.add_argument(
        '--out', type=FOLDER_OUT, required=True, help='folder; its videos/ holds the copies'
    )
    group.add_argument(
        '--every-frame', action='store_true', help='keep all frames, not only 10 per second'
    )
    group.add_argument('--short-side', type=int, default=128, help='pixels of the shorter side')
    group.add_argument(
        '--crf', type=int, default=18, help='constant quality of the pictures; lower is better'
    )
    add_decoder_option(parser)
    add_worker_options(parser, 300, 'clip')


def run(args: argparse.Namespace) -> int:
    """Prepare, and print sizes and loading times before and after."""
    gain = prepare_clips(
        find_clips(args.folder, args.audio_folder),
        args.out,
        every_frame=args.every_frame,
        short_side=args.short_side,
        crf=args.crf,
        decoder=args.decoder,
        workers=args.workers,
        time_limit=args.time_limit,
        retry=args.retry,
        shard=Shard.parse(args.shard),
    )
    print(f'prepared {gain.prepared}, failed {gain.failed} (see failed.csv)')
    if gain.prepared:
        print(f'{"":<22}{"raw":>10}{"copy":>10}{"ratio":>8}')
        rows = (
            ('size, MB', gain.raw_bytes / 1e6, gain.copy_bytes / 1e6),
            ('loading a clip, ms', gain.raw_seconds * 1e3, gain.copy_seconds * 1e3),
        )
        for name, raw, copy in rows:
            print(f'{name:<22}{raw:>10.1f}{copy:>10.1f}{raw / copy:>8.1f}')
    return SOME_FAILED if gain.failed else DONE
