"""``mmssl moments``."""

import argparse

from .mining import add_mining_options, run_mining
from .parser import Parser

DESCRIPTION = """Find the most informative moments of a collection.

At such a moment, picture and sound agree on the sounding object. A CSV file beside
the output lists unreadable clips. After an interruption, the same command continues.

Examples:
    %(prog)s configs/mmssl_vggsound.py CHECKPOINT --out moments.json
    %(prog)s CONFIG CHECKPOINT --out moments.json --boxes boxes.json
    torchrun --nproc_per_node 8 -m mmssl moments CONFIG CHECKPOINT --out moments.json \\
        --launcher pytorch
"""


def add_options(parser: Parser) -> None:
    """Add the description and the options."""
    parser.description = DESCRIPTION
    add_mining_options(parser, 'moments')


def run(args: argparse.Namespace) -> int:
    """Mine, and write the files."""
    return run_mining(args, 'moments')
