"""Parsers whose help shows defaults, and which answer wrong words and wrong paths in one line."""

import argparse
import sys
from collections.abc import Iterator, Sequence
from typing import Any, NoReturn

from ..spelling import did_you_mean


class HelpFormatter(argparse.RawDescriptionHelpFormatter):
    """Keeps the lines of descriptions, and shows the default at the end of an option's text."""

    def _get_help_string(self, action: argparse.Action) -> str | None:
        default = action.default
        may_miss = action.option_strings or action.nargs in ('?', '*')
        if not may_miss or default is None or default is False or default == argparse.SUPPRESS:
            return action.help
        return f'{action.help} ({_shown(default).replace("%", "%%")})'


def _shown(default: Any) -> str:
    """A default as it is typed."""
    if isinstance(default, (list, tuple)):
        return ' '.join(
            ','.join(map(_shown, item)) if isinstance(item, tuple) else _shown(item)
            for item in default
        )
    return f'{default:g}' if isinstance(default, float) else str(default)


class Parser(argparse.ArgumentParser):
    """A parser of a program of this package; its subcommands' parsers are such parsers, too.

    Args:
        description: What the program does, with examples; its lines are kept.
        prog: How the program is called; as it was called by default.
        **options: As for ``argparse.ArgumentParser``.
    """

    def __init__(
        self, description: str | None = None, prog: str | None = None, **options: Any
    ) -> None:
        options.setdefault('formatter_class', HelpFormatter)
        super().__init__(prog or _program(), description=description, **options)

    def checked_args(self, words: Sequence[str] | None = None) -> argparse.Namespace:
        """Parse, and check the paths that options name.

        Raises:
            ValueError: See :func:`mmssl.media.paths.check_paths`.
        """
        args = self.parse_args(words)
        # Only now, for it takes longer than a help text.
        from ..media.paths import NamedPath, PathKind, check_paths

        check_paths(
            [
                NamedPath(_called(action), path, action.type)
                for action in self._chosen(args)._actions
                if isinstance(action.type, PathKind)
                for path in _values(getattr(args, action.dest))
                # What stands for an option without a value is no path.
                if path != action.const
            ]
        )
        return args

    def parse_args(self, args: Any = None, namespace: Any = None) -> Any:
        """As of ``argparse``, with the nearest option in the place of an unknown one."""
        found, unknown = self.parse_known_args(args)
        if unknown:
            chosen = self._chosen(found)
            chosen.error(f'unknown: {" ".join(unknown)}{chosen._advice(unknown[0])}')
        return super().parse_args(args, namespace)

    def error(self, message: str) -> NoReturn:
        """End with status 2 and one line."""
        self.exit(2, f'{self.prog}: error: {message} (see {self.prog} --help)\n')

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        try:
            super()._check_value(action, value)
        except argparse.ArgumentError as error:
            error.message += did_you_mean(str(value), map(str, action.choices or ()))
            raise

    def _chosen(self, args: argparse.Namespace) -> 'Parser':
        """The parser of the subcommand that was typed; this one if there are no subcommands."""
        for action in self._actions:
            if isinstance(action, argparse._SubParsersAction):
                return action.choices[getattr(args, action.dest)]
        return self

    def _advice(self, word: str) -> str:
        if not word.startswith('-'):
            return ' (arguments without a name stand before the options)'
        return did_you_mean(word.partition('=')[0], self._option_string_actions)


def _program() -> str:
    """How this process was called, where ``argparse`` shows the last part of the file's name."""
    spec = getattr(sys.modules['__main__'], '__spec__', None)
    return f'python -m {spec.name.removesuffix(".__main__")}' if spec else sys.argv[0]


def _called(action: argparse.Action) -> str:
    """How messages call an argument."""
    return action.option_strings[0] if action.option_strings else str(action.metavar or action.dest)


def _values(value: Any) -> Iterator[str]:
    """Paths of an argument that takes one, several or none."""
    if value is not None:
        yield from value if isinstance(value, (list, tuple)) else [value]
