"""Compare an object detector's boxes with those of sounding objects, class by class.

A sounding object is found (agrees), split into pieces, merged into something
larger, missed, or other; docs/pictures.md defines the words. Any detector's
results in COCO's forms will do.

Examples:
    python tools/analysis/compare_detector.py boxes.json detr.json --out comparison.json
    python tools/analysis/compare_detector.py vggss.json results.bbox.json \\
        --images images.json --min-score 0.7 --out comparison.json
"""

import argparse
import sys

from mmssl.apis.compare_detector import compare_detector, report_lines
from mmssl.cli.ending import ended
from mmssl.localization import OverlapRule


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    rule = OverlapRule()
    parser.add_argument('boxes', help='sounding boxes in VGG-SS form, pseudo or true')
    parser.add_argument('detections', help="a detector's boxes in one of COCO's forms")
    parser.add_argument('--images', help='JSON with the images, if the detections are a list')
    parser.add_argument('--iou', type=float, default=rule.iou, help='IoU that agrees (0.5)')
    parser.add_argument('--min-score', type=float, default=0.5, help='least score (0.5)')
    parser.add_argument(
        '--inside', type=float, default=rule.inside, help='share that is mostly inside (0.7)'
    )
    parser.add_argument(
        '--cover', type=float, default=rule.cover, help='share that pieces cover (0.5)'
    )
    parser.add_argument(
        '--larger', type=float, default=rule.larger, help='ratio of areas of far larger (2)'
    )
    parser.add_argument(
        '--touch', type=float, default=rule.touch, help='share up to which is no overlap (0.05)'
    )
    parser.add_argument('--out', required=True, help='JSON file for the report')
    args = parser.parse_args()
    rule = OverlapRule(args.iou, args.inside, args.cover, args.larger, args.touch)
    report = compare_detector(
        args.boxes,
        args.detections,
        args.out,
        images=args.images,
        min_score=args.min_score,
        rule=rule,
    )
    print('\n'.join(report_lines(report)))
    print(args.out)


if __name__ == '__main__':
    sys.exit(ended(main, 'tools/analysis/compare_detector.py'))
