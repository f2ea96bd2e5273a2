"""Repairs run before or after the import of the module that they repair."""

import importlib.abc
import sys
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

#: A repair; its argument is the imported module. Before the import it takes no argument.
Work = Callable[..., None]

#: Repairs by the name of the module; they run before or after its import.
_BEFORE: dict[str, list[Work]] = {}
_AFTER: dict[str, list[Work]] = {}


def repair() -> None:
    """Apply every repair that this environment needs when its module is imported.

    Modules that are already loaded are repaired at once. A second call does nothing.
    """
    if any(isinstance(finder, _Repairing) for finder in sys.meta_path):
        return
    sys.meta_path.insert(0, _Repairing())
    for name in (*_BEFORE, *_AFTER):
        if name in sys.modules:
            _run(_BEFORE.get(name, ()))
            _run(_AFTER.get(name, ()), sys.modules[name])


def before(name: str) -> Callable[[Work], Work]:
    """Register a repair that runs before a module is imported."""
    return partial(_registered, _BEFORE.setdefault(name, []))


def after(name: str) -> Callable[[Work], Work]:
    """Register a repair that runs after a module is imported."""
    return partial(_registered, _AFTER.setdefault(name, []))


def _registered(repairs: list[Work], work: Work) -> Work:
    repairs.append(work)
    return work


def spec_of(name: str, path: Sequence[str] | None = None) -> ModuleSpec | None:
    """Spec of a module from the other finders; ``None`` if they do not find it."""
    others = (finder for finder in sys.meta_path if not isinstance(finder, _Repairing))
    specs = (finder.find_spec(name, path) for finder in others)
    return next(filter(None, specs), None)


class _Repairing(importlib.abc.MetaPathFinder):
    """Finds modules as usual, and runs the repairs around their import."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        _run(_BEFORE.get(fullname, ()))
        if fullname not in _AFTER:
            return None
        spec = spec_of(fullname, path)
        if spec is not None:
            loader: Any = spec.loader
            load = loader.exec_module

            def exec_module(module: ModuleType) -> None:
                load(module)
                _run(_AFTER[fullname], module)

            loader.exec_module = exec_module
        return spec


def _run(repairs: Iterable[Work], *modules: ModuleType) -> None:
    for work in repairs:
        work(*modules)
