"""Find the most informative moments of every clip: ``mmssl moments``.

Examples:
    python tools/select_moments.py configs/mmssl_vggsound.py CHECKPOINT --out moments.json
    torchrun --nproc_per_node 8 tools/select_moments.py CONFIG CHECKPOINT --out moments.json \\
        --launcher pytorch
"""

import sys

from mmssl.apis.cli import run_tool

if __name__ == '__main__':
    sys.exit(run_tool('moments', 'tools/select_moments.py'))
