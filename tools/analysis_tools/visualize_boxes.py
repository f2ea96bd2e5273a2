"""Draw pseudo boxes, true boxes and a detector's boxes side by side.

Examples:
    python tools/analysis_tools/visualize_boxes.py boxes.json --videos data/vggsound/videos \\
        --truth vggss.json --detections detr.json --out pictures
    python tools/analysis_tools/visualize_boxes.py boxes.json --videos data/soundingshapes/videos \\
        --truth data/soundingshapes/truth --count 6 --out pictures
"""

import argparse
import sys

from mmssl.cli.ending import ended
from mmssl.collection.visualize import visualize_boxes
from mmssl.media.video import DECODER, DECODERS


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('boxes', help='pseudo boxes that mmssl boxes wrote')
    parser.add_argument('--videos', required=True, help='folder of the video files')
    parser.add_argument('--out', required=True, help='folder for the pages')
    parser.add_argument('--ids', nargs='+', help='clips to draw (the first of the file)')
    parser.add_argument(
        '--truth', help="true boxes in VGG-SS form, or SoundingShapes' folder of truth files"
    )
    parser.add_argument('--detections', help="a detector's boxes in one of COCO's forms")
    parser.add_argument('--images', help='JSON with the images, if the detections are a list')
    parser.add_argument(
        '--min-score', type=float, default=0.5, help="least score of a detector's box (0.5)"
    )
    parser.add_argument('--count', type=int, default=12, help='pictures without --ids (12)')
    parser.add_argument('--per-page', type=int, default=6, help='pictures a page (6)')
    parser.add_argument('--across', type=int, default=2, help='pictures beside each other (2)')
    parser.add_argument('--dpi', type=int, default=130, help='pixels per inch (130)')
    parser.add_argument('--decoder', choices=DECODERS, default=DECODER)
    args = vars(parser.parse_args())
    drawn = visualize_boxes(args.pop('boxes'), args.pop('videos'), args.pop('out'), **args)
    for page in drawn.pages:
        print(page)
    for name, reason in drawn.skipped:
        print(f'skipped {name}: {reason}', file=sys.stderr)
    return 1 if drawn.skipped else 0


if __name__ == '__main__':
    sys.exit(ended(main, 'tools/analysis_tools/visualize_boxes.py'))
