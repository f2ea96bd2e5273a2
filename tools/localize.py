"""Show where the sound of a video comes from: ``mmssl localize``.

Examples:
    python tools/localize.py VIDEO CHECKPOINT --out localized
"""

import sys

from mmssl.apis.cli import run_tool

if __name__ == '__main__':
    sys.exit(run_tool('localize', 'tools/localize.py'))
