"""Prepare the clips of a collection, as ``mmssl prepare``."""

import sys

from mmssl.cli import run_tool

if __name__ == '__main__':
    sys.exit(run_tool('prepare', 'tools/data/prepare.py'))
