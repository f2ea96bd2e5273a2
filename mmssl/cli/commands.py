"""The subcommands of ``mmssl``, and tools that run one of them."""

import argparse
import importlib
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ..version import __version__
from .ending import BAD_INPUT, exit_status
from .parser import Parser

#: The last part of every help text.
STATUSES = """exit status:
  0    success
  1    some inputs could not be processed, and each is named with the reason;
       or the disk is full, or worker processes were killed
  2    wrong usage or input, explained in one line; nothing was done
  130  interrupted (Ctrl-C)
"""

_FIRST = """Find where in a video the sound comes from.

First commands:
{examples}

mmssl render-demo clip.mp4 renders a video to begin with.
mmssl --help lists all commands. mmssl COMMAND --help explains one, with examples.
"""

_SAME = 'the same command continues'


@dataclass(frozen=True)
class Command:
    """A subcommand, whose module is imported when it is needed.

    Attributes:
        name: Name on the command line. The module has this name, with ``_`` for ``-``.
        summary: One line for the list of all commands.
        related: Names of commands for its ``see also``.
        first: Words of a first example, if ``mmssl`` alone shows the command.
        resume_hint: How an interrupted run continues.
    """

    name: str
    summary: str
    related: tuple[str, ...]
    first: str = ''
    resume_hint: str = ''

    def add_options(self, parser: Parser) -> None:
        """Add the subcommand's options and texts to a parser."""
        module = importlib.import_module(f'{__package__}.{self.name.replace("-", "_")}')
        parser.epilog = f'{_see_also(self.related)}\n\n{STATUSES}'
        parser.set_defaults(run=module.run)
        module.add_options(parser)


COMMANDS = (
    Command(
        'localize',
        'Show where the sound of a video comes from.',
        ('render-demo', 'export'),
        'clip.mp4 open-vocabulary',
    ),
    Command(
        'check',
        'Find the clips that training cannot read, and repair copies.',
        ('prepare', 'train'),
        'VIDEOS --out check',
        _SAME,
    ),
    Command(
        'prepare',
        'Copy raw videos into small files that training reads fast.',
        ('check', 'train'),
        resume_hint=_SAME,
    ),
    Command(
        'train',
        'Train a model.',
        ('check', 'test', 'boxes'),
        'configs/mmssl_folder.py --data-root VIDEOS',
        '--resume continues from the last checkpoint',
    ),
    Command(
        'test',
        'Test a checkpoint.',
        ('train', 'evaluate', 'report'),
        'configs/mmssl_folder.py CHECKPOINT --data-root VIDEOS --dump-maps maps',
    ),
    Command(
        'moments',
        'Find the most informative moments of a collection.',
        ('boxes', 'train'),
        resume_hint=_SAME,
    ),
    Command(
        'boxes',
        'Draw pseudo boxes around the sounding objects of a collection.',
        ('moments', 'train'),
        resume_hint=_SAME,
    ),
    Command(
        'evaluate',
        'Score the maps of any method against published annotations.',
        ('test', 'report'),
    ),
    Command(
        'report',
        'Write an HTML report of an evaluation.',
        ('test', 'evaluate'),
        'maps VIDEOS --form own-clips --videos VIDEOS',
    ),
    Command('export', 'Export a checkpoint to ONNX.', ('localize',)),
    Command('render-demo', 'Render a clip to try a model on.', ('localize',)),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run ``mmssl``, and return the exit status.

    Args:
        arguments: The words of the command line, by default those of the process.
    """
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    if not arguments:
        print(_first_commands(), file=sys.stderr)
        return BAD_INPUT
    named = [command for command in COMMANDS if command.name in arguments[:1]]
    resume_hint = named[0].resume_hint if named else ''
    return _run(lambda: make_parser(arguments), arguments, 'mmssl', resume_hint)


def run_tool(name: str, program: str) -> int:
    """Run a subcommand as a tool, and return the exit status.

    Args:
        name: Name of the subcommand.
        program: Name of the tool in its texts.
    """
    (command,) = (command for command in COMMANDS if command.name == name)

    def make() -> Parser:
        parser = Parser(prog=program)
        command.add_options(parser)
        # A shell finds the interpreter, not the tool.
        parser.description = (parser.description or '').replace('%(prog)s', 'python %(prog)s')
        return parser

    return _run(make, sys.argv[1:], program, command.resume_hint)


def make_parser(words: Sequence[str]) -> Parser:
    """The parser of ``mmssl``.

    Args:
        words: Words of the command line. Only the subcommands among them get their options.
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
        help='show the version and exit; with --verbose, all versions that a bug report needs',
    )
    parser.add_argument('--verbose', action='store_true', help=argparse.SUPPRESS)
    commands = parser.add_subparsers(
        dest='command', required=True, metavar='COMMAND', title='commands'
    )
    for command in COMMANDS:
        own = commands.add_parser(command.name, help=command.summary)
        if command.name in words:
            command.add_options(own)
    return parser


class _Version(argparse.Action):
    """Print the version, and with ``--verbose`` the versions of all packages below."""

    def __init__(self, *args: Any, is_verbose: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._is_verbose = is_verbose

    def __call__(self, parser: argparse.ArgumentParser, *given: Any) -> None:
        print(f'mmssl {__version__}')
        if self._is_verbose:
            from .versions import details

            print(details())
        parser.exit()


def _first_commands() -> str:
    """The text of ``mmssl`` without arguments."""
    examples = (
        f'    {command.summary}\n        mmssl {command.name} {command.first}'
        for command in COMMANDS
        if command.first
    )
    return _FIRST.format(examples='\n'.join(examples))


def _see_also(names: Sequence[str]) -> str:
    """Lines for related subcommands."""
    summaries = {command.name: command.summary for command in COMMANDS}
    return 'see also:\n' + '\n'.join(f'  mmssl {name:<12} {summaries[name]}' for name in names)


def _run(
    make: Callable[[], Parser],
    words: Sequence[str],
    program: str,
    resume_hint: str,
) -> int:
    def work() -> int | None:
        args = make().checked_args(words)
        return args.run(args)

    return exit_status(work, program, resume_hint)
