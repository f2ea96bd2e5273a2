"""Options that several subcommands share."""

import argparse

from ..media.paths import FILE_IN, NAME_IN
from ..media.video import DECODER, DECODERS
from ..threads import usable_cores


def add_decoder_option(parser: argparse.ArgumentParser) -> None:
    """Add ``--decoder``."""
    parser.add_argument(
        '--decoder', choices=DECODERS, default=DECODER, help='decoder of the pictures'
    )


def add_boxes_option(parser: argparse.ArgumentParser) -> None:
    """Add ``--boxes``."""
    parser.add_argument(
        '--boxes',
        type=FILE_IN,
        metavar='FILE',
        help='boxes of your own clips for validation and test: VGG-SS or COCO JSON, or what CVAT '
        '(XML) or Label Studio (JSON) exports',
    )


def add_vocabulary_options(parser: argparse.ArgumentParser) -> None:
    """Add what an open-vocabulary model can be told."""
    group = parser.add_argument_group('open-vocabulary models')
    group.add_argument(
        '--labels',
        help='words to look for, with commas between them, or a file: one a line, or '
        "VGGSound's table; the tagger's own classes by default",
    )
    group.add_argument(
        '--words', type=FILE_IN, metavar='FILE', help='table of synonyms and prompts'
    )
    group.add_argument(
        '--tagger',
        type=NAME_IN,
        metavar='NETWORK',
        help='what hears: a folder, or a name on the Hugging Face hub',
    )
    group.add_argument('--vision', type=NAME_IN, metavar='NETWORK', help='what sees, likewise')


def vocabulary_options(args: argparse.Namespace) -> dict[str, str]:
    """What was given of :func:`add_vocabulary_options`."""
    given = {name: getattr(args, name) for name in ('labels', 'words', 'tagger', 'vision')}
    return {name: value for name, value in given.items() if value is not None}


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
