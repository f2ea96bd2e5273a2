"""Options that ``mmssl evaluate`` and ``mmssl report`` share."""

import argparse
from collections.abc import Iterable

from ..datasets.forms import FORMS, names_with
from ..evaluation import PRESETS
from ..evaluation.protocols import Protocol, make_protocol
from ..evaluation.reduce import RESAMPLES
from ..media.paths import FILE_IN, PATH_IN
from .options import add_boxes_option
from .parser import Parser

#: Options that choose the samples, their ground truth and the number of bootstrap samples.
SAMPLE_OPTIONS = ('form', 'boxes', 'pairs', 'ids', 'sounding', 'confidence', 'resamples')


def add_maps_and_truth(parser: Parser, maps: str) -> None:
    """Add the maps and the annotation file, which is the last path or the one of ``--truth``.

    Args:
        parser: Parser of the command.
        maps: Description of the maps.
    """
    group = parser.group('input')
    group.add_argument(
        'maps',
        nargs='+',
        metavar='PATH',
        type=PATH_IN,
        help=f'{maps}; then the annotation file',
    )
    group.add_argument(
        '--truth', metavar='FILE', type=PATH_IN, help='annotation file, if it is not the last PATH'
    )


def maps_and_truth(args: argparse.Namespace) -> tuple[list[str], str]:
    """The paths of the maps, and the path of the annotations.

    Raises:
        ValueError: If only one path is given.
    """
    if args.truth:
        return args.maps, args.truth
    *maps, truth = args.maps
    if not maps:
        raise ValueError(
            f'{truth} is given alone, expected maps and the annotation file: MAPS TRUTH, or '
            'MAPS --truth TRUTH'
        )
    return maps, truth


def add_evaluation_options(parser: Parser, protocols: Iterable[str]) -> None:
    """Add the options that choose the samples and the protocol.

    Args:
        parser: Parser of the command.
        protocols: Names of the protocols that the command offers.
    """
    _add_sample_options(parser)
    group = parser.group('protocol')
    group.add_argument(
        '--protocol',
        choices=tuple(protocols),
        help="rules of the evaluation; by default the form's own",
    )
    group.add_argument(
        '--preset',
        choices=tuple(PRESETS),
        help="how a map becomes a prediction; by default the protocol's own",
    )
    group.add_argument(
        '--threshold', type=float, help='one threshold for all maps, from a validation split'
    )
    group.add_argument('--tau', type=float, help="temperature of SLAVC's presets; by default 0.03")
    group.add_argument(
        '--exact', action='store_true', help='protocol extended: compute the standard AP, too'
    )
    group.add_argument(
        '--consensus',
        action='store_true',
        help='protocol extended: read the boxes as those of Flickr-SoundNet',
    )
    group.add_argument(
        '--resamples',
        type=int,
        default=RESAMPLES,
        help='bootstrap samples for the intervals; 0 leaves the intervals out',
    )


def _add_sample_options(parser: Parser) -> None:
    group = parser.group('input')
    group.add_argument(
        '--form', choices=names_with('protocol'), default='vggss', help='form of the annotations'
    )
    add_boxes_option(parser)
    group.add_argument(
        '--pairs', type=FILE_IN, help='table of an extended set, with columns video,audio,label'
    )
    group.add_argument(
        '--ids', type=FILE_IN, help='list of identifiers; other annotated samples are left out'
    )
    group.add_argument(
        '--sounding', type=FILE_IN, help='CSV with rows id,1 (sounding) and id,0 (silent)'
    )
    group.add_argument(
        '--confidence', type=FILE_IN, help='protocol extended: CSV with rows id,confidence'
    )


def chosen_protocol(args: argparse.Namespace) -> Protocol:
    """The protocol of ``--protocol``, or the form's own, with its numbers.

    Raises:
        ValueError: If the numbers do not fit the protocol.
    """
    return make_protocol(
        args.protocol or FORMS[args.form].protocol,
        args.preset,
        threshold=args.threshold,
        tau=args.tau,
        alpha=getattr(args, 'alpha', None),
        exact=args.exact,
        consensus=args.consensus or None,
    )
