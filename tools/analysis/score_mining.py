"""Score mined moments and pseudo boxes where SoundingShapes knows the truth.

Examples:
    python tools/analysis/score_mining.py --moments moments.json --boxes boxes.json \\
        --truth data/soundingshapes/truth
"""

import argparse

from mmssl.apis.score_mining import score_boxes, score_moments


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('--moments', help='moments file')
    parser.add_argument('--boxes', help='pseudo boxes in VGG-SS form')
    parser.add_argument('--truth', required=True, help="folder of the clips' truth files")
    args = parser.parse_args()
    if not (args.moments or args.boxes):
        raise SystemExit('give --moments, --boxes, or both')
    for score, path in ((score_moments, args.moments), (score_boxes, args.boxes)):
        if path:
            print(path)
            for name, value in score(path, args.truth).items():
                print(f'  {name:<16}{value:>9.0f}' if value > 1 else f'  {name:<16}{value:>9.4f}')


if __name__ == '__main__':
    main()
