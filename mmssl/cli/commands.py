"""All subcommands of ``mmssl``, and tools that are one of them."""

import argparse
import importlib
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ..version import __version__
from .ending import ended
from .parser import Parser

#: What every ``--help`` says of them.
STATUSES = """exit status:
  0    done
  1    done, but some inputs could not be processed; they are named with the reason;
       or the disk is full, and the file is named; or worker processes were killed
  2    wrong usage or input, said in one line; nothing was done
  130  interrupted (Ctrl-C)
"""

_AGAIN = 'the same command goes on'


@dataclass(frozen=True)
class Command:
    """A subcommand; its module is imported only when it is needed.

    Attributes:
        name: As it is typed. Its module has this name, a dash is an underscore there.
        summary: One line for the list of all.
        goes_on: How an interrupted run is continued.
    """

    name: str
    summary: str
    goes_on: str = ''

    def add_options(self, parser: Parser) -> None:
        """Give a parser the subcommand's options and texts."""
        module = importlib.import_module(f'{__package__}.{self.name.replace("-", "_")}')
        parser.epilog = STATUSES
        parser.set_defaults(run=module.run)
        module.add_options(parser)


COMMANDS = (
    Command('localize', 'Show where the sound of videos comes from.'),
    Command('check', 'Say what is wrong with the clips of a collection, and mend copies.', _AGAIN),
    Command('prepare', 'Copy raw videos into small files that training reads fast.', _AGAIN),
    Command('train', 'Train a model.', '--resume goes on from the last checkpoint'),
    Command('test', 'Test a checkpoint.'),
    Command('moments', 'Find the most informative moments of a collection.', _AGAIN),
    Command('boxes', 'Box what sounds in a collection.', _AGAIN),
    Command('evaluate', "Score maps of any method against a data set's annotations."),
    Command('report', 'Write a page for looking through an evaluation.'),
    Command('export', 'Export a checkpoint to ONNX.'),
    Command('render-demo', 'Render a clip to try a model on.'),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run ``mmssl``; returns the exit status.

    Args:
        arguments: As typed; the process's own if ``None``.
    """
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    named = [command for command in COMMANDS if command.name in arguments[:1]]
    goes_on = named[0].goes_on if named else ''
    return _run(lambda: make_parser(arguments), arguments, 'mmssl', goes_on)


def run_tool(name: str, program: str) -> int:
    """Run a subcommand as a tool of its own; returns the exit status.

    Args:
        name: Name of the subcommand.
        program: How the tool is called, for its texts.
    """
    (command,) = (command for command in COMMANDS if command.name == name)

    def make() -> Parser:
        parser = Parser(prog=program)
        command.add_options(parser)
        # A shell finds the interpreter, not the tool.
        parser.description = (parser.description or '').replace('%(prog)s', 'python %(prog)s')
        return parser

    return _run(make, sys.argv[1:], program, command.goes_on)


def make_parser(words: Sequence[str]) -> Parser:
    """The parser of ``mmssl``.

    Args:
        words: What is typed. Subcommands that are not among the words have no options.
    """
    parser = Parser(
        prog='mmssl',
        description='Find where in a video the sound comes from.\n\n'
        'Examples:\n'
        '    mmssl render-demo clip.mp4\n'
        '    mmssl localize clip.mp4 soundingshapes --out localized\n'
        '    mmssl COMMAND --help',
        epilog=STATUSES,
    )
    parser.add_argument(
        '--version',
        action=_Version,
        nargs=0,
        is_verbose='--verbose' in words,
        help='show the version and exit; with --verbose, all that a bug report needs',
    )
    parser.add_argument('--verbose', action='store_true', help=argparse.SUPPRESS)
    commands = parser.add_subparsers(dest='command', required=True, metavar='COMMAND')
    for command in COMMANDS:
        own = commands.add_parser(command.name, help=command.summary)
        if command.name in words:
            command.add_options(own)
    return parser


class _Version(argparse.Action):
    """Prints the version, or those of everything below, too."""

    def __init__(self, *args: Any, is_verbose: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._is_verbose = is_verbose

    def __call__(self, parser: argparse.ArgumentParser, *given: Any) -> None:
        print(f'mmssl {__version__}')
        if self._is_verbose:
            from .versions import details

            print(details())
        parser.exit()


def _run(
    make: Callable[[], Parser],
    words: Sequence[str],
    program: str,
    goes_on: str,
) -> int:
    def work() -> int | None:
        args = make().checked_args(words)
        return args.run(args)

    return ended(work, program, goes_on)
