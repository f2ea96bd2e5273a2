"""Make a small file of a training's checkpoint, to give to others.

It holds the weights (float16 by default), the classes and what the config says
of model and test. mmssl/apis/weights/soundingshapes.pth was made with it.

Examples:
    python tools/analysis/publish_checkpoint.py work_dirs/demo-long/epoch_18.pth \\
        mmssl/apis/weights/soundingshapes.pth
"""

import argparse
import sys
from pathlib import Path

from mmssl.apis.publish import publish_checkpoint
from mmssl.cli.ending import ended


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('checkpoint', help='checkpoint that a training wrote')
    parser.add_argument('out', type=Path, help='file to write')
    parser.add_argument('--float32', action='store_true', help='keep all digits of the weights')
    args = parser.parse_args()
    publish_checkpoint(args.checkpoint, args.out, half=not args.float32)
    print(f'{args.out}: {args.out.stat().st_size / 1e6:.2f} MB')


if __name__ == '__main__':
    sys.exit(ended(main, 'tools/analysis/publish_checkpoint.py'))
