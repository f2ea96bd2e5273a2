"""Values of another kind than their arguments expect, such as a text for a number."""

import inspect
import os
import types
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import PurePath
from typing import Any, Literal, Union, get_args, get_origin

import torch
from mmengine.config import Config
from mmengine.runner import Priority, Runner

from .arguments import constructors
from .tree import FIRST, Path, callables_at, paths

#: Kinds of values in a config, and a test for each kind.
_KINDS: dict[str, tuple[type, ...]] = {
    'True or False': (bool, int),
    'a whole number': (int,),
    'a number': (int, float),
    'a text': (str,),
    'a dict': (dict, Config),
    'a list': (list, tuple),
}
#: Kinds that annotations accept, first match first.
_TAKEN: dict[tuple[type, ...], set[str]] = {
    (bool,): {'True or False'},
    (int,): {'a whole number'},
    (float,): {'a number'},
    (str, os.PathLike, PurePath): {'a text'},
    (dict, Mapping, Config): {'a dict'},
    (list, tuple): {'a list'},
}
_LISTS = (Sequence, Collection, Iterable)
#: Packages whose objects are never plain values of a config.
_BUILT = ('mmengine', 'torch.nn', 'torch.optim', 'torch.utils')
_NUMBERS = {'a whole number', 'a number'}
#: Arguments for which MMEngine accepts a number without an annotation.
_UNSAID: dict[Path, set[str]] = {('randomness', 'seed'): {'a whole number'}}
#: Texts that MMEngine accepts, by the first key and the last one.
_CHOICES = {
    ('log_level', 'log_level'): ('DEBUG', 'INFO', 'WARNING', 'ERROR', 'CRITICAL'),
    ('default_hooks', 'priority'): (*Priority.__members__,),
    ('custom_hooks', 'priority'): (*Priority.__members__,),
}


def wrong_values(config: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
    """Paths of values of a wrong kind, and the reasons."""
    for name in config:
        if name in FIRST and (fault := _misfit((name,), config[name], Runner)):
            yield (name,), fault
    for path, value in paths(config):
        makers = callables_at(config, path) if isinstance(value, dict) else ()
        for name in value if makers else ():
            inner = (*path, str(name))
            if all(faults := [_misfit(inner, value[name], maker) for maker in makers]):
                yield inner, str(faults[0])


def _misfit(path: Path, value: Any, maker: Callable) -> str | None:
    known = _CHOICES.get((path[0], path[-1]), ())
    if known and isinstance(value, str) and value.upper() not in known:
        return f'{value!r} is given, expected one of {", ".join(known)}'
    expected = _UNSAID.get(path) or _expected(maker, path[-1])
    given = {word for word, kinds in _KINDS.items() if isinstance(value, kinds)}
    if not expected or not given or expected & given or not _is_sure(maker, value, expected):
        return None
    return f'{value!r:.80} is given, {maker.__name__} expects {" or ".join(sorted(expected))}'


def _is_sure(maker: Callable, value: Any, expected: set[str]) -> bool:
    """Whether the annotations of a package are right about a value."""
    package = maker.__module__.partition('.')[0]
    # MMEngine's annotations call fractions whole numbers, and levels texts, MMAction2's of texts
    # that they are dicts.
    if package in ('mmengine', 'torch'):
        return not isinstance(value, (int, float)) or expected <= {'a dict', 'a list'}
    return package == 'mmssl' or (isinstance(value, str) and expected <= _NUMBERS)


def _expected(maker: Callable, name: str) -> set[str] | None:
    """Kinds of values that an argument takes, or ``None`` if unknown."""
    for function in constructors(maker):
        parameter = inspect.signature(function).parameters.get(name)
        if parameter is not None and parameter.kind is not parameter.VAR_KEYWORD:
            return _taken(_hint(function, parameter))
    return None


def _hint(function: Callable, parameter: inspect.Parameter) -> Any:
    hint = parameter.annotation
    try:
        return eval(hint, function.__globals__) if isinstance(hint, str) else hint
    # An annotation may name types that only exist for type checkers.
    except Exception:
        return Any


def _taken(hint: Any) -> set[str] | None:
    origin = get_origin(hint) or hint
    if origin in (Union, types.UnionType):
        parts = [_taken(part) for part in get_args(hint)]
        return None if None in parts else set().union(*filter(None, parts))
    if origin is Literal:
        given = get_args(hint)
        return {word for word, kinds in _KINDS.items() if any(isinstance(a, kinds) for a in given)}
    if not isinstance(origin, type) or origin is inspect.Parameter.empty:
        return None
    if origin in _LISTS:
        return {'a list'}
    for kinds, taken in _TAKEN.items():
        if issubclass(origin, kinds):
            return taken
    built = origin.__module__.startswith(_BUILT) or origin in (types.NoneType, torch.Tensor)
    return set() if built else None
