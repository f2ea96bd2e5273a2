"""The parser from which ``shtab`` writes shell completions.

``shtab --shell bash mmssl.cli.completion.whole_parser`` prints the completions of every subcommand
and option. Nothing runs when a user presses Tab. The package works without ``shtab``.
"""

import argparse

from .commands import COMMANDS, make_parser
from .parser import Parser


def whole_parser() -> Parser:
    """The parser of ``mmssl`` with the options of all subcommands."""
    parser = make_parser([command.name for command in COMMANDS])
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for subcommand in action.choices.values():
                _complete_paths(subcommand)
    return parser


def _complete_paths(parser: argparse.ArgumentParser) -> None:
    for action in parser._actions:
        if kind := getattr(action.type, 'expected', None):
            # shtab reads this attribute.
            action.complete = 'directory' if kind == 'folder' else 'file'  # type: ignore[attr-defined]
