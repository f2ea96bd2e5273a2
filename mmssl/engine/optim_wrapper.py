"""Mixed precision in bfloat16."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from mmengine.optim import OptimWrapper
from mmengine.runner.amp import autocast
from torch import nn

from ..registry import OPTIM_WRAPPERS


@OPTIM_WRAPPERS.register_module()
class Bf16OptimWrapper(OptimWrapper):
    """Run the forward pass in bfloat16, on a GPU or a CPU.

    bfloat16 has float32's range, so losses need no scaling; MMEngine's
    ``AmpOptimWrapper`` always scales, and refuses CPUs. Arguments are those of
    ``OptimWrapper``.
    """

    @contextmanager
    def optim_context(self, model: nn.Module) -> Iterator[None]:
        """As in MMEngine, under autocast."""
        with super().optim_context(model), autocast(dtype=torch.bfloat16):
            yield
