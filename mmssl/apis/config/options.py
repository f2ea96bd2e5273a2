"""``--cfg-options``: settings of a config that the command line overrides."""

import argparse
from collections.abc import Mapping, Sequence
from typing import Any

from mmengine.config import Config, DictAction

from ...spelling import did_you_mean
from .tree import items


class Options(DictAction):
    """``KEY=VALUE ...``; the error names a word of another form."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Sequence[str],
        option_string: str | None = None,
    ) -> None:
        for word in values:
            key, mark, _ = word.partition('=')
            if not mark or not all(key.split('.')):
                raise ValueError(f'{self.option_strings[0]} {word}: expected KEY=VALUE')
            try:
                super().__call__(parser, argparse.Namespace(), [word], option_string)
            # MMEngine asserts that brackets are closed.
            except AssertionError as error:
                raise ValueError(f'{self.option_strings[0]} {word}: {error}') from error
            # MMEngine never ends on a comma within the brackets of a call.
            except RecursionError as error:
                raise ValueError(
                    f'{self.option_strings[0]} {word}: expected a list of plain values; what is '
                    f'in a dict is set by a key each, as in {key}.NAME=VALUE'
                ) from error
        super().__call__(parser, namespace, values, option_string)


def merge_options(config: Config, options: Mapping[str, Any]) -> None:
    """Put options into a config.

    Args:
        config: The config.
        options: Values by dotted key, see :func:`numbered`.

    Raises:
        ValueError: If the config has no such place.
    """
    content = config.to_dict()
    try:
        config.merge_from_dict({numbered(key, content): value for key, value in options.items()})
    # Two options that contradict each other: a=1 a.b=2.
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(
            f'--cfg-options {" ".join(options)} cannot be set together: {error}'
        ) from error


def numbered(key: str, config: Mapping[str, Any]) -> str:
    """Replace types by numbers in a dotted key.

    Args:
        key: Dotted key, in which an item of a list is named by its number or by its type without
            the scope: ``train_dataloader.dataset.pipeline.SelectMoment.mode``.
        config: The config of the key.

    Raises:
        ValueError: If no item or more than one has the type, no item has the number, or the value
            at the place is not a dict or a list.
    """
    value: Any = config
    path: list[str] = []
    for name in key.split('.'):
        above, here = value, '.'.join(path)
        if isinstance(above, list):
            name = _number(key, name, here, above)
        elif isinstance(above, (tuple, str, int, float, type(None))):
            raise ValueError(
                f'--cfg-options {key}: {here} is {above!r:.80}, expected a dict to set {name} in'
            )
        path.append(name)
        # Everything below a new key is new.
        value = dict(items(above)).get(name, {})
    if isinstance(above, list):
        raise ValueError(
            f'--cfg-options {key}: an item of a list cannot be replaced, expected a key below it, '
            f'as in {key}.type=..., or the whole list'
        )
    return '.'.join(path)


def _number(key: str, name: str, here: str, value: list) -> str:
    """Number of the item of a list that an option's key names."""
    if name.isdigit() and int(name) < len(value):
        return name
    types = [_type_name(item) for item in value]
    known = ', '.join(f'{number} {kind}'.rstrip() for number, kind in enumerate(types))
    if name.isdigit():
        raise ValueError(
            f'--cfg-options {key}: {here} has {len(value)} items, expected a number or a type of '
            f'{known}'
        )
    if types.count(name) != 1:
        near = did_you_mean(name, types) if name not in types else ''
        raise ValueError(
            f'--cfg-options {key}: {types.count(name)} items of {here} have the type {name}, '
            f'expected 1; give a number or a type of {known}{near}'
        )
    return str(types.index(name))


def _type_name(item: Any) -> str:
    """Type of the object that a dict builds, without its scope."""
    return str(item.get('type', '')).rpartition('.')[2] if isinstance(item, dict) else ''
