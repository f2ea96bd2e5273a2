"""Convert torchvision's resnet18 checkpoint for the second localizer and its teacher.

Examples:
    python tools/model_converters/convert_resnet18.py resnet18-f37072fd.pth \\
        checkpoints/resnet18_imagenet.pth
"""

# Must come before MMEngine, which imports torch: mmssl sets how threads wait.
import mmssl  # noqa: F401  isort: skip

import sys

from convert_mc3_18 import convert

from mmssl.cli.ending import exit_status
from mmssl.models.checkpoint_names import convert_resnet18

if __name__ == '__main__':
    program = 'tools/model_converters/convert_resnet18.py'
    sys.exit(exit_status(lambda: convert(__doc__, convert_resnet18), program))
