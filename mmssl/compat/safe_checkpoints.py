"""Load checkpoints in MMEngine without running code from them."""

import importlib
import os
import pickle
import re
from types import ModuleType
from typing import Any

from .hook import after


@after('mmengine.runner.checkpoint')
def _load_checkpoints_safely(checkpoint: ModuleType) -> None:
    """mmengine <= 0.10.7 calls ``torch.load`` without ``weights_only``.

    torch >= 2.6 then refuses MMEngine's own checkpoints, and older versions run any code that a
    file contains. The repair reads local checkpoints with ``weights_only=True``, which runs no
    code, and allows the plain data types that MMEngine writes. Can go once MMEngine does both.
    """
    import torch

    torch.serialization.add_safe_globals(_plain_data_types())

    def load_from_local(filename: str, map_location: Any = None) -> dict[str, Any]:
        filename = os.path.expanduser(filename)
        if not os.path.isfile(filename):
            raise FileNotFoundError(f'{filename}: no such file')
        expected = 'expected a checkpoint that a training wrote'
        try:
            content = torch.load(filename, map_location=map_location, weights_only=True)
        except pickle.UnpicklingError as error:
            raise pickle.UnpicklingError(_refusal(filename, error)) from None
        except OSError:
            raise
        except Exception as error:  # torch's reader raises many types for other bytes
            raise ValueError(
                f'{filename}: torch cannot read it ({type(error).__name__}: {error}), {expected}'
            ) from error
        if not isinstance(content, dict):
            raise ValueError(f'{filename}: holds a {type(content).__name__}, {expected}')
        return content

    checkpoint.CheckpointLoader.register_scheme(prefixes='', loader=load_from_local, force=True)


def _plain_data_types() -> list[Any]:
    """Types in MMEngine's message hub, which hold numbers and run no code."""
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


def _history_statistic(owner: Any, name: str) -> Any:
    """Stand-in for ``getattr``, which a checkpoint only uses to name a history statistic."""
    from mmengine.logging.history_buffer import HistoryBuffer

    if owner is HistoryBuffer and name in ('min', 'max', 'current', 'mean'):
        return getattr(owner, name)
    raise pickle.UnpicklingError(f'GLOBAL builtins.getattr of {owner!r}, {name!r}')


def _refusal(filename: str, error: Exception) -> str:
    called = re.search(r'GLOBAL ([\w.]+)', str(error))
    if not called:
        # torch's own message advises loading the file without this protection.
        return f'{filename}: not a checkpoint, expected weights that torch.save wrote'
    return (
        f'{filename}: refused, because it would call {called[1]}. A checkpoint may hold only '
        'tensors and plain data, because anything else can run code while it is loaded. If you '
        "trust its origin, save its 'state_dict' alone in a separate process and load that file."
    )
