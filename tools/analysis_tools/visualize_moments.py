"""Draw mid-frames beside selected moments: spectrograms with marks, and frames.

Examples:
    python tools/analysis_tools/visualize_moments.py moments.json \\
        --videos data/vggsound/videos --out pictures
    python tools/analysis_tools/visualize_moments.py moments.json \\
        --videos data/soundingshapes/videos --truth data/soundingshapes/truth \\
        --ids test-000000_000000 --out pictures
"""

import argparse
import sys

from mmssl.cli.ending import ended
from mmssl.collection.visualize import visualize_moments
from mmssl.media.video import DECODER, DECODERS


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('moments', help='moments file that mmssl moments wrote')
    parser.add_argument('--videos', required=True, help='folder of the video files')
    parser.add_argument('--out', required=True, help='folder for the pages')
    parser.add_argument('--ids', nargs='+', help='clips to draw (the first of the file)')
    parser.add_argument('--truth', help="folder of SoundingShapes' truth files")
    parser.add_argument('--top', type=int, default=3, help='moments a clip (3)')
    parser.add_argument('--count', type=int, default=12, help='clips without --ids (12)')
    parser.add_argument('--per-page', type=int, default=3, help='clips a page (3)')
    parser.add_argument('--dpi', type=int, default=130, help='pixels per inch (130)')
    parser.add_argument('--decoder', choices=DECODERS, default=DECODER)
    args = vars(parser.parse_args())
    drawn = visualize_moments(args.pop('moments'), args.pop('videos'), args.pop('out'), **args)
    for page in drawn.pages:
        print(page)
    for name, reason in drawn.skipped:
        print(f'skipped {name}: {reason}', file=sys.stderr)
    return 1 if drawn.skipped else 0


if __name__ == '__main__':
    sys.exit(ended(main, 'tools/analysis_tools/visualize_moments.py'))
