"""Score maps in files, of any method, against a published annotation file.

Maps: a folder of NAME.npy or NAME.npz files, or one npz archive, (h, w) each,
as the method gives them; tools/test.py --dump-maps writes such a folder.

Examples:
    python tools/evaluate.py maps/ours --truth vggss.json
    python tools/evaluate.py maps/a maps/b.npz --truth vggss.json --preset lvs --out results/lvs
    python tools/evaluate.py maps/is3 --form is3 --truth synthetic3240_bbox.json
    python tools/evaluate.py maps/val --truth boxes_val.json --choose-threshold
"""

import argparse
from pathlib import Path

from mmssl.apis.evaluate_maps import FORMS, choose_threshold_of, evaluate_maps
from mmssl.evaluation import PRESETS, PROTOCOLS
from mmssl.evaluation.settings import make_settings

#: What choosing a threshold looks at.
CHOOSING = ('maps', 'truth', 'form', 'preset', 'ids', 'choose_threshold')


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('maps', nargs='+', help='folder or npz archive, one a method')
    parser.add_argument('--truth', required=True, help='published annotation file')
    parser.add_argument('--form', choices=tuple(FORMS), default='vggss', help='form of the file')
    parser.add_argument('--pairs', help='table of an extended set: video,audio,label')
    parser.add_argument('--names', nargs='+', help='names of the methods (those of the paths)')
    parser.add_argument('--protocol', choices=PROTOCOLS, help="the form's own by default")
    parser.add_argument('--preset', choices=tuple(PRESETS), help="the protocol's own by default")
    parser.add_argument('--threshold', type=float, help='one for all maps, from a validation split')
    parser.add_argument('--tau', type=float, help="temperature of SLAVC's presets (0.03)")
    parser.add_argument('--alpha', type=float, help='share of the maps in the fusion (0.4)')
    parser.add_argument('--exact', action='store_true', help='extended: the standard AP, too')
    parser.add_argument('--ids', help='list of identifiers: only these are expected')
    parser.add_argument('--sounding', help='CSV of id,0 or 1: which samples sound')
    parser.add_argument('--confidence', help='CSV of id,number (extended)')
    parser.add_argument('--object-maps', help='folder or npz archive to fuse the maps with')
    parser.add_argument(
        '--choose-threshold',
        action='store_true',
        help='do nothing but choose the threshold with the highest mean cIoU: the maps must be '
        'those of a validation split',
    )
    parser.add_argument(
        '--consensus', action='store_true', help='extended: boxes are those of Flickr-SoundNet'
    )
    parser.add_argument('--resamples', type=int, default=1000, help='bootstrap draws (1000)')
    parser.add_argument('--out', default='results/evaluation', help='folder for the results')
    args = parser.parse_args()
    if args.choose_threshold:
        _refuse_unused(parser, args)
    return args


def _refuse_unused(parser, args):
    unused = [
        f'--{name.replace("_", "-")}'
        for name, value in vars(args).items()
        if name not in CHOOSING and value != parser.get_default(name)
    ]
    if unused:
        parser.error(
            f'--choose-threshold does not use {", ".join(unused)}: leave them out; it takes the '
            'mean cIoU of the boxes of --form'
        )
    if len(args.maps) > 1:
        parser.error(
            f'--choose-threshold is for the maps of one method, got {len(args.maps)}: '
            'choose for each on its own'
        )


def main() -> None:
    args = parse_args()
    names = args.names or [Path(path).stem for path in args.maps]
    if len(names) != len(args.maps) or len(set(names)) != len(names):
        raise SystemExit(f'--names: {names} for {len(args.maps)} paths, expected different names')
    if args.alpha is not None and not args.object_maps:
        raise SystemExit('--alpha is of the fusion with --object-maps, which are not given')
    try:
        if args.choose_threshold:
            choose_threshold_of(
                args.maps[0], args.truth, preset=args.preset, form=args.form, ids=args.ids
            )
            return
        settings = make_settings(
            args.protocol or FORMS[args.form].protocol,
            args.preset,
            threshold=args.threshold,
            tau=args.tau,
            alpha=args.alpha,
            exact=args.exact,
            consensus=args.consensus or None,
        )
        evaluate_maps(
            dict(zip(names, args.maps)),
            args.truth,
            settings,
            args.out,
            form=args.form,
            pairs=args.pairs,
            ids=args.ids,
            sounding=args.sounding,
            confidence=args.confidence,
            object_maps=args.object_maps,
            resamples=args.resamples,
        )
    except (ValueError, OSError) as error:
        raise SystemExit(f'tools/evaluate.py: {error}') from error


if __name__ == '__main__':
    main()
