"""Convert torchvision's mc3_18 checkpoint for MMAction2's ResNet3d.

Examples:
    python tools/model_converters/convert_mc3_18.py mc3_18-a90a0ba3.pth \\
        checkpoints/mc3_18_kinetics400.pth
"""

# Must come before MMEngine, which imports torch: mmssl sets how threads wait.
import mmssl  # noqa: F401  isort: skip

import sys
from collections.abc import Callable

import torch
from mmengine.runner.checkpoint import CheckpointLoader

from mmssl.cli.ending import exit_status
from mmssl.cli.parser import Parser
from mmssl.media.files import atomic_file
from mmssl.media.paths import FILE_IN, FILE_OUT
from mmssl.models.checkpoint_names import convert_mc3_18


def convert(description: str, rename: Callable[[dict], dict]) -> None:
    """Convert a file on the command line to another one with renamed weights.

    Raises:
        ValueError: If the first is not a file of torchvision's weights.
    """
    parser = Parser(description)
    parser.add_argument('source', type=FILE_IN, help="torchvision's file")
    parser.add_argument('target', type=FILE_OUT, help='file to write')
    args = parser.checked_args()
    theirs = CheckpointLoader.load_checkpoint(args.source, 'cpu', logger='silent')
    try:
        weights = rename(theirs)
    except ValueError as error:
        raise ValueError(f'{args.source}: {error}') from error
    with atomic_file(args.target) as partial:
        torch.save({'state_dict': weights}, partial)
    print(f'{args.target}: {len(weights)} weights')


if __name__ == '__main__':
    program = 'tools/model_converters/convert_mc3_18.py'
    sys.exit(exit_status(lambda: convert(__doc__, convert_mc3_18), program))
