"""Score mined moments and pseudo boxes where SoundingShapes knows the truth.

Examples:
    python tools/analysis/score_mining.py --moments moments.json --boxes boxes.json \\
        --truth data/soundingshapes/truth
"""

import argparse
import json
import sys

from mmssl.apis.score_mining import score_boxes, score_moments
from mmssl.cli.ending import ended
from mmssl.media.files import write_text


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('--moments', help='moments file')
    parser.add_argument('--boxes', help='pseudo boxes in VGG-SS form')
    parser.add_argument('--truth', required=True, help="folder of the clips' truth files")
    parser.add_argument('--out', help='write the numbers to this JSON file, too')
    args = parser.parse_args()
    if not (args.moments or args.boxes):
        raise SystemExit('give --moments, --boxes, or both')
    found = {}
    for score, path in ((score_moments, args.moments), (score_boxes, args.boxes)):
        if path:
            print(path)
            found.update(numbers := score(path, args.truth))
            for name, value in numbers.items():
                print(f'  {name:<16}{value:>9.0f}' if value > 1 else f'  {name:<16}{value:>9.4f}')
    if args.out:
        write_text(args.out, json.dumps(found, indent=1))


if __name__ == '__main__':
    sys.exit(ended(main, 'tools/analysis/score_mining.py'))
