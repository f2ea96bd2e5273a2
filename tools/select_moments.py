"""Find the most informative moments of every clip, where picture and sound correlate.

Clips that cannot be read are listed beside the output. Run the command again after
an interruption: it goes on where it was.

Examples:
    python tools/select_moments.py configs/mmssl_vggsound.py CHECKPOINT --out moments.json
    python tools/select_moments.py CONFIG CHECKPOINT --out moments.json --boxes boxes.json
    torchrun --nproc_per_node 8 tools/select_moments.py CONFIG CHECKPOINT --out moments.json \\
        --launcher pytorch
"""

import argparse

from mmssl.apis.mine import add_mining_options, mine_from_options, write_results
from mmssl.apis.runner import add_common_options


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add_mining_options(parser, 'moments')
    add_common_options(parser)
    args = parser.parse_args()
    try:
        write_results(mine_from_options(args, args.moments), args)
    except ValueError as error:
        raise SystemExit(str(error)) from error


if __name__ == '__main__':
    main()
