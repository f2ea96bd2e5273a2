"""Options that several subcommands share."""

import argparse

from ..media.video import DECODER, DECODERS
from ..threads import usable_cores


def add_decoder_option(parser: argparse.ArgumentParser) -> None:
    """Add ``--decoder``."""
    parser.add_argument(
        '--decoder', choices=DECODERS, default=DECODER, help='decoder of the pictures'
    )


def add_worker_options(
    parser: argparse.ArgumentParser, seconds: int, item: str, *, shards: bool = True
) -> None:
    """Add the options of work that is done in several processes.

    Args:
        parser: Where to.
        seconds: Default of the time limit.
        item: Name of an item of the work, such as ``'clip'``.
        shards: Whether several machines can share the work.
    """
    parser.add_argument(
        '--workers', type=int, default=usable_cores(), help='processes; as many as cores by default'
    )
    parser.add_argument('--time-limit', type=float, default=seconds, help=f'seconds for a {item}')
    if shards:
        parser.add_argument('--shard', default='1/1', help=f'i/n: every n-th {item}, from the i-th')
