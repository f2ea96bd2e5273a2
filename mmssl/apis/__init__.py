"""Loading and running a model; programs use :class:`SoundLocalizationInferencer`.

- :mod:`inferencer`: from inputs to predictions and files; :mod:`inputs`, :mod:`opened`,
  :mod:`predictions`, :mod:`result_files` and :mod:`display` are its parts
- :mod:`overlays`: videos under maps; :mod:`side_by_side`: two models in one video
- :mod:`localizer`: the interface of everything that localizes; :mod:`windows`: clips of any length
- :mod:`load`: which model is meant; :mod:`model_index`: names of models
- :mod:`model`, :mod:`onnx_model`: localizers that torch and onnxruntime run
- :mod:`pretrained_model`: open-vocabulary models, which have no checkpoint
- :mod:`own_model`: any ``torch.nn.Module`` on arrays; :func:`localize`
- :mod:`export`: a checkpoint to ONNX
- :mod:`runner`: a config and options to MMEngine's runner; :mod:`own_data`: for the user's own data
- :mod:`config`: configs, checked before anything is built
"""

import importlib
from typing import Any

#: Modules of names that are imported on first use, because tools that read files need no network.
_LAZY = {
    'ModuleLocalizer': '.own_model',
    'SoundLocalizationInferencer': '.inferencer',
    'localize': '.own_model',
}

__all__ = ['ModuleLocalizer', 'SoundLocalizationInferencer', 'localize']


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f'module {__name__!r} has no attribute {name!r}')
    return getattr(importlib.import_module(_LAZY[name], __name__), name)
