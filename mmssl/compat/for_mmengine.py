"""Repairs of mmengine."""

import atexit
import contextlib
import importlib.abc
import importlib.metadata
import importlib.util
import os
import sys
import warnings
from collections.abc import Callable, Container, Iterator
from importlib.machinery import ModuleSpec
from types import ModuleType, SimpleNamespace
from typing import IO, Any

from ..files import atomic_file, naming
from .for_torch import leave_process_group
from .hook import after, before


@before('mmengine')
def _provide_pkg_resources() -> None:
    """mmengine <= 0.10.7 imports ``pkg_resources``, which setuptools 82 removed.

    Can go once MMEngine reads ``importlib.metadata``.
    """
    if 'pkg_resources' in sys.modules or importlib.util.find_spec('pkg_resources'):
        return

    def get_distribution(name: str) -> SimpleNamespace:
        package = importlib.metadata.distribution(name)
        return SimpleNamespace(
            version=package.version,
            location=str(package.locate_file('')),
            has_metadata=lambda part: package.read_text(part) is not None,
            get_metadata_lines=lambda part: (package.read_text(part) or '').splitlines(),
            get_metadata=lambda part: package.read_text(part) or '',
        )

    stand_in = ModuleType('pkg_resources')
    vars(stand_in).update(
        DistributionNotFound=importlib.metadata.PackageNotFoundError,
        get_distribution=get_distribution,
        # MMEngine reloads the module, which needs a spec.
        __spec__=importlib.util.spec_from_loader('pkg_resources', _Ready(stand_in)),
    )
    sys.modules['pkg_resources'] = stand_in
    warnings.warn('pkg_resources is not installed: using a stand-in for MMEngine', stacklevel=3)


class _Ready(importlib.abc.Loader):
    """Loader of a module that is already complete."""

    def __init__(self, module: ModuleType) -> None:
        self.module = module

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return self.module

    def exec_module(self, module: ModuleType) -> None:
        sys.modules[module.__name__] = module


@after('mmengine.dist.utils')
def _join_without_cuda(utils: ModuleType) -> None:
    """mmengine <= 0.10.7 requires a CUDA device in every distributed run.

    ``init_dist`` calls ``torch.cuda.set_device``, which fails on CPUs, where gloo is the right
    backend. MMEngine also never leaves the process group, see :func:`leave_process_group`. Can go
    once MMEngine checks the device and leaves the group.
    """
    original = utils._init_dist_pytorch

    def init_dist_pytorch(backend: str, init_backend: str = 'torch', **kwargs: Any) -> None:
        import torch.distributed
        from mmengine.device import get_device

        if get_device() != 'cpu':
            original(backend, init_backend, **kwargs)
            return
        if backend == 'nccl':
            warnings.warn('no CUDA device: using gloo instead of nccl', stacklevel=2)
            backend = 'gloo'
        torch.distributed.init_process_group(backend=backend, **kwargs)
        atexit.register(leave_process_group)

    vars(utils).update(_init_dist_pytorch=init_dist_pytorch)


@after('mmengine.model.wrappers.distributed')
def _distribute_without_cuda(distributed: ModuleType) -> None:
    """mmengine <= 0.10.7 passes device numbers to ``DistributedDataParallel`` even on CPUs.

    Can go once MMEngine checks the device.
    """
    from mmengine.device import get_device

    wrapper = distributed.MMDistributedDataParallel
    original = wrapper.__init__

    def __init__(self: Any, module: Any, *args: Any, device_ids: Any = None, **kwargs: Any) -> None:
        numbers = None if get_device() == 'cpu' else device_ids
        original(self, module, *args, device_ids=numbers, **kwargs)

    wrapper.__init__ = __init__


@after('mmengine.fileio.backends.local_backend')
def _write_files_whole(local_backend: ModuleType) -> None:
    """mmengine <= 0.10.7 writes checkpoints and dumps directly to their final names.

    A full disk or a killed process leaves a truncated file, and the next run resumes from it. The
    error does not name the file, either. Can go once MMEngine renames complete files.
    """

    def put(self: Any, obj: bytes, filepath: str | os.PathLike) -> None:
        with atomic_file(filepath) as partial:
            partial.write_bytes(obj)

    def put_text(self: Any, obj: str, filepath: str | os.PathLike, encoding: str = 'utf-8') -> None:
        with atomic_file(filepath) as partial:
            partial.write_text(obj, encoding=encoding)

    local_backend.LocalBackend.put, local_backend.LocalBackend.put_text = put, put_text


@after('mmengine.evaluator.metric')
def _accept_metrics_without_prefix(metric: ModuleType) -> None:
    """mmengine <= 0.10.7 warns about metrics without a prefix, even if they measure nothing.

    An empty prefix has the same effect as none. Can go once MMEngine stops warning about its own
    DumpResults.
    """
    metric.BaseMetric.default_prefix = ''


@after('mmengine.visualization.vis_backend')
def _name_the_log(vis_backend: ModuleType) -> None:
    """mmengine <= 0.10.7 does not name the log of scalars if a full disk stops its writing."""
    dump = vis_backend.LocalVisBackend._dump

    def _dump(self: Any, value_dict: dict, file_path: str, file_format: str) -> None:
        with naming(file_path):
            dump(self, value_dict, file_path, file_format)

    vis_backend.LocalVisBackend._dump = _dump


@after('mmengine.hooks.checkpoint_hook')
def _write_the_pointer_whole(checkpoint_hook: ModuleType) -> None:
    """mmengine <= 0.10.7 writes ``last_checkpoint`` directly to its final name, too."""

    @contextlib.contextmanager
    def open_atomic(path: str, mode: str) -> Iterator[IO]:
        with atomic_file(path) as partial, partial.open(mode) as file:
            yield file

    vars(checkpoint_hook).update(open=open_atomic)


@after('mmengine.hooks.checkpoint_hook')
def _remove_checkpoints_late(checkpoint_hook: ModuleType) -> None:
    """mmengine <= 0.10.7 removes a checkpoint before it writes the next one.

    If the next one cannot be written, or the process is killed, no checkpoint is left to resume
    from. Can go once MMEngine writes before it removes.
    """

    def later(method: Callable[..., None]) -> Callable[..., None]:
        def repaired(self: Any, *args: Any, **kwargs: Any) -> None:
            backend = self.file_backend
            self.file_backend = waiting = _LateRemoval(backend)
            try:
                method(self, *args, **kwargs)
            finally:
                self.file_backend = backend
            best = getattr(self, 'best_ckpt_path', None)
            waiting.finish([best, *getattr(self, 'best_ckpt_path_dict', {}).values()])

        return repaired

    hook = checkpoint_hook.CheckpointHook
    for name in ('_save_checkpoint_with_step', '_save_best_checkpoint'):
        setattr(hook, name, later(getattr(hook, name)))


@after('mmengine.hooks.checkpoint_hook')
def _name_the_best_metric(checkpoint_hook: ModuleType) -> None:
    """mmengine <= 0.10.7 raises a KeyError if ``save_best`` is a metric that was not printed.

    Can go once MMEngine names the setting.
    """
    save = checkpoint_hook.CheckpointHook._save_best_checkpoint

    def repaired(self: Any, runner: Any, metrics: dict[str, float]) -> None:
        known = {*metrics, 'auto'} if metrics else set()
        asked = self.key_indicators if self.save_best else ()
        if lacking := [name for name in asked if name not in known]:
            raise ValueError(
                f'default_hooks.checkpoint.save_best is {lacking[0]!r}, expected a metric that the '
                f'validation printed: {", ".join(sorted(metrics)) or "none was"}'
            )
        save(self, runner, metrics)

    checkpoint_hook.CheckpointHook._save_best_checkpoint = repaired


class _LateRemoval:
    """A file backend that delays removals."""

    def __init__(self, backend: Any) -> None:
        self._backend = backend
        self._waiting: list[tuple[Callable[[str], None], str]] = []

    def __getattr__(self, name: str) -> Any:
        attribute = getattr(self._backend, name)
        if name not in ('remove', 'rmtree'):
            return attribute
        return lambda path: self._waiting.append((attribute, path))

    def finish(self, kept: Container[str | None]) -> None:
        """Remove the files to be removed, except those that were written again."""
        for remove, path in self._waiting:
            if path not in kept:
                remove(path)
