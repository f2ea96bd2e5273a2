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

DESCRIPTION = """Score maps in files, of any method, against a published annotation file.

Maps: a folder of NAME.npy or NAME.npz files, or one npz archive, (h, w) each,
as the method gives them; tools/test.py --dump-maps writes such a folder. The
annotation file stands after the maps, or is named by --truth. Samples without
a map are counted and listed, and are no error.

Examples:
    %(prog)s maps/ours vggss.json --protocol vggss
    %(prog)s maps/a maps/b.npz vggss.json --preset lvs --out results/lvs
    %(prog)s maps/is3 --truth synthetic3240_bbox.json --form is3
    %(prog)s maps/val boxes_val.json --choose-threshold
"""


#: What choosing a threshold looks at.
CHOOSING = ('maps', 'truth', 'form', 'boxes', 'preset', 'ids', 'choose_threshold')


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add description and options."""
    parser.description = DESCRIPTION
    add_maps_and_truth(parser, 'maps, a folder or npz archive a method')
    parser.add_argument(
        '--names', nargs='+', help='names of the methods; those of their paths by default'
    )
    add_evaluation_options(parser, PROTOCOLS)
    parser.add_argument(
        '--alpha', type=float, help='share of the maps in the fusion; 0.4 by default'
    )
    parser.add_argument(
        '--object-maps', type=PATH_IN, help='folder or npz archive to fuse the maps with'
    )
    parser.add_argument(
        '--choose-threshold',
        action='store_true',
        help='do nothing but choose the threshold with the highest mean cIoU: the maps must be '
        'those of a validation split',
    )
    parser.add_argument(
        '--out', type=FOLDER_OUT, default='results/evaluation', help='folder for the results'
    )


def run(args: argparse.Namespace) -> None:
    """Evaluate, print tables and write results.

    Raises:
        ValueError: If options contradict each other, or a file is not what it should be.
    """
    maps, truth = maps_and_truth(args)
    if args.choose_threshold:
        _refuse_unused(args, maps)
    names = args.names or [Path(path).stem for path in maps]
    if len(names) != len(maps) or len(set(names)) != len(names):
        raise ValueError(f'--names: {names} for {len(maps)} paths, expected different names')
    if args.alpha is not None and not args.object_maps:
        raise ValueError('--alpha is of the fusion with --object-maps, which are not given')
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
    parser = argparse.ArgumentParser()
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
