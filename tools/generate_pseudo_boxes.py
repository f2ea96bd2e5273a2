"""Box what sounds at the best moment of every clip: ``mmssl boxes``.

Examples:
    python tools/generate_pseudo_boxes.py configs/mmssl_vggsound.py CHECKPOINT --out boxes.json
"""

import sys

from mmssl.apis.cli import run_tool

if __name__ == '__main__':
    sys.exit(run_tool('boxes', 'tools/generate_pseudo_boxes.py'))
