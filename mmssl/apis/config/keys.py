"""Keys of a config that nothing reads.

MMEngine adds a key that it does not know in silence, so a misspelled setting has no effect and no
message. A key is read where

- the runner takes it by name,
- it names an argument of its ``type``, or of the object that MMEngine builds without a ``type``,
- or its reader is unknown: names are free, as those of hooks, or a dict is passed on.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from ...spelling import did_you_mean
from .arguments import arguments
from .tree import FIRST, LOADERS, Path, callables_at, dotted, paths, value_at

#: Keys that builders remove from a dict: everywhere, and by the key of the first level.
_TAKEN = {'type', '_scope_'}
_TAKEN_AT = {
    **{loader: {'num_batch_per_epoch'} for loader in LOADERS},
    'train_cfg': {'by_epoch'},
    'default_hooks': {'priority'},
    'custom_hooks': {'priority'},
    'optim_wrapper': {'constructor', 'paramwise_cfg'},
    'param_scheduler': {'convert_to_iter_based'},
}
#: Dicts of the first level with the keys that MMEngine itself reads.
_READ = {
    'auto_scale_lr': {'enable', 'base_batch_size'},
    'env_cfg': {'cudnn_benchmark', 'mp_cfg', 'dist_cfg', 'resource_limit'},
}
#: Similarity at which one of two free names counts as a misspelling: train_loader and
#: train_dataloader are less so.
ALIKE = 0.86


def unknown_keys(config: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
    """Keys of dicts that nothing reads: their paths and the reasons.

    The keys of such a dict (:func:`tree.callables_at`) do not fit its type.
    """
    for path, value in paths(config):
        known = _read_at(config, path) if isinstance(value, dict) else None
        if known is None:
            continue
        makers = callables_at(config, path)
        maker = makers[0].__name__ if makers else 'MMEngine'
        for name in map(str, value):
            if name not in known:
                yield (*path, name), f'{maker} takes no {name}{did_you_mean(name, known)}'


def unread_options(
    loaded: Mapping[str, Any], asked: Collection[Path], config: Mapping[str, Any]
) -> Iterator[tuple[Path, str]]:
    """Options of the command line that set unused keys.

    Args:
        loaded: The config as its file gives it.
        asked: Paths of the options.
        config: The config with these options.
    """
    for path in asked:
        name = path[0]
        if name in FIRST:
            yield from _misspelled(path, loaded, config)
        elif name in loaded:
            yield (
                path,
                'a variable of the config file, whose value has been used by then; set the keys '
                'that got it',
            )
        else:
            deeper = [dotted(place) for place in _named(name, loaded)]
            near = did_you_mean(name, [*FIRST, *loaded])
            yield path, f'nothing reads it{f", did you mean {deeper[0]}?" if deeper else near}'


def unread_variables(config: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
    """Keys of the first level that are spelled almost like one that is read."""
    for name in config:
        near = '' if name in FIRST else did_you_mean(name, FIRST, ALIKE)
        # A variable is not a mistake if another setting has its value.
        if near and not any(_holds(value, config[name]) for _, value in paths(config)):
            yield (name,), f'nothing reads it{near}'


def _named(name: str, config: Mapping[str, Any]) -> Iterator[Path]:
    """Places of a setting of this name in the dicts of the first level."""
    for key, value in config.items():
        if key in FIRST and isinstance(value, dict) and name in value:
            yield key, name


def _misspelled(
    path: Path, loaded: Mapping[str, Any], config: Mapping[str, Any]
) -> Iterator[tuple[Path, str]]:
    """New free names that differ by about one letter from an existing name."""
    for depth in range(1, len(path)):
        above, name = path[:depth], path[depth]
        there = value_at(loaded, above)
        if not isinstance(there, dict) or name in there or _read_at(config, above) is not None:
            continue
        if near := did_you_mean(name, there, ALIKE):
            yield path, f'there is no {name} in {dotted(above)}{near}'
            return


def _read_at(config: Mapping[str, Any], path: Path) -> set[str] | None:
    """Keys that are read from the dict at a path; ``None`` if unknown."""
    # Dicts that are passed on: norm_cfg, paramwise_cfg, dist_cfg.
    if any(name.endswith('_cfg') for name in path[1:]):
        return None
    if len(path) == 1 and path[0] in _READ:
        return _READ[path[0]]
    taken = [arguments(made) for made in callables_at(config, path)]
    known = [names for names in taken if names is not None]
    if not known or len(known) < len(taken):
        return None
    return _TAKEN.union(_TAKEN_AT.get(path[0], ()), *known)


def _holds(value: Any, part: Any) -> bool:
    if value == part:
        return True
    # Keys may have been added to the dict.
    both = isinstance(value, dict) and isinstance(part, dict)
    return both and bool(part) and all(value.get(key) == item for key, item in part.items())
