"""Mixed precision without loss scaling."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from mmengine.optim import OptimWrapper
from torch import nn

from ..registry import OPTIM_WRAPPERS
from .precision import choose_precision


@OPTIM_WRAPPERS.register_module()
class MixedPrecisionOptimWrapper(OptimWrapper):
    """Run the forward pass in bfloat16 if the device computes in it, and in float32 otherwise.

    Weights, gradients and the optimizer's state are always float32. bfloat16 has the range
    of float32, so losses need no scaling. MMEngine's ``AmpOptimWrapper`` always scales and
    refuses CPUs.

    Args:
        precision: ``'auto'``, ``'bfloat16'`` or ``'float32'``, see
            :func:`~mmssl.engine.precision.choose_precision`.
        **kwargs: Arguments of ``OptimWrapper``.

    Raises:
        ValueError: If the precision is unknown.
    """

    def __init__(self, *args: Any, precision: str = 'auto', **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.device = self.param_groups[0]['params'][0].device
        self.dtype = choose_precision(precision, self.device)

    @contextmanager
    def optim_context(self, model: nn.Module) -> Iterator[None]:
        """MMEngine's context, with autocast if the precision is bfloat16."""
        autocast = torch.autocast(self.device.type, self.dtype, enabled=self.dtype != torch.float32)
        with super().optim_context(model), autocast:
            yield
