"""Check the clips of a collection, as ``mmssl check``."""

import sys

from mmssl.cli import run_tool

if __name__ == '__main__':
    sys.exit(run_tool('check', 'tools/data/check.py'))
