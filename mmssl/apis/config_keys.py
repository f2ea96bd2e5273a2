"""Keys of a config that nothing reads.

MMEngine adds a key that it does not know in silence, so a typing mistake changes nothing and
nobody hears of it. A key is read where

- the runner takes it by name (:data:`_RUNNER`),
- it names an argument of what its ``type`` builds, or of what MMEngine builds where there is no
  ``type`` (:data:`_BUILT`),
- or nobody can tell: names are free, as those of hooks, or a dict is handed on.
"""

import difflib
import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, get_args

from mmengine import registry
from mmengine.config import Config
from mmengine.evaluator import Evaluator
from mmengine.optim import OptimWrapper
from mmengine.registry import DefaultScope
from mmengine.runner import (
    EpochBasedTrainLoop,
    IterBasedTrainLoop,
    LogProcessor,
    Runner,
    TestLoop,
    ValLoop,
)
from mmengine.visualization import Visualizer
from torch.utils.data import DataLoader

from .arguments import arguments, constructors

#: Keys of the first level that MMEngine reads.
_RUNNER = {*inspect.signature(Runner).parameters} - {'cfg'} | {
    *('activation_checkpointing', 'compile', 'custom_imports', 'efficient_conv_bn_eval'),
    *('find_unused_parameters', 'model_wrapper_cfg', 'runner_type', 'sync_bn'),
}
#: What is built at a key and below it.
_REGISTRIES = {
    'model': registry.MODELS,
    'dataset': registry.DATASETS,
    'pipeline': registry.TRANSFORMS,
    'transforms': registry.TRANSFORMS,
    'sampler': registry.DATA_SAMPLERS,
    'batch_sampler': registry.DATA_SAMPLERS,
    'train_cfg': registry.LOOPS,
    'val_cfg': registry.LOOPS,
    'test_cfg': registry.LOOPS,
    'default_hooks': registry.HOOKS,
    'custom_hooks': registry.HOOKS,
    'optim_wrapper': registry.OPTIM_WRAPPERS,
    'optimizer': registry.OPTIMIZERS,
    'param_scheduler': registry.PARAM_SCHEDULERS,
    'val_evaluator': registry.METRICS,
    'test_evaluator': registry.METRICS,
    'visualizer': registry.VISUALIZERS,
    'vis_backends': registry.VISBACKENDS,
    'log_processor': registry.LOG_PROCESSORS,
}
#: What MMEngine builds from dicts of the first level that have no type.
_BUILT: dict[str, tuple[Callable, ...]] = {
    **dict.fromkeys(('train_dataloader', 'val_dataloader', 'test_dataloader'), (DataLoader,)),
    'train_cfg': (EpochBasedTrainLoop, IterBasedTrainLoop),
    'val_cfg': (ValLoop,),
    'test_cfg': (TestLoop,),
    'optim_wrapper': (OptimWrapper,),
    'log_processor': (LogProcessor,),
    'visualizer': (Visualizer,),
    'randomness': (Runner.set_randomness,),
    'val_evaluator': (Evaluator,),
    'test_evaluator': (Evaluator,),
}
#: What builders take out of a dict themselves: everywhere, and by the key of the first level.
_TAKEN = {'type', '_scope_'}
_TAKEN_AT = {
    'train_dataloader': {'num_batch_per_epoch'},
    'val_dataloader': {'num_batch_per_epoch'},
    'test_dataloader': {'num_batch_per_epoch'},
    'train_cfg': {'by_epoch'},
    'default_hooks': {'priority'},
    'custom_hooks': {'priority'},
    'optim_wrapper': {'constructor', 'paramwise_cfg'},
    'param_scheduler': {'convert_to_iter_based'},
}
#: Dicts of the first level of which MMEngine itself reads so much.
_READ = {
    'auto_scale_lr': {'enable', 'base_batch_size'},
    'env_cfg': {'cudnn_benchmark', 'mp_cfg', 'dist_cfg', 'resource_limit'},
}
#: How alike a variable of a config file and a key are for it to be a typing mistake:
#: train_loader and train_dataloader are less so.
_ALIKE = 0.86

Path = tuple[str, ...]


def unread_keys(loaded: Config, given: Mapping[str, Any], config: Config) -> list[str]:
    """Name the keys that nothing reads.

    Args:
        loaded: The config as its file gives it.
        given: Dotted keys and values of ``--cfg-options``.
        config: The config with these options.

    Returns:
        A line a key, with the nearest key that is read.

    Raises:
        ValueError: If an option would stop what is built later: it names no argument of it, or
            a text is given in the place of a number.
    """
    # Names of types are looked up where the runner will build them.
    with DefaultScope.overwrite_default_scope(config.get('default_scope', 'mmengine')):
        return [*_unread(loaded, given, config)]


def _unread(loaded: Config, given: Mapping[str, Any], config: Config) -> Iterator[str]:
    asked = [*map(_split, given)]
    for path in asked:
        if fault := _fault_of_option(path, loaded, config):
            line = f'--cfg-options {".".join(path)}: {fault}'
            if isinstance(fault, _Refused):
                raise ValueError(line)
            yield line
    for path, fault in _faults_of_file(config):
        if not any(path == option[: len(path)] for option in asked):
            yield f'{".".join(path)}: {fault}'


class _Refused(str):
    """A fault of an option with which something cannot be built."""


def _split(key: str) -> Path:
    return tuple(key.split('.'))


def _fault_of_option(path: Path, loaded: Config, config: Config) -> str | None:
    """Why nothing reads an option; ``None`` if something does, or may."""
    name = path[0]
    if name in loaded and name not in _RUNNER:
        return (
            'a variable of the config file, whose value has been used by then; set the keys that '
            'got it'
        )
    if name not in _RUNNER:
        return f'nothing reads it{_nearest(name, [*_RUNNER, *loaded])}'
    before, value = loaded.get(name), config.get(name)
    for depth, name in enumerate(path[1:], 1):
        if fault := _fault_below(path[:depth], name, before, value):
            return fault
        before, value = _item(before, name), _item(value, name)
    return None


def _fault_below(above: Path, name: str, before: Any, value: Any) -> str | None:
    if not isinstance(value, dict):
        return None
    known = _read_at(above, value)
    if known is not None and name in known:
        return _no_number(above, value, name)
    if known is not None:
        fault = _not_taken(above, value, name, known)
        return _Refused(fault) if _made_at(above, value) else fault
    there = before if isinstance(before, dict) else {}
    # Names are free here, but two of them hardly differ by a letter.
    if name in there or not (near := _nearest(name, there, _ALIKE)):
        return None
    return f'there is no {name} in {".".join(above)}{near}'


def _faults_of_file(config: Config) -> Iterator[tuple[Path, str]]:
    known = [name for name in config if name in _RUNNER]
    for name in known:
        yield from _faults_inside((name,), config[name])
    for name in (name for name in config if name not in known):
        near = _nearest(name, _RUNNER, _ALIKE)
        # A variable whose value is found in what is read is no mistake.
        if near and not any(_holds(config[key], config[name]) for key in known):
            yield (name,), f'nothing reads it{near}'


def _faults_inside(path: Path, value: Any) -> Iterator[tuple[Path, str]]:
    """Arguments that are not taken, in a value of the config and below it."""
    if isinstance(value, dict):
        known = _read_at(path, value)
        for name in value:
            if known is not None and name not in known:
                yield (*path, name), _not_taken(path, value, name, known)
    for name, item in _items(value):
        yield from _faults_inside((*path, str(name)), item)


def _not_taken(path: Path, value: dict, name: str, known: Iterable[str]) -> str:
    made = _made_at(path, value)
    maker = made[0].__name__ if made else 'MMEngine'
    return f'{maker} takes no {name}{_nearest(name, known)}'


def _no_number(path: Path, value: dict, name: str) -> _Refused | None:
    """Why an argument's value is refused; ``None`` if it may be right."""
    text = value.get(name)
    for made in _made_at(path, value) if isinstance(text, str) else ():
        if _takes_numbers_only(made, name):
            return _Refused(f'{text!r} is not a number, but {made.__name__} expects one')
    return None


def _takes_numbers_only(made: Callable, name: str) -> bool:
    for function in constructors(made):
        if parameter := inspect.signature(function).parameters.get(name):
            types = get_args(parameter.annotation) or (parameter.annotation,)
            return bool({int, float}.intersection(types)) and str not in types
    return False


def _nearest(name: str, known: Iterable[str], cutoff: float = 0.6) -> str:
    near = difflib.get_close_matches(name, [*known], 1, cutoff)
    return f', did you mean {near[0]}?' if near else ''


def _holds(value: Any, part: Any) -> bool:
    if value == part or any(_holds(item, part) for _, item in _items(value)):
        return True
    # A dict may have been added to.
    both = isinstance(value, dict) and isinstance(part, dict)
    return both and bool(part) and all(value.get(key) == item for key, item in part.items())


def _items(value: Any) -> Iterable[tuple[Any, Any]]:
    """Names or numbers of the parts of a dict or a list, and these."""
    if isinstance(value, dict):
        return value.items()
    return enumerate(value) if isinstance(value, (list, tuple)) else ()


def _item(value: Any, name: str) -> Any:
    for key, item in _items(value):
        if str(key) == name or (isinstance(key, int) and _type_name(item) == name):
            return item
    return None


def _type_name(item: Any) -> str:
    """Type of what a dict builds, without its scope."""
    return str(item.get('type', '')).rpartition('.')[2] if isinstance(item, dict) else ''


def numbered(key: str, config: Mapping[str, Any]) -> str:
    """Put numbers in the place of types in a dotted key.

    Args:
        key: Dotted key, in which an item of a list is named by its number or by its type without
            the scope: ``train_dataloader.dataset.pipeline.SelectMoment.mode``.
        config: The config that it is of.

    Raises:
        ValueError: If no item or more than one is of the type.
    """
    value: Any = config
    path: list[str] = []
    for name in key.split('.'):
        if isinstance(value, (list, tuple)) and not name.isdigit():
            types = [_type_name(item) for item in value]
            if types.count(name) != 1:
                known = ', '.join(f'{number} {kind}' for number, kind in enumerate(types))
                raise ValueError(
                    f'--cfg-options {key}: {types.count(name)} items of {".".join(path)} have '
                    f'the type {name}, expected 1; give a number or a type of {known}'
                    f'{_nearest(name, types) if name not in types else ""}'
                )
            name = str(types.index(name))
        path.append(name)
        value = _item(value, name)
    return '.'.join(path)


def _read_at(path: Path, value: dict) -> set[str] | None:
    """Keys that are read of a dict; ``None`` if nobody can tell."""
    # Dicts that are handed on: norm_cfg, paramwise_cfg, dist_cfg.
    if any(name.endswith('_cfg') for name in path[1:]):
        return None
    if len(path) == 1 and path[0] in _READ:
        return _READ[path[0]]
    taken = [arguments(made) for made in _made_at(path, value)]
    known = [names for names in taken if names is not None]
    if not known or len(known) < len(taken):
        return None
    return _TAKEN.union(_TAKEN_AT.get(path[0], ()), *known)


def _made_at(path: Path, value: dict) -> tuple[Callable, ...]:
    """What a dict's keys are arguments of; empty if nobody can tell."""
    if 'type' not in value:
        return _BUILT.get(path[0], ()) if len(path) == 1 else ()
    made, place = value['type'], next(filter(_REGISTRIES.get, reversed(path)), None)
    if isinstance(made, str) and place:
        with _REGISTRIES[place].switch_scope_and_registry(None) as types:
            made = types.get(made)
    return (made,) if inspect.isclass(made) else ()
