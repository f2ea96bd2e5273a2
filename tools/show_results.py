"""Judge a SoundingShapes model: test, swapped sounds, interactive pairs, a picture.

Examples:
    python tools/show_results.py configs/mmssl_soundingshapes.py CHECKPOINT --out results
"""

# Must come before MMEngine, which imports torch: mmssl sets how threads wait.
import mmssl  # noqa: F401  isort: skip

import argparse
import sys

from mmengine.config import Config

from mmssl.apis.model import load_model
from mmssl.apis.runner import replace_data_root
from mmssl.apis.show_results import show_results
from mmssl.cli.ending import ended


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('config', help='config file')
    parser.add_argument('checkpoint', help='checkpoint file')
    parser.add_argument('--data-root', help='folder of the data set')
    parser.add_argument('--out', default='results', help='folder for the results (results)')
    parser.add_argument('--pairs', type=int, default=6, help='pairs in the picture (6)')
    args = parser.parse_args()
    config = Config.fromfile(args.config)
    if args.data_root:
        replace_data_root(config, args.data_root)
    show_results(load_model(args.checkpoint, args.config), config, args.out, args.pairs)


if __name__ == '__main__':
    sys.exit(ended(main, 'tools/show_results.py'))
