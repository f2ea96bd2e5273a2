"""Repairs of mmaction2."""

import importlib.metadata
import importlib.util
import sys
import warnings
from pathlib import Path
from types import ModuleType
from typing import Any

from .hook import after, before, spec_of


@before('mmaction')
def _require_mmcv() -> None:
    """mmaction2 <= 1.2.0 needs mmcv without declaring it; either of two packages provides it.

    ``mmcv`` and ``mmcv-lite`` install the same module. A requirement of one would overwrite an
    installed copy of the other.
    """
    if importlib.util.find_spec('mmcv') is None:
        raise ImportError(
            'mmcv is not installed: pip install mmcv-lite==2.1.0 (pure Python), or mmcv; '
            'mmaction2 1.2.0 wants a version below 2.2, mmaction2 1.1.0 one below 2.1'
        )


@before('mmcv.cnn.bricks.transformer')
def _accept_mmcv_lite() -> None:
    """With mmcv-lite, mmcv 2 warns in every process about an operator that nothing here needs.

    The filter matches only this warning.
    """
    start = 'Fail to import ``MultiScaleDeformableAttention`` from'
    warnings.filterwarnings('ignore', start, UserWarning)


@before('mmaction')
def _provide_importlib_metadata() -> None:
    """mmaction2 <= 1.2.0 imports ``importlib_metadata`` without declaring it.

    Since Python 3.8 the standard library has the same module. Can go once MMAction2 imports that.
    """
    if importlib.util.find_spec('importlib_metadata') is None:
        sys.modules['importlib_metadata'] = importlib.metadata


@before('mmaction')
def _provide_drn() -> None:
    """The wheel of mmaction2 1.2.0 lacks ``mmaction/models/localizers/drn``.

    ``mmaction.models`` imports it, so nothing works without it. The stand-in offers the one
    imported name, whose constructor raises an error with instructions. Can go once a complete
    wheel is released.
    """
    name = 'mmaction.models.localizers.drn'
    mmaction = spec_of('mmaction')
    if mmaction is None or name in sys.modules:
        return
    places = [Path(root, 'models/localizers') for root in mmaction.submodule_search_locations or ()]
    folder = next(filter(Path.is_dir, places), None)
    if folder is None or any(folder.glob('drn*')):
        return
    if '.drn' not in (folder / '__init__.py').read_text(encoding='utf-8'):
        return  # 1.1.0 has no such localizer

    class DRN:
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            raise ImportError(
                'this installation of mmaction2 lacks mmaction/models/localizers/drn; '
                'install MMAction2 from its source to use DRN'
            )

    package, module = ModuleType(name), ModuleType(f'{name}.drn')
    vars(package).update(__path__=[], drn=module)
    vars(module).update(DRN=DRN)
    sys.modules.update({name: package, f'{name}.drn': module})


@after('mmaction.utils.dependency')
def _leave_out_vindlu(dependency: ModuleType) -> None:
    """mmaction2 <= 1.2.0 imports VindLU wherever ``transformers`` is installed.

    VindLU also needs ``timm``, which is not declared, and functions that transformers 5 removed.
    Without them, ``mmaction.models`` cannot be imported. The repair then uses MMAction2's own
    placeholders for VindLU's models. Can go once MMAction2 requires every package that it imports.
    """
    if importlib.util.find_spec('transformers') is None:
        return
    old = int(importlib.metadata.version('transformers').partition('.')[0]) < 5
    if not (old and importlib.util.find_spec('timm')):
        vars(dependency).update(WITH_MULTIMODAL=False)


@after('mmaction.datasets.transforms.processing')
def _add_negative_hues(processing: ModuleType) -> None:
    """mmaction2 <= 1.2.0 adds a negative offset to uint8 hues, which NumPy 2 refuses.

    Can go once ``ColorJitter.adjust_hue`` adds in a wider integer type.
    """
    import cv2
    import numpy as np

    jitter = processing.ColorJitter
    try:
        jitter.adjust_hue(np.zeros((1, 1, 3)), -0.1)
    except OverflowError:
        pass
    else:
        return

    def adjust_hue(img: Any, factor: float) -> Any:
        hsv = cv2.cvtColor(np.clip(img, 0, 255).astype(np.uint8), cv2.COLOR_RGB2HSV)
        hsv[..., 0] = (hsv[..., 0].astype(int) + int(factor * 255)) % 180
        return cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB).astype(np.float32)

    jitter.adjust_hue = staticmethod(adjust_hue)
