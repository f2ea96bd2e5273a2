"""Repairs of upstream packages, each applied when the module that it repairs is imported.

Each repair names the version, the defect and when it can be removed. A repair first checks whether
it is needed, and otherwise changes nothing.

- :mod:`hook`: runs repairs around imports
- :mod:`for_torch`, :mod:`for_mmaction`, :mod:`for_mmengine`: repairs of these packages
- :mod:`safe_checkpoints`: checkpoints that run no code
"""

from . import for_mmaction, for_mmengine, for_torch, safe_checkpoints
from .hook import repair

__all__ = ['for_mmaction', 'for_mmengine', 'for_torch', 'repair', 'safe_checkpoints']
