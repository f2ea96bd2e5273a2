"""Detect objects with a DETR on the pictures that sounding boxes are of.

Needs the transformers package (pip install "mmssl[detr]") and a folder with
weights, which are never downloaded. tools/analysis/compare_detector.py and
tools/visualize_boxes.py read the result.

Examples:
    python tools/analysis/run_detr.py boxes.json --videos data/vggsound/videos \\
        --weights weights/detr-resnet-50 --out detr.json
"""

import argparse
import sys

from mmssl.apis.detr import SHORT_SIDE, run_detr
from mmssl.cli.ending import ended
from mmssl.media.video import DECODER, DECODERS


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('boxes', help='boxes in VGG-SS form: which clips, at which times')
    parser.add_argument('--videos', required=True, help='folder of the video files')
    parser.add_argument('--weights', required=True, help='folder that holds a DETR')
    parser.add_argument('--out', required=True, help="JSON file to write, in COCO's form")
    parser.add_argument('--batch-size', type=int, default=4, help='pictures at a time (4)')
    parser.add_argument(
        '--min-score', type=float, default=0.05, help='boxes below it are not written (0.05)'
    )
    parser.add_argument(
        '--short-side',
        type=int,
        default=SHORT_SIDE,
        help=f'pixels of the shorter side that the network reads ({SHORT_SIDE})',
    )
    parser.add_argument('--device', default='cpu', help='cpu or cuda')
    parser.add_argument('--backend', choices=DECODERS, default=DECODER)
    args = vars(parser.parse_args())
    files = [args.pop(name) for name in ('boxes', 'videos', 'weights', 'out')]
    detected = run_detr(*files, **args)
    print(files[-1])
    for name, reason in detected.skipped:
        print(f'skipped {name}: {reason}', file=sys.stderr)
    return 1 if detected.skipped else 0


if __name__ == '__main__':
    sys.exit(ended(main, 'tools/analysis/run_detr.py'))
