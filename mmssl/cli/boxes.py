"""``mmssl boxes``."""

import argparse

from .mining import add_mining_options, run_mining

DESCRIPTION = """Box what sounds at the best moment of every clip: annotation without
a person.

The boxes are written in VGG-SS form, with score and time, and in COCO's form if
asked for. Run the command again after an interruption: it goes on where it was.

Examples:
    %(prog)s configs/mmssl_vggsound.py CHECKPOINT --out boxes.json
    %(prog)s CONFIG CHECKPOINT --out boxes.json --coco coco.json --moments moments.json
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add description and options."""
    parser.description = DESCRIPTION
    add_mining_options(parser, 'boxes')


def run(args: argparse.Namespace) -> int:
    """Mine, and write what was asked for."""
    return run_mining(args, 'boxes')
