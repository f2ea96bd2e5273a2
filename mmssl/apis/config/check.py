"""All checks of a config before anything is built."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from mmengine.config import Config
from mmengine.registry import DefaultScope

from .keys import unknown_keys, unread_options, unread_variables
from .options import numbered
from .tree import Path, callables_at, dotted, scope_at
from .types import wrong_types
from .values import wrong_values

#: Loops of a run. The keys of their settings begin with these words.
LOOPS = ('train', 'val', 'test')


def check_config(
    loaded: Config, given: Mapping[str, Any], config: Config, loops: Collection[str] = LOOPS
) -> list[str]:
    """Refuse a config with a part that cannot be built, and report the keys that nothing reads.

    Args:
        loaded: The config as its file gives it.
        given: Dotted keys and values of ``--cfg-options``.
        config: The config with these options.
        loops: Loops that the run has. The check only warns of faults in other loops.

    Returns:
        One line per key that nothing reads, with the most similar key that is read.

    Raises:
        ValueError: If no registry knows a type, a part that is built is not a dict with a type, a
            value is of another kind than its argument expects, or a key is not an argument of its
            type.
    """
    before, after = loaded.to_dict(), config.to_dict()
    asked = {tuple(numbered(key, before).split('.')): key for key in given}
    elsewhere = tuple(f'{loop}_' for loop in LOOPS if loop not in loops)
    told: list[str] = []
    # Most names have one scope, and MMEngine is slow to change the scope.
    with DefaultScope.overwrite_default_scope(scope_at(after, ())):
        for path, fault in _stopping(after):
            key = _option(path, asked)
            if key or not path[0].startswith(elsewhere):
                raise ValueError(_said(config, path, fault, key))
            told.append(_said(config, path, fault, None))
        unread = [
            *unread_options(before, asked, after),
            *unread_variables(before),
            *(found for found in unknown_keys(after) if not callables_at(after, found[0][:-1])),
        ]
    return [*told, *(_said(config, path, fault, _option(path, asked)) for path, fault in unread)]


def _stopping(config: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
    """Parts that cannot be built, or not as intended."""
    yield from wrong_types(config)
    yield from (found for found in unknown_keys(config) if callables_at(config, found[0][:-1]))
    yield from wrong_values(config)


def _option(path: Path, asked: Mapping[Path, str]) -> str | None:
    """The option that set the value at a path, below it or above it."""
    touching = (key for option, key in asked.items() if all(map(str.__eq__, option, path)))
    return next(touching, None)


def _said(config: Config, path: Path, fault: str, key: str | None) -> str:
    if key:
        return f'--cfg-options {key}: {fault}'
    return ': '.join(filter(None, (config.filename, dotted(path), fault)))
