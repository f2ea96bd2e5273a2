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

#: Problems that are printed; the page shows all of them.
_SHOWN = 10

DESCRIPTION = """Write a page for looking through an evaluation.

Tables, charts, and every sample with its sound; REPORT/index.html opens from the
disk, without server and network. Maps: a folder of NAME.npy or NAME.npz files, or
one npz archive, (h, w) each, as the method gives them; tools/test.py --dump-maps
writes such a folder. With the maps of two methods, the page shows both, first the
samples in which they differ most. The annotation file stands after the maps, or is
named by --truth.

Examples:
    %(prog)s maps/ours vggss.json --videos data/vggsound/videos --out report
    %(prog)s maps/ours maps/theirs vggss.json --videos data/vggsound/videos
    %(prog)s maps/mine data/mine --form own-clips --videos data/mine \\
        --wrong work_dirs/mmssl_folder/test_wrong.csv
    %(prog)s maps/is3 --form is3 --truth boxes.json --videos frames --audios sounds
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add description and options of :func:`run`."""
    parser.description = DESCRIPTION
    add_maps_and_truth(parser, 'folder or npz archive of maps, one or two')
    parser.add_argument(
        '--videos', type=FOLDER_IN, required=True, help='folder of the videos, or of pictures'
    )
    parser.add_argument('--audios', type=FOLDER_IN, help='folder of the sounds, if they are apart')
    parser.add_argument('--out', type=FOLDER_OUT, default='report', help='folder for the page')
    parser.add_argument('--title', help='heading of the page; the name of the maps by default')
    known = (name for name, protocol in PROTOCOLS.items() if not protocol.no_page)
    add_evaluation_options(parser, known)
    parser.add_argument(
        '--wrong',
        type=FILE_IN,
        metavar='FILE',
        help='test_wrong.csv in the work directory of a test: list the clips that classification '
        'gets wrong, and show them first',
    )
    parser.add_argument(
        '--clips',
        choices=CLIP_WAYS,
        default='copy',
        help='what becomes of clips that browsers play as they are',
    )
    parser.add_argument('--side', type=int, default=384, help='largest side of a picture in pixels')
    add_decoder_option(parser)
    add_worker_options(parser, 300, 'sample', shards=False)


def run(args: argparse.Namespace) -> WrittenReport:
    """Write the page that was asked for, and print what stands on it.

    Args:
        args: Options of :func:`add_options`.

    Raises:
        ValueError: See :func:`write_report`.
    """
    maps, truth = maps_and_truth(args)
    if len(maps) > 2:
        raise ValueError(
            f'{len(maps)} paths of maps are given, expected one or two: mmssl evaluate compares '
            'more methods'
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
        print(f'the other {kept} were there already')
    print(done.page)
