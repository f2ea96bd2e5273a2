"""Box what sounds at the best moment of every clip: annotation without a person.

The boxes are written in VGG-SS form, with score and time, and in COCO's form if
asked for. Run the command again after an interruption: it goes on where it was.

Examples:
    python tools/generate_pseudo_boxes.py configs/mmssl_vggsound.py CHECKPOINT --out boxes.json
    python tools/generate_pseudo_boxes.py CONFIG CHECKPOINT --out boxes.json --coco coco.json \\
        --moments moments.json
"""

import argparse

from mmssl.apis.mine import add_mining_options, mine_from_options, write_results
from mmssl.apis.runner import add_common_options


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add_mining_options(parser, 'boxes')
    add_common_options(parser)
    args = parser.parse_args()
    try:
        write_results(mine_from_options(args, args.boxes), args)
    except ValueError as error:
        raise SystemExit(str(error)) from error


if __name__ == '__main__':
    main()
