"""Train a model from a config, as ``mmssl train``."""

import sys

from mmssl.cli import run_tool

if __name__ == '__main__':
    sys.exit(run_tool('train', 'tools/train.py'))
