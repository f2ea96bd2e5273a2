"""Options that several subcommands share. Each function adds them to their group."""

import argparse

from ..media.paths import FILE_IN, NAME_IN
from ..media.video import DECODER, DECODERS
from ..threads import usable_cores
from .parser import Parser


def add_decoder_option(parser: Parser) -> None:
    """Add ``--decoder``."""
    parser.group('speed').add_argument(
        '--decoder', choices=DECODERS, default=DECODER, help='library that decodes the pictures'
    )


def add_boxes_option(parser: Parser) -> None:
    """Add ``--boxes``."""
    parser.group('input').add_argument(
        '--boxes',
        type=FILE_IN,
        help='ground-truth boxes of your own clips, for validation and test: VGG-SS JSON, COCO '
        'JSON, CVAT XML or Label Studio JSON',
    )


def add_vocabulary_options(parser: Parser) -> None:
    """Add the options of an open-vocabulary model."""
    group = parser.group('open-vocabulary models')
    group.add_argument(
        '--labels',
        help='words to look for, separated by commas; or a file with one word per line or in the '
        "form of VGGSound's table; by default the tagger's own classes",
    )
    group.add_argument('--words', type=FILE_IN, help='table of synonyms and prompts')
    group.add_argument(
        '--tagger',
        type=NAME_IN,
        metavar='NETWORK',
        help='network that hears: a folder, or a name on the Hugging Face hub',
    )
    group.add_argument(
        '--vision',
        type=NAME_IN,
        metavar='NETWORK',
        help='network that sees: a folder, or a name on the Hugging Face hub',
    )


def vocabulary_options(args: argparse.Namespace) -> dict[str, str]:
    """The options of :func:`add_vocabulary_options` that the user gave."""
    given = {name: getattr(args, name) for name in ('labels', 'words', 'tagger', 'vision')}
    return {name: value for name, value in given.items() if value is not None}


def add_worker_options(parser: Parser, seconds: int, item: str, *, shards: bool = True) -> None:
    """Add the options of work in several processes.

    Args:
        parser: Parser of the command.
        seconds: Default time limit of an item.
        item: Name of an item, such as ``'clip'``.
        shards: Whether several machines can share the work.
    """
    group = parser.group('speed')
    group.add_argument(
        '--workers', type=int, default=usable_cores(), help='processes, by default one per core'
    )
    group.add_argument(
        '--time-limit', type=float, default=seconds, help=f'seconds after which a {item} fails'
    )
    if shards:
        group.add_argument(
            '--shard', default='1/1', help=f'part of the work: i/n takes every n-th {item} from i'
        )
