"""Options that ``mmssl evaluate`` and ``mmssl report`` share."""

import argparse
from collections.abc import Iterable

from ..datasets.forms import FORMS, names_with
from ..evaluation import PRESETS
from ..evaluation.protocols import Protocol, make_protocol

#: Which samples are meant, what is true of them, and how often they are drawn.
SAMPLE_OPTIONS = ('form', 'pairs', 'ids', 'sounding', 'confidence', 'resamples')


def add_evaluation_options(parser: argparse.ArgumentParser, protocols: Iterable[str]) -> None:
    """Add what says which protocol is asked for, and of which samples.

    Args:
        parser: Where to.
        protocols: Names of the protocols that can be asked for.
    """
    forms = names_with('protocol')
    parser.add_argument('--form', choices=forms, default='vggss', help='form of the file')
    parser.add_argument('--pairs', help='table of an extended set: video,audio,label')
    parser.add_argument('--protocol', choices=tuple(protocols), help="the form's own by default")
    parser.add_argument('--preset', choices=tuple(PRESETS), help="the protocol's own by default")
    parser.add_argument('--threshold', type=float, help='one for all maps, from a validation split')
    parser.add_argument('--tau', type=float, help="temperature of SLAVC's presets (0.03)")
    parser.add_argument('--exact', action='store_true', help='extended: the standard AP, too')
    parser.add_argument(
        '--consensus', action='store_true', help='extended: boxes are those of Flickr-SoundNet'
    )
    parser.add_argument('--ids', help='list of identifiers: only these are expected')
    parser.add_argument('--sounding', help='CSV of id,0 or 1: which samples sound')
    parser.add_argument('--confidence', help='CSV of id,number (extended)')
    parser.add_argument('--resamples', type=int, default=1000, help='bootstrap draws (1000)')


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
