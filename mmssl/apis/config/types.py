"""Types that no registry knows, and parts that are not a dict with a type."""

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from importlib import import_module
from typing import Any

from mmengine.registry import EVALUATOR, METRICS, OPTIM_WRAPPER_CONSTRUCTORS, RUNNERS, Registry

# This import registers the package, so that suggestions include its names.
from ... import registry as registry
from ...spelling import did_you_mean
from .keys import ALIKE
from .tree import (
    EVALUATORS,
    Path,
    items,
    named,
    paths,
    registry_of,
    scope_at,
    scoped,
    scopes,
    value_at,
)

#: Objects that MMEngine builds without a type, and the key that it needs.
_DEFAULTS = {
    **dict.fromkeys(('val_cfg', 'test_cfg', 'optim_wrapper', 'visualizer', 'log_processor')),
    'train_cfg': 'by_epoch',
    **dict.fromkeys(EVALUATORS, 'metrics'),
}
#: Places where the name of a type is not in a dict.
_NAMED = {
    ('runner_type',): RUNNERS,
    ('optim_wrapper', 'constructor'): OPTIM_WRAPPER_CONSTRUCTORS,
}
#: Packages whose networks MMAction2 turns into backbones without a registry.
_FOREIGN = ('torchvision.', 'timm.', 'mmcls.', 'mmpretrain.')
#: Why MMEngine asks its registry of evaluators for a metric.
_LIST = (
    '; a dict with metrics is an evaluator: put a metric with that argument in a list, [dict(...)]'
)
_DELETED = '; a dict with _delete_=True keeps nothing of its base'
_OWN = '; a type of your own needs its module in custom_imports'


def wrong_types(config: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
    """A part that cannot be built: its path and the reason.

    Types below what is built, such as a network's own options, are looked up where their registry
    is known, and left to their callers elsewhere.
    """
    for path, scope in _scopes_of(config):
        if not _is_installed(scope):
            near = did_you_mean(str(scope), scopes())
            yield path, f'{scope!r} is not an installed package with registries{near}'
            return
    for path, types in _NAMED.items():
        name = value_at(config, path)
        if isinstance(name, str) and (fault := _unknown(config, path, types, name)):
            yield path, fault
    for path, value in paths(config):
        if types := registry_of(config, path):
            yield from _wrong(config, path, value, types)


def _wrong(
    config: Mapping[str, Any], path: Path, value: Any, types: Registry
) -> Iterator[tuple[Path, str]]:
    if isinstance(value, (str, int, float)):
        yield path, f'{value!r:.80} is not a dict with the type of {kind(types)}'
    if not isinstance(value, dict):
        return
    name = value.get('type')
    if name is None:
        (first, *below), defaults = path, (None, *value)
        if below or first not in _DEFAULTS or _DEFAULTS[first] not in defaults:
            others = [key for key, _ in items(value_at(config, path[:-1])) if key != path[-1]]
            near = did_you_mean(path[-1], others, ALIKE)
            yield path, f'the type is missing, expected that of {kind(types)}{near or _DELETED}'
    elif isinstance(name, str):
        foreign = path[-1] == 'backbone' and name.startswith(_FOREIGN)
        if not foreign and (fault := _unknown(config, path, types, name)):
            yield (*path, 'type'), fault
    elif not callable(name):
        yield (*path, 'type'), f'{name!r} is not the name of {kind(types)}'


def _unknown(config: Mapping[str, Any], path: Path, types: Registry, name: str) -> str | None:
    scope = scope_at(config, path)
    return None if named(types, name, scope) is not None else unknown_type(types, name, scope)


def unknown_type(types: Registry, name: str, scope: str) -> str:
    """The reason to refuse a name that a registry lacks in a scope."""
    known = _names(types, scope)
    same = [other for other in known if other.rpartition('.')[2] == name.rpartition('.')[2]]
    near = f', did you mean {same[0]}?' if same else did_you_mean(name, known)
    if types.name == EVALUATOR.name and named(METRICS, name, scope) is not None:
        near = _LIST
    return f'{name!r} is not the name of {kind(types)}{near or _OWN}'


def kind(types: Registry) -> str:
    """Objects of a registry, such as a model or an optimizer."""
    word = types.name.replace('_', ' ')
    return f'a{"n" * (word[0] in "aeiou")} {word}'


def _names(types: Registry, scope: str) -> list[str]:
    """Names that a registry knows, as they are typed in a scope."""
    with scoped(types, scope) as own:
        plain = [name for one in _upwards(own) for name in _content(one)]
        others = [child for child in types.root.children.values() if child is not own]
    return plain + [f'{child.scope}.{name}' for child in others for name in _content(child)]


def _upwards(types: Registry | None) -> Iterator[Registry]:
    while types is not None:
        yield types
        types = types.parent


def _content(types: Registry) -> Iterable[str]:
    # MMAction2's registry of functions names a module that does not exist.
    with contextlib.suppress(ImportError):
        types.import_from_location()
    return types.module_dict


def _scopes_of(config: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
    """Scopes that a config sets, and where."""
    if scope := config.get('default_scope'):
        yield ('default_scope',), scope
    for path, value in paths(config):
        if isinstance(value, dict) and value.get('_scope_'):
            yield (*path, '_scope_'), value['_scope_']


def _is_installed(scope: str) -> bool:
    # A package registers itself when its registries are imported.
    with contextlib.suppress(ImportError):
        import_module(f'{scope}.registry')
    return scope in scopes()
