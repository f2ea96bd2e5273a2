"""Repairs of upstream packages, each applied when the module that it mends is imported.

Each repair names the version, the defect and when it can go. A repair looks
first whether it is needed; where it is not, nothing is touched.
"""

import atexit
import contextlib
import gc
import importlib.abc
import importlib.machinery
import importlib.metadata
import importlib.util
import pickle
import re
import sys
import types
import warnings
from collections.abc import Callable

from . import threads
from .files import naming, whole_file

#: Repairs by the module before or after whose import they run.
_BEFORE: dict[str, list[Callable[[], None]]] = {}
_AFTER: dict[str, list[Callable[[types.ModuleType], None]]] = {}


def repair() -> None:
    """Apply every repair that this environment needs, as modules are imported.

    Modules that are loaded already are mended at once. Calling it again does nothing.
    """
    if any(isinstance(finder, _Repairing) for finder in sys.meta_path):
        return
    sys.meta_path.insert(0, _Repairing())
    for name in (*_BEFORE, *_AFTER):
        if name in sys.modules:
            _run(_BEFORE.get(name, ()))
            _run(_AFTER.get(name, ()), sys.modules[name])


class _Repairing(importlib.abc.MetaPathFinder):
    """Finds modules as usual, and runs the repairs around their import."""

    def find_spec(self, fullname, path, target=None):
        _run(_BEFORE.get(fullname, ()))
        if fullname not in _AFTER:
            return None
        spec = _found(fullname, path)
        if spec is not None:
            load = spec.loader.exec_module

            def exec_module(module):
                load(module)
                _run(_AFTER[fullname], module)

            spec.loader.exec_module = exec_module
        return spec


def _found(name, path=None):
    """Where the other finders find a module."""
    others = (finder for finder in sys.meta_path if not isinstance(finder, _Repairing))
    found = (finder.find_spec(name, path) for finder in others)
    return next(filter(None, found), None)


def _run(repairs, *arguments):
    for work in repairs:
        work(*arguments)


def _before(name: str):
    """Register a repair that runs before a module is imported."""

    def register(work):
        _BEFORE.setdefault(name, []).append(work)
        return work

    return register


def _after(name: str):
    """Register a repair of a module that has just been imported."""

    def register(work):
        _AFTER.setdefault(name, []).append(work)
        return work

    return register


@_after('torch')
def _limit_threads(_) -> None:
    """torch counts the cores of the machine's affinity, but not those of a container's quota."""
    threads.limit_torch()


@_before('mmaction')
def _require_mmcv() -> None:
    """mmaction2 <= 1.2.0 needs mmcv without declaring it, and either package will do.

    ``mmcv`` and ``mmcv-lite`` install the same module, so neither can be a
    requirement without harm to those who have the other.
    """
    if importlib.util.find_spec('mmcv') is None:
        raise ImportError(
            'mmcv is not installed: pip install mmcv-lite==2.1.0 (pure Python), or mmcv; '
            'mmaction2 1.2.0 wants a version below 2.2, mmaction2 1.1.0 one below 2.1'
        )


@_before('mmengine')
def _provide_pkg_resources() -> None:
    """mmengine <= 0.10.7 imports ``pkg_resources``, which setuptools 82 removed.

    Can go once MMEngine reads ``importlib.metadata``.
    """
    if 'pkg_resources' in sys.modules or importlib.util.find_spec('pkg_resources'):
        return
    stand_in = types.ModuleType('pkg_resources')
    stand_in.DistributionNotFound = importlib.metadata.PackageNotFoundError

    def get_distribution(name):
        found = importlib.metadata.distribution(name)
        location = str(found.locate_file(''))
        return types.SimpleNamespace(
            version=found.version,
            location=location,
            has_metadata=lambda part: found.read_text(part) is not None,
            get_metadata_lines=lambda part: (found.read_text(part) or '').splitlines(),
            get_metadata=lambda part: found.read_text(part) or '',
        )

    stand_in.get_distribution = get_distribution
    # MMEngine reloads the module, which needs a spec.
    stand_in.__spec__ = importlib.util.spec_from_loader('pkg_resources', _Ready(stand_in))
    sys.modules['pkg_resources'] = stand_in
    warnings.warn('pkg_resources is not installed: using a stand-in for MMEngine', stacklevel=3)


class _Ready:
    """Loader of a module that is complete already."""

    def __init__(self, module):
        self.module = module

    def create_module(self, spec):
        return self.module

    def exec_module(self, module):
        sys.modules[module.__name__] = module


@_before('mmaction')
def _provide_importlib_metadata() -> None:
    """mmaction2 <= 1.2.0 imports ``importlib_metadata`` without declaring it.

    The standard library's module is the same since Python 3.8. Can go once
    MMAction2 imports that one.
    """
    if importlib.util.find_spec('importlib_metadata') is None:
        sys.modules['importlib_metadata'] = importlib.metadata


@_before('mmaction')
def _provide_drn() -> None:
    """The wheel of mmaction2 1.2.0 lacks ``mmaction/models/localizers/drn``.

    ``mmaction.models`` imports it, so nothing works without. The stand-in
    offers the one name that is imported and says what to do when it is built.
    Can go once a complete wheel is out.
    """
    name = 'mmaction.models.localizers.drn'
    mmaction = _found('mmaction')
    if mmaction is None or name in sys.modules:
        return
    localizers = importlib.machinery.PathFinder.find_spec(
        'localizers', [f'{root}/models' for root in mmaction.submodule_search_locations]
    )
    if localizers is None or importlib.machinery.PathFinder.find_spec(
        'drn', list(localizers.submodule_search_locations)
    ):
        return
    with open(localizers.origin, encoding='utf-8') as file:
        if '.drn' not in file.read():
            return  # 1.1.0 has no such localizer

    class DRN:
        def __init__(self, *args, **kwargs):
            raise ImportError(
                'this installation of mmaction2 lacks mmaction/models/localizers/drn; '
                'install MMAction2 from its source to use DRN'
            )

    package, module = types.ModuleType(name), types.ModuleType(f'{name}.drn')
    package.__path__ = []
    package.drn, module.DRN = module, DRN
    sys.modules.update({name: package, f'{name}.drn': module})


@_after('mmaction.utils.dependency')
def _leave_out_vindlu(dependency) -> None:
    """mmaction2 <= 1.2.0 imports VindLU wherever ``transformers`` is installed.

    VindLU also needs ``timm``, which is not declared, and functions that
    transformers 5 removed; without them ``mmaction.models`` cannot be imported.
    MMAction2's own placeholders then take the place of VindLU's models. Can go
    once MMAction2 asks for all that it imports.
    """
    if importlib.util.find_spec('transformers') is None:
        return
    old = int(importlib.metadata.version('transformers').partition('.')[0]) < 5
    if old and importlib.util.find_spec('timm'):
        return
    dependency.WITH_MULTIMODAL = False


@_after('mmengine.runner.checkpoint')
def _load_checkpoints_safely(checkpoint) -> None:
    """mmengine <= 0.10.7 calls ``torch.load`` without ``weights_only``.

    torch >= 2.6 then refuses MMEngine's own checkpoints, and older versions
    run whatever code a file hides. Local checkpoints are read with
    ``weights_only=True`` here, which runs no code, and the plain data types
    that MMEngine writes are allowed. Can go once MMEngine does both.
    """
    import torch

    torch.serialization.add_safe_globals(_plain_data_types())

    def load_from_local(filename, map_location=None):
        import os

        filename = os.path.expanduser(filename)
        if not os.path.isfile(filename):
            raise FileNotFoundError(f'{filename}: no such checkpoint')
        try:
            content = torch.load(filename, map_location=map_location, weights_only=True)
        except pickle.UnpicklingError as error:
            raise pickle.UnpicklingError(_refusal(filename, error)) from None
        except OSError:
            raise
        except Exception as error:  # torch's reader stumbles over other bytes in any way
            raise ValueError(
                f'{filename}: torch cannot read it ({type(error).__name__}: {error}), expected a '
                'checkpoint that a training wrote'
            ) from error
        if not isinstance(content, dict):
            raise ValueError(
                f'{filename}: holds a {type(content).__name__}, expected a checkpoint that a '
                'training wrote'
            )
        return content

    checkpoint.CheckpointLoader.register_scheme(prefixes='', loader=load_from_local, force=True)


def _plain_data_types() -> list:
    """Types of MMEngine's message hub; they hold numbers and run no code."""
    import numpy as np
    from mmengine.logging.history_buffer import HistoryBuffer

    core = importlib.import_module(
        'numpy._core.multiarray' if np.__version__ >= '2' else 'numpy.core.multiarray'
    )
    dtypes = {type(np.dtype(kind)) for kind in ('f2', 'f4', 'f8', 'i4', 'i8', 'u1', 'b1')}
    # Checkpoints written under numpy 1 and 2 name the same functions differently.
    moved = [
        (getattr(core, name), f'numpy.{package}.multiarray.{name}')
        for name in ('_reconstruct', 'scalar')
        for package in ('core', '_core')
    ]
    # A history buffer's statistics are pickled as getattr(HistoryBuffer, 'mean').
    looked_up = [
        (_history_statistic, f'{module}.getattr') for module in ('builtins', '__builtin__')
    ]
    return [HistoryBuffer, np.ndarray, np.dtype, *dtypes, *moved, *looked_up]


def _history_statistic(owner, name):
    """What ``getattr`` may do in a checkpoint: name a statistic of a history buffer."""
    from mmengine.logging.history_buffer import HistoryBuffer

    if owner is HistoryBuffer and name in ('min', 'max', 'current', 'mean'):
        return getattr(owner, name)
    raise pickle.UnpicklingError(f'GLOBAL builtins.getattr of {owner!r}, {name!r}')


def _refusal(filename, error) -> str:
    found = re.search(r'GLOBAL ([\w.]+)', str(error))
    if not found:
        # torch's own text advises to read such a file without this safety.
        return f'{filename}: no checkpoint, expected a file that a training wrote'
    return (
        f'{filename}: refused, it wants to call {found[1]}. A checkpoint may hold tensors and '
        'plain data only, because anything else can run code while it is loaded. If you trust '
        "its origin, save its 'state_dict' alone in a process of your own and load that."
    )


@_after('mmengine.dist.utils')
def _join_without_cuda(utils) -> None:
    """mmengine <= 0.10.7 asks for a CUDA device in every distributed run.

    ``init_dist`` calls ``torch.cuda.set_device``, which fails on CPUs, where gloo is
    right. Nor does it ever leave the process group, and now and then
    a process of gloo aborts at its end, when another has gone (SIGABRT, "terminate
    called without an active exception"). Can go once MMEngine looks at the device
    and takes its leave.
    """
    original = utils._init_dist_pytorch

    def init_dist_pytorch(backend, init_backend='torch', **kwargs):
        import torch.distributed
        from mmengine.device import get_device

        if get_device() != 'cpu':
            original(backend, init_backend, **kwargs)
            return
        if backend == 'nccl':
            warnings.warn('no CUDA device: using gloo in the place of nccl', stacklevel=2)
            backend = 'gloo'
        torch.distributed.init_process_group(backend=backend, **kwargs)
        atexit.register(_leave_process_group)

    utils._init_dist_pytorch = init_dist_pytorch


@_after('mmengine.model.wrappers.distributed')
def _distribute_without_cuda(distributed) -> None:
    """mmengine <= 0.10.7 hands device numbers to ``DistributedDataParallel`` on CPUs, too.

    Can go once MMEngine looks at the device.
    """
    from mmengine.device import get_device

    wrapper = distributed.MMDistributedDataParallel
    original = wrapper.__init__

    def __init__(self, module, *args, device_ids=None, **kwargs):
        numbers = None if get_device() == 'cpu' else device_ids
        original(self, module, *args, device_ids=numbers, **kwargs)

    wrapper.__init__ = __init__


@_after('mmengine.fileio.backends.local_backend')
def _write_files_whole(local_backend) -> None:
    """mmengine <= 0.10.7 writes checkpoints and dumps under their names from the first byte on.

    A full disk or a kill leaves a cut file, and the next run resumes from it. Nor does the error
    name the file. Can go once MMEngine renames complete files.
    """

    def put(self, obj, filepath):
        with whole_file(filepath) as partial:
            partial.write_bytes(obj)

    def put_text(self, obj, filepath, encoding='utf-8'):
        with whole_file(filepath) as partial:
            partial.write_text(obj, encoding=encoding)

    local_backend.LocalBackend.put, local_backend.LocalBackend.put_text = put, put_text


@_after('mmengine.visualization.vis_backend')
def _name_the_log(vis_backend) -> None:
    """mmengine <= 0.10.7 does not name the log of scalars that a full disk refuses."""
    dump = vis_backend.LocalVisBackend._dump

    def _dump(self, value_dict, file_path, file_format):
        with naming(file_path):
            dump(self, value_dict, file_path, file_format)

    vis_backend.LocalVisBackend._dump = _dump


@_after('mmengine.hooks.checkpoint_hook')
def _write_the_pointer_whole(checkpoint_hook) -> None:
    """mmengine <= 0.10.7 writes ``last_checkpoint`` as it writes other files."""

    @contextlib.contextmanager
    def open_whole(path, mode):
        with whole_file(path) as partial, partial.open(mode) as file:
            yield file

    checkpoint_hook.open = open_whole


@_after('mmengine.hooks.checkpoint_hook')
def _remove_checkpoints_late(checkpoint_hook) -> None:
    """mmengine <= 0.10.7 removes a checkpoint before the one in its place is written.

    Where that one cannot be written, or the process is killed, nothing is left to resume from.
    Can go once MMEngine writes first.
    """

    def later(method):
        def repaired(self, *args, **kwargs):
            backend = self.file_backend
            self.file_backend = waiting = _LateRemoval(backend)
            try:
                method(self, *args, **kwargs)
            finally:
                self.file_backend = backend
            best = {getattr(self, 'best_ckpt_path', None)}
            waiting.finish({*best, *getattr(self, 'best_ckpt_path_dict', {}).values()})

        return repaired

    hook = checkpoint_hook.CheckpointHook
    for name in ('_save_checkpoint_with_step', '_save_best_checkpoint'):
        setattr(hook, name, later(getattr(hook, name)))


class _LateRemoval:
    """A file backend that keeps removals waiting."""

    def __init__(self, backend):
        self._backend = backend
        self._waiting = []

    def __getattr__(self, name):
        found = getattr(self._backend, name)
        if name not in ('remove', 'rmtree'):
            return found
        return lambda path: self._waiting.append((found, path))

    def finish(self, kept):
        """Remove what was to be removed, but what has been written anew since."""
        for remove, path in self._waiting:
            if path not in kept:
                remove(path)


def _leave_process_group() -> None:
    """Let gloo's threads end before Python does.

    A thread that lets go of its last tensors while Python ends is killed, and the process with it:
    "terminate called without an active exception" (pytorch/pytorch#179291). The group waits for its
    threads when nothing refers to it any more. A runner refers to it, and lives on in cycles.
    """
    import torch.distributed

    if torch.distributed.is_initialized():
        gc.collect()
        torch.distributed.destroy_process_group()
