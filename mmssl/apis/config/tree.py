"""The objects that are built from a config, by their paths.

A config is a tree of dicts and lists. A dict with a ``type`` becomes an object; which registry
knows the type follows from the keys above it. A path is the keys from the first level down, items
of lists by their numbers.
"""

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from mmengine import registry
from mmengine.evaluator import Evaluator
from mmengine.optim import OptimWrapper
from mmengine.registry import DefaultScope, Registry
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

Path = tuple[str, ...]

LOADERS = ('train_dataloader', 'val_dataloader', 'test_dataloader')
EVALUATORS = ('val_evaluator', 'test_evaluator')
#: Keys of the first level that MMEngine reads.
FIRST = {*inspect.signature(Runner).parameters} - {'cfg'} | {
    *('activation_checkpointing', 'compile', 'custom_imports', 'efficient_conv_bn_eval'),
    *('find_unused_parameters', 'model_wrapper_cfg', 'runner_type', 'sync_bn'),
}
#: Registries of the values of the first level.
_REGISTRIES = {
    **dict.fromkeys(('model', 'data_preprocessor'), registry.MODELS),
    'model_wrapper_cfg': registry.MODEL_WRAPPERS,
    **dict.fromkeys(('train_cfg', 'val_cfg', 'test_cfg'), registry.LOOPS),
    'custom_hooks': registry.HOOKS,
    'optim_wrapper': registry.OPTIM_WRAPPERS,
    'param_scheduler': registry.PARAM_SCHEDULERS,
    **dict.fromkeys(EVALUATORS, registry.METRICS),
    'visualizer': registry.VISUALIZERS,
    'vis_backends': registry.VISBACKENDS,
    'log_processor': registry.LOG_PROCESSORS,
}
_OF_LOADERS = {
    'dataset': registry.DATASETS,
    **dict.fromkeys(('sampler', 'batch_sampler'), registry.DATA_SAMPLERS),
    **dict.fromkeys(('collate_fn', 'worker_init_fn'), registry.FUNCTIONS),
}
_PARTS = ('backbone', 'audio_backbone', 'neck', 'cls_head', 'object_prior', 'data_preprocessor')
_LAYERS = ('norm_cfg', 'act_cfg', 'conv_cfg')
#: Registries of the parts of other objects, by key.
_BELOW: dict[str, dict[str, Registry]] = {
    registry.MODELS.name: {
        **dict.fromkeys((*_PARTS, *_LAYERS), registry.MODELS),
        'init_cfg': registry.WEIGHT_INITIALIZERS,
    },
    registry.DATASETS.name: {
        **dict.fromkeys(('dataset', 'datasets'), registry.DATASETS),
        'pipeline': registry.TRANSFORMS,
    },
    registry.OPTIM_WRAPPERS.name: {'optimizer': registry.OPTIMIZERS},
    registry.VISUALIZERS.name: {'vis_backends': registry.VISBACKENDS},
}
#: Objects that MMEngine builds from dicts of the first level without a type.
_UNTYPED: dict[str, tuple[Callable, ...]] = {
    **dict.fromkeys(LOADERS, (DataLoader,)),
    'train_cfg': (EpochBasedTrainLoop, IterBasedTrainLoop),
    'val_cfg': (ValLoop,),
    'test_cfg': (TestLoop,),
    'optim_wrapper': (OptimWrapper,),
    'log_processor': (LogProcessor,),
    'visualizer': (Visualizer,),
    'randomness': (Runner.set_randomness,),
    **dict.fromkeys(EVALUATORS, (Evaluator,)),
}


def dotted(path: Path) -> str:
    """A path as it is typed."""
    return '.'.join(path)


def items(value: Any) -> Iterable[tuple[str, Any]]:
    """Keys or numbers of the parts of a dict or a list, with the parts."""
    if isinstance(value, dict):
        return [(str(key), item) for key, item in value.items()]
    return [(str(i), v) for i, v in enumerate(value)] if isinstance(value, (list, tuple)) else []


def value_at(config: Any, path: Path) -> Any:
    """The value at a path, or ``None`` if there is none."""
    for name in path:
        config = dict(items(config)).get(name)
    return config


def paths(config: Mapping[str, Any]) -> Iterator[tuple[Path, Any]]:
    """All paths below the keys that MMEngine reads, from the top down."""

    def below(path: Path, value: Any) -> Iterator[tuple[Path, Any]]:
        yield path, value
        for name, item in items(value):
            yield from below((*path, name), item)

    for name in config:
        if name in FIRST:
            yield from below((name,), config[name])


def scope_at(config: Mapping[str, Any], path: Path) -> str:
    """Package in which types without a scope are looked up first, at a path."""
    above = (value_at(config, path[:depth]) for depth in range(len(path), 0, -1))
    own = (value.get('_scope_') for value in above if isinstance(value, dict))
    return next(filter(None, own), None) or config.get('default_scope') or 'mmengine'


def registry_of(config: Mapping[str, Any], path: Path) -> Registry | None:
    """The registry that builds the value at a path; ``None`` if there is none, or it is unknown."""
    first, *names = (name for name in path if not name.isdigit())
    value = config[first]
    if first == 'default_hooks':
        return registry.HOOKS if len(names) == 1 else None
    if first in LOADERS:
        types = _OF_LOADERS.get(names[0]) if names else None
        names = names[1:]
    # MMEngine's rule.
    elif first in EVALUATORS and isinstance(value, dict) and 'metrics' in value:
        types = registry.EVALUATOR
    # Schedules by the optimizer.
    elif first == 'param_scheduler' and isinstance(value, dict) and all(map(items, value.values())):
        types = None
    else:
        types = _REGISTRIES.get(first)
    for name in names:
        types = _BELOW.get(types.name, {}).get(name) if types else None
    return types


def callables_at(config: Mapping[str, Any], path: Path) -> tuple[Callable, ...]:
    """The callables whose arguments are the keys of the dict at a path; empty if unknown."""
    value = value_at(config, path)
    if not isinstance(value, dict):
        return ()
    if 'type' not in value:
        return _UNTYPED.get(path[0], ()) if len(path) == 1 else ()
    made = value['type']
    if isinstance(made, str):
        # A dict without a place of its own has the registry of the object that takes it.
        above = (registry_of(config, path[:depth]) for depth in range(len(path), 0, -1))
        made = named(next(filter(None, above), None), made, scope_at(config, path))
    return (made,) if inspect.isclass(made) else ()


def named(types: Registry | None, name: str, scope: str) -> Any:
    """The entry of a registry under a name in a scope, or ``None``."""
    if types is None:
        return None
    with scoped(types, scope) as own:
        try:
            found = own.get(name)
        # The import of a module of that name can fail in any way.
        except Exception:
            return None
        return None if inspect.ismodule(found) else found


@contextmanager
def scoped(types: Registry, scope: str) -> Iterator[Registry]:
    """The registry of a scope that MMEngine asks instead of another one."""
    current = DefaultScope.get_current_instance()
    is_current = current is not None and current.scope_name == scope
    with DefaultScope.overwrite_default_scope(None if is_current else scope):
        if types is registry.FUNCTIONS:  # MMEngine asks it itself
            yield types
            return
        with types.switch_scope_and_registry(None) as own:
            yield own


def scopes() -> list[str]:
    """Packages with known registries."""
    return [registry.RUNNERS.scope, *registry.RUNNERS.children]
