"""Score maps in files, of any method, against a published annotation file: ``mmssl evaluate``.

Examples:
    python tools/evaluate.py maps/ours vggss.json
"""

import sys

from mmssl.apis.cli import run_tool

if __name__ == '__main__':
    sys.exit(run_tool('evaluate', 'tools/evaluate.py'))
