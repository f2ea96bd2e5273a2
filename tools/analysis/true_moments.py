"""Write what is true of SoundingShapes' training clips, in the forms that training reads.

Examples:
    python tools/analysis/true_moments.py data/soundingshapes --subsets 400 800 \
        --moments event_moments.json
    python tools/analysis/true_moments.py data/soundingshapes --at moments.json \
        --boxes true_boxes.json
"""

import argparse
import sys

from mmssl.apis.study.truth import write_event_moments, write_subsets, write_true_boxes
from mmssl.cli.ending import ended


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('data', help='folder of a SoundingShapes collection')
    parser.add_argument('--moments', help='write a moment inside every true event to this file')
    parser.add_argument('--boxes', help='write the true boxes at the moments of --at to this file')
    parser.add_argument('--at', help='moments file')
    parser.add_argument(
        '--subsets',
        nargs='+',
        type=int,
        default=[],
        metavar='N',
        help='write DATA/first-N.txt, the names of the first N training clips',
    )
    args = parser.parse_args()
    if (args.boxes is None) != (args.at is None):
        parser.error('--boxes and --at go together: boxes of which moments?')
    write_subsets(args.data, args.subsets)
    if args.moments:
        write_event_moments(args.data, args.moments)
    if args.boxes:
        write_true_boxes(args.data, args.at, args.boxes)


if __name__ == '__main__':
    sys.exit(ended(main, 'tools/analysis/true_moments.py'))
