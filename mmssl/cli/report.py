"""``mmssl report``."""

import argparse
import os.path as osp
from collections import Counter
from inspect import signature

from ..evaluation import PROTOCOLS
from ..media.paths import FILE_IN, FOLDER_IN, FOLDER_OUT
from ..report.evaluators import report
from ..report.page import WrittenReport, write_report
from ..report.page_samples import CLIP_WAYS
from .evaluation_options import (
    add_evaluation_options,
    add_maps_and_truth,
    chosen_protocol,
    maps_and_truth,
)
from .options import add_decoder_option, add_worker_options
from .parser import Parser

#: Number of problems to print. The page shows all of them.
_SHOWN = 10

DESCRIPTION = """Write an HTML report of an evaluation.

The report has tables, charts, and every sample with its sound. REPORT/index.html
opens from the disk, without a server or a network. With the maps of two methods,
the report shows both, and begins with the samples that differ most.

Maps are arrays of shape (h, w) in a folder of NAME.npy or NAME.npz files or in one
npz archive, unscaled and at any size. mmssl test --dump-maps writes such a folder.
The annotation file is the last path, or the one of --truth.

Examples:
    %(prog)s maps/ours vggss.json --videos data/vggsound/videos --out report
    %(prog)s maps/ours maps/theirs vggss.json --videos data/vggsound/videos
    %(prog)s maps/mine data/mine --form own-clips --videos data/mine \\
        --wrong work_dirs/mmssl_folder/test_wrong.csv
    %(prog)s maps/is3 --form is3 --truth boxes.json --videos frames --audios sounds
"""


def add_options(parser: Parser) -> None:
    """Add the description and the options."""
    parser.description = DESCRIPTION
    add_maps_and_truth(parser, 'maps of one or two methods, a folder or npz archive each')
    group = parser.group('input')
    group.add_argument(
        '--videos', type=FOLDER_IN, required=True, help='folder of the videos or pictures'
    )
    group.add_argument(
        '--audios', type=FOLDER_IN, help='folder of the sound files, if they are separate'
    )
    group.add_argument(
        '--wrong',
        type=FILE_IN,
        help='test_wrong.csv from the work directory of a test: list the clips that were '
        'classified wrongly, and show them first',
    )
    with_page = (name for name, protocol in PROTOCOLS.items() if not protocol.no_page)
    add_evaluation_options(parser, with_page)
    group = parser.group('output')
    group.add_argument('--out', type=FOLDER_OUT, default='report', help='folder for the page')
    group.add_argument('--title', help='heading of the page; by default the name of the maps')
    group.add_argument(
        '--clips',
        choices=CLIP_WAYS,
        default='copy',
        help='copy clips that browsers can play, link them, or show none',
    )
    group.add_argument('--side', type=int, default=384, help='largest side of a picture in pixels')
    add_decoder_option(parser)
    add_worker_options(parser, 300, 'sample', shards=False)


def run(args: argparse.Namespace) -> WrittenReport:
    """Write the report, and print its scores and problems.

    Args:
        args: Options of :func:`add_options`.

    Raises:
        ValueError: See :func:`write_report`.
    """
    maps, truth = maps_and_truth(args)
    if len(maps) > 2:
        raise ValueError(
            f'got the maps of {len(maps)} methods, expected one or two: mmssl evaluate compares '
            'more'
        )
    first, against = maps[0], maps[1] if len(maps) > 1 else None
    if against and osp.realpath(first) == osp.realpath(against):
        raise ValueError(f'{against} is given twice, expected the maps of two methods')
    given = {'maps': first, 'against': against, 'truth': truth, 'protocol': chosen_protocol(args)}
    options = {**vars(args), **given}
    done = write_report(**{name: options[name] for name in signature(write_report).parameters})
    _print(done)
    return done


def _print(done: WrittenReport) -> None:
    expected = len(done.kinds)
    for name, result in done.results.items():
        flat = {**result.numbers(), 'evaluated': result.counts['samples'], 'expected': expected}
        prefix = name if len(done.results) > 1 else 'maps'
        report({f'{prefix}/{key}': value for key, value in flat.items()})
    print(', '.join(f'{name}: {n}' for name, n in Counter(done.kinds.values()).most_common()))
    for name, what, reason in done.problems[:_SHOWN]:
        print(f'{what} of {name}: {reason}')
    if len(done.problems) > _SHOWN:
        print(f'... and {len(done.problems) - _SHOWN} more, see {done.page.parent}/problems.csv')
    kept = expected - done.written
    print(f'{done.written} of {expected} samples drawn', end=', ' if kept else '\n')
    if kept:
        print(f'{kept} were already there')
    print(done.page)
