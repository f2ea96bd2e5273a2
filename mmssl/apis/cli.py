"""The command ``mmssl``, and how a tool runs one of its subcommands.

A subcommand NAME is a line of :data:`COMMANDS` and two functions of the module
that it names: ``add_NAME_options(parser)``, which may also set the parser's
description, and ``NAME_from_options(args)``, which returns an exit status, or
anything that is no number for 0. A dash of the name is an underscore there.
"""

import argparse
import importlib
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ..version import __version__
from .ending import DONE, ended

#: What every ``--help`` says of them.
STATUSES = """exit status:
  0    done
  1    done, but some inputs could not be processed; they are named with the reason;
       or the disk is full, and the file is named; or worker processes were killed
  2    wrong usage or input, said in one line; nothing was done
  130  interrupted (Ctrl-C)
"""


@dataclass(frozen=True)
class Command:
    """A subcommand; its module is imported only when it is needed.

    Attributes:
        name: As it is typed.
        module: Module of ``mmssl.apis`` that holds its two functions.
        summary: One line for the list of all.
    """

    name: str
    module: str
    summary: str

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Give a parser the subcommand's options and texts."""
        parser.description = self.summary
        parser.formatter_class = argparse.RawDescriptionHelpFormatter
        self._function('add_{}_options')(parser)
        parser.epilog = STATUSES

    def run(self, args: argparse.Namespace) -> int:
        """Run the subcommand; returns its exit status."""
        status = self._function('{}_from_options')(args)
        return status if isinstance(status, int) else DONE

    def _function(self, pattern: str) -> Callable:
        module = importlib.import_module(f'{__package__}.{self.module}')
        return getattr(module, pattern.format(self.name.replace('-', '_')))


COMMANDS = (
    Command('localize', 'localize', 'Show where the sound of videos comes from.'),
    Command('moments', 'mine', 'Find the most informative moments of a collection.'),
    Command('boxes', 'mine', 'Box what sounds in a collection.'),
    Command('evaluate', 'evaluate', "Score maps of any method against a data set's annotations."),
    Command('report', 'report', 'Write a page for looking through an evaluation.'),
    Command('export', 'export', 'Export a checkpoint to ONNX.'),
    Command('render-demo', 'render_demo', 'Render a clip to try a model on.'),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run ``mmssl``; returns the exit status.

    Args:
        arguments: As typed; the process's own if ``None``.
    """
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    return _run(lambda: _parse(arguments), 'mmssl')


def run_tool(name: str, program: str) -> int:
    """Run a subcommand as a tool of its own; returns the exit status.

    Args:
        name: Name of the subcommand.
        program: How the tool is called, for its texts.
    """
    (command,) = (command for command in COMMANDS if command.name == name)

    def parse() -> tuple[Command, argparse.Namespace]:
        parser = argparse.ArgumentParser(prog=program)
        command.add_options(parser)
        return command, parser.parse_args()

    return _run(parse, program)


def make_parser(names: Sequence[str]) -> argparse.ArgumentParser:
    """The parser of ``mmssl``, with the options of the subcommands named only."""
    parser = argparse.ArgumentParser(
        prog='mmssl',
        description='Find where in a video the sound comes from.\n\n'
        'Examples:\n'
        '    mmssl render-demo clip.mp4\n'
        '    mmssl localize clip.mp4 soundingshapes --out localized\n'
        '    mmssl COMMAND --help',
        epilog=STATUSES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument('--version', action='version', version=f'mmssl {__version__}')
    commands = parser.add_subparsers(dest='command', required=True, metavar='COMMAND')
    for command in COMMANDS:
        own = commands.add_parser(command.name, help=command.summary)
        if command.name in names:
            command.add_options(own)
    return parser


def _parse(arguments):
    args = make_parser(arguments).parse_args(arguments)
    (command,) = (command for command in COMMANDS if command.name == args.command)
    return command, args


def _run(parse, program) -> int:
    def work() -> int:
        command, args = parse()
        return command.run(args)

    return ended(work, program)
