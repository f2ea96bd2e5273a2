"""``mmssl boxes``."""

import argparse

from .mining import add_mining_options, run_mining
from .parser import Parser

DESCRIPTION = """Draw pseudo boxes around the sounding objects of a collection.

Each clip gets a box at its best moment, without manual annotation. The boxes have
VGG-SS form, with score and time; --coco writes COCO's form. After an interruption,
the same command continues.

Examples:
    %(prog)s configs/mmssl_vggsound.py CHECKPOINT --out boxes.json
    %(prog)s CONFIG CHECKPOINT --out boxes.json --coco coco.json --moments moments.json
"""


def add_options(parser: Parser) -> None:
    """Add the description and the options."""
    parser.description = DESCRIPTION
    add_mining_options(parser, 'boxes')


def run(args: argparse.Namespace) -> int:
    """Mine, and write the files."""
    return run_mining(args, 'boxes')
