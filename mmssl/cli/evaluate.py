"""``mmssl evaluate``."""

import argparse
from pathlib import Path

from ..evaluation import PROTOCOLS
from ..media.paths import FOLDER_OUT, PATH_IN
from ..report.evaluate_maps import choose_threshold_of, evaluate_maps
from .evaluation_options import (
    SAMPLE_OPTIONS,
    add_evaluation_options,
    add_maps_and_truth,
    chosen_protocol,
    maps_and_truth,
)
from .parser import Parser

DESCRIPTION = """Score the maps of any method against published annotations.

Maps are arrays of shape (h, w) in a folder of NAME.npy or NAME.npz files or in one
npz archive, unscaled and at any size. mmssl test --dump-maps writes such a folder.
The annotation file is the last path, or the one of --truth. Samples without a map
are counted and listed.

Examples:
    %(prog)s maps/ours vggss.json --protocol vggss
    %(prog)s maps/a maps/b.npz vggss.json --preset lvs --out results/lvs
    %(prog)s maps/is3 --truth synthetic3240_bbox.json --form is3
    %(prog)s maps/val boxes_val.json --choose-threshold
"""


#: Options that --choose-threshold uses.
CHOOSING = ('maps', 'truth', 'form', 'boxes', 'preset', 'ids', 'choose_threshold')


def add_options(parser: Parser) -> None:
    """Add the description and the options."""
    parser.description = DESCRIPTION
    add_maps_and_truth(parser, 'maps, one folder or npz archive per method')
    parser.group('input').add_argument(
        '--names', nargs='+', help='names of the methods; by default those of their paths'
    )
    add_evaluation_options(parser, PROTOCOLS)
    group = parser.group('object prior')
    group.add_argument(
        '--object-maps', type=PATH_IN, help='maps of an object prior, to fuse with the maps'
    )
    group.add_argument(
        '--alpha', type=float, help='weight of the maps in the fusion; by default 0.4'
    )
    group = parser.group('output')
    group.add_argument(
        '--out', type=FOLDER_OUT, default='results/evaluation', help='folder for the results'
    )
    group.add_argument(
        '--choose-threshold',
        action='store_true',
        help='print the threshold with the highest mean cIoU on the maps of a validation split, '
        'and evaluate nothing',
    )


def run(args: argparse.Namespace) -> None:
    """Evaluate, print tables and write the results.

    Raises:
        ValueError: If options contradict each other, or a file has the wrong form.
    """
    maps, truth = maps_and_truth(args)
    if args.choose_threshold:
        _refuse_unused(args, maps)
    names = args.names or [Path(path).stem for path in maps]
    if len(names) != len(maps) or len(set(names)) != len(names):
        raise ValueError(f'--names: {names} for {len(maps)} paths, expected different names')
    if args.alpha is not None and not args.object_maps:
        raise ValueError('--alpha needs --object-maps, the maps to fuse with')
    if args.choose_threshold:
        chosen = {name: getattr(args, name) for name in ('preset', 'form', 'ids', 'boxes')}
        choose_threshold_of(maps[0], truth, **chosen)
        return
    evaluate_maps(
        dict(zip(names, maps)),
        truth,
        chosen_protocol(args),
        args.out,
        object_maps=args.object_maps,
        **{name: getattr(args, name) for name in SAMPLE_OPTIONS},
    )


def _refuse_unused(args: argparse.Namespace, maps: list[str]) -> None:
    parser = Parser()
    add_options(parser)
    unused = [
        f'--{name.replace("_", "-")}'
        for name, default in vars(parser.parse_args(maps)).items()
        if name not in CHOOSING and getattr(args, name) != default
    ]
    if unused:
        raise ValueError(
            f'--choose-threshold does not use {", ".join(unused)}: leave them out; it takes the '
            'mean cIoU of the boxes of --form'
        )
    if len(maps) > 1:
        raise ValueError(
            f'--choose-threshold is for the maps of one method, got {len(maps)}: '
            'choose for each on its own'
        )
