"""Write a page for looking through an evaluation: ``mmssl report``.

Examples:
    python tools/report.py maps/ours --truth vggss.json --videos data/vggsound/videos --out report
"""

import sys

from mmssl.apis.cli import run_tool

if __name__ == '__main__':
    sys.exit(run_tool('report', 'tools/report.py'))
