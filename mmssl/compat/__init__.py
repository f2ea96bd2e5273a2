"""Repairs of upstream packages, each applied when the module that it mends is imported.

Each repair names the version, the defect and when it can go. A repair looks first whether it is
needed; where it is not, nothing is touched.

- :mod:`hook`: what runs repairs around imports
- :mod:`for_torch`, :mod:`for_mmaction`, :mod:`for_mmengine`: repairs by the package that they mend
- :mod:`safe_checkpoints`: checkpoints that run no code
"""

from . import for_mmaction, for_mmengine, for_torch, safe_checkpoints
from .hook import repair

__all__ = ['for_mmaction', 'for_mmengine', 'for_torch', 'repair', 'safe_checkpoints']
