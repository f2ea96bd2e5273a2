"""``mmssl moments``."""

import argparse

from .mining import add_mining_options, run_mining

DESCRIPTION = """Find the most informative moments of every clip, where picture and
sound correlate.

Clips that cannot be read are listed beside the output. Run the command again after
an interruption: it goes on where it was.

Examples:
    %(prog)s configs/mmssl_vggsound.py CHECKPOINT --out moments.json
    %(prog)s CONFIG CHECKPOINT --out moments.json --boxes boxes.json
    torchrun --nproc_per_node 8 -m mmssl moments CONFIG CHECKPOINT --out moments.json \\
        --launcher pytorch
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add description and options."""
    parser.description = DESCRIPTION
    add_mining_options(parser, 'moments')


def run(args: argparse.Namespace) -> int:
    """Mine, and write what was asked for."""
    return run_mining(args, 'moments')
