"""Options that ``mmssl evaluate`` and ``mmssl report`` share."""

import argparse
from collections.abc import Iterable

from ..datasets.forms import FORMS, names_with
from ..evaluation import PRESETS
from ..evaluation.protocols import Protocol, make_protocol
from ..evaluation.reduce import RESAMPLES
from ..media.paths import FILE_IN, PATH_IN
from .options import add_boxes_option

#: Which samples are meant, what is true of them, and how often they are drawn.
SAMPLE_OPTIONS = ('form', 'boxes', 'pairs', 'ids', 'sounding', 'confidence', 'resamples')


def add_maps_and_truth(parser: argparse.ArgumentParser, maps: str) -> None:
    """Add the maps and the annotation file, which stands after them or is named.

    Args:
        parser: Where to.
        maps: What the maps are.
    """
    parser.add_argument(
        'maps',
        nargs='+',
        metavar='PATH',
        type=PATH_IN,
        help=f'{maps}, and then the annotation file',
    )
    parser.add_argument(
        '--truth', metavar='FILE', type=PATH_IN, help='annotation file, if it is not the last'
    )


def maps_and_truth(args: argparse.Namespace) -> tuple[list[str], str]:
    """Paths of the maps, and that of the annotations.

    Raises:
        ValueError: If there is one path alone.
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


def add_evaluation_options(parser: argparse.ArgumentParser, protocols: Iterable[str]) -> None:
    """Add what says which protocol is asked for, and of which samples.

    Args:
        parser: Where to.
        protocols: Names of the protocols that can be asked for.
    """
    forms = names_with('protocol')
    parser.add_argument(
        '--form', choices=forms, default='vggss', help='form of the annotation file'
    )
    add_boxes_option(parser)
    parser.add_argument('--pairs', type=FILE_IN, help='table of an extended set: video,audio,label')
    parser.add_argument(
        '--protocol',
        choices=tuple(protocols),
        help="what is scored of a sample; the form's own by default",
    )
    parser.add_argument(
        '--preset',
        choices=tuple(PRESETS),
        help="how a map becomes a prediction; the protocol's own by default",
    )
    parser.add_argument(
        '--threshold', type=float, help='one threshold for all maps, from a validation split'
    )
    parser.add_argument('--tau', type=float, help="temperature of SLAVC's presets; 0.03 by default")
    parser.add_argument('--exact', action='store_true', help='extended: the standard AP, too')
    parser.add_argument(
        '--consensus', action='store_true', help='extended: boxes are those of Flickr-SoundNet'
    )
    parser.add_argument(
        '--ids',
        type=FILE_IN,
        help='list of identifiers: of the annotated samples only these are expected',
    )
    parser.add_argument('--sounding', type=FILE_IN, help='CSV of id,0 or 1: which samples sound')
    parser.add_argument('--confidence', type=FILE_IN, help='extended: CSV of id,number')
    parser.add_argument(
        '--resamples', type=int, default=RESAMPLES, help='bootstrap draws, 0 for no intervals'
    )


def chosen_protocol(args: argparse.Namespace) -> Protocol:
    """The protocol that was asked for, or else the form's own, with its numbers.

    Raises:
        ValueError: If they do not fit.
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
