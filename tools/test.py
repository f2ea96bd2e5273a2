"""Test a checkpoint, as ``mmssl test``."""

import sys

from mmssl.cli import run_tool

if __name__ == '__main__':
    sys.exit(run_tool('test', 'tools/test.py'))
