"""Convert torchvision's mc3_18 checkpoint for MMAction2's ResNet3d.

Examples:
    python tools/model_converters/convert_mc3_18.py mc3_18-a90a0ba3.pth \\
        checkpoints/mc3_18_kinetics400.pth
"""

import argparse
from collections.abc import Callable
from pathlib import Path

import torch

from mmssl.media.files import whole_file
from mmssl.models.checkpoint_names import convert_mc3_18


def convert(description: str, rename: Callable[[dict], dict]) -> None:
    """Ask for two files on the command line, and write the second with other names."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('source', help="torchvision's file")
    parser.add_argument('target', type=Path, help='file to write')
    args = parser.parse_args()
    weights = rename(torch.load(args.source, map_location='cpu', weights_only=True))
    with whole_file(args.target) as partial:
        torch.save({'state_dict': weights}, partial)
    print(f'{args.target}: {len(weights)} weights')


if __name__ == '__main__':
    convert(__doc__, convert_mc3_18)
