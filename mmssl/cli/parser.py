"""Parsers with grouped options and defaults in the help, and errors of one line."""

import argparse
import sys
from collections.abc import Iterator, Sequence
from typing import Any, NoReturn

from ..spelling import did_you_mean


class HelpFormatter(argparse.RawDescriptionHelpFormatter):
    """Formats a help text: short usage, lines of descriptions kept, defaults shown.

    The usage names only the arguments that a command needs. A value is called by its kind: FILE,
    FOLDER, PATH, N for a whole number, X for a fraction.
    """

    def add_usage(self, usage: Any, actions: Any, groups: Any, prefix: Any = None) -> None:
        needed = [action for action in actions if not action.option_strings or action.required]
        # With an empty prefix, argparse asks for the name of a subcommand.
        if len(needed) < len(actions) and prefix != '':
            others = argparse.Action(['[options]'], 'options', nargs=0, required=True)
            needed.insert(0, others)
        super().add_usage(usage, needed, (), prefix)

    def _get_default_metavar_for_optional(self, action: argparse.Action) -> str:
        if action.type in _NUMBERS:
            return _NUMBERS[action.type]
        # Paths know their kind, see mmssl.media.paths.
        kind = getattr(action.type, 'expected', None)
        return _PATHS.get(kind) or super()._get_default_metavar_for_optional(action)

    def _get_help_string(self, action: argparse.Action) -> str | None:
        default = action.default
        may_miss = action.option_strings or action.nargs in ('?', '*')
        if not may_miss or default is None or default is False or default == argparse.SUPPRESS:
            return action.help
        return f'{action.help} (default: {_shown(default).replace("%", "%%")})'


_NUMBERS: dict[Any, str] = {int: 'N', float: 'X'}
_PATHS: dict[Any, str] = {'file': 'FILE', 'folder': 'FOLDER', 'file or folder': 'PATH'}


def _shown(default: Any) -> str:
    """A default as a user types it."""
    if isinstance(default, (list, tuple)):
        return ' '.join(
            ','.join(map(_shown, item)) if isinstance(item, tuple) else _shown(item)
            for item in default
        )
    return f'{default:g}' if isinstance(default, float) else str(default)


class Parser(argparse.ArgumentParser):
    """The parser of a program or subcommand of this package.

    Args:
        description: Purpose of the program, and examples. Line breaks are kept.
        prog: How users call the program. By default, as this process was called.
        **options: As for ``argparse.ArgumentParser``.
    """

    def __init__(
        self, description: str | None = None, prog: str | None = None, **options: Any
    ) -> None:
        options.setdefault('formatter_class', HelpFormatter)
        super().__init__(prog or _program(), description=description, **options)

    def group(self, title: str) -> 'argparse._ArgumentGroup':
        """The group of options with this title; it is added on the first call."""
        for group in self._action_groups:
            if group.title == title:
                return group
        return self.add_argument_group(title)

    def checked_args(self, words: Sequence[str] | None = None) -> argparse.Namespace:
        """Parse the words, and check the paths among them.

        Raises:
            ValueError: See :func:`mmssl.media.paths.check_paths`.
        """
        args = self.parse_args(words)
        # This import takes longer than a help text.
        from ..media.paths import NamedPath, PathKind, check_paths

        check_paths(
            [
                NamedPath(_called(action), path, action.type)
                for action in self._chosen(args)._actions
                if isinstance(action.type, PathKind)
                for path in _values(getattr(args, action.dest))
                # The constant of an option without a value is not a path.
                if path != action.const
            ]
        )
        return args

    def parse_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Parse as ``argparse`` does, and suggest an option for an unknown one."""
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
        """The parser of the typed subcommand, or this parser if it has no subcommands."""
        for action in self._actions:
            if isinstance(action, argparse._SubParsersAction):
                return action.choices[getattr(args, action.dest)]
        return self

    def _advice(self, word: str) -> str:
        if not word.startswith('-'):
            return ' (arguments without a name go before the options)'
        return did_you_mean(word.partition('=')[0], self._option_string_actions)


def _program() -> str:
    """How this process was called. ``argparse`` would show only the last part of the path."""
    spec = getattr(sys.modules['__main__'], '__spec__', None)
    return f'python -m {spec.name.removesuffix(".__main__")}' if spec else sys.argv[0]


def _called(action: argparse.Action) -> str:
    """The name of an argument in messages."""
    return action.option_strings[0] if action.option_strings else str(action.metavar or action.dest)


def _values(value: Any) -> Iterator[str]:
    """Paths of an argument, which may have none, one or several."""
    if value is not None:
        yield from value if isinstance(value, (list, tuple)) else [value]
