"""Normalization of a batch without the copies that MMAction2's makes."""

import torch
from mmaction.models.data_preprocessors import ActionDataPreprocessor

from ..registry import MODELS


@MODELS.register_module()
class ClipPreprocessor(ActionDataPreprocessor):
    """MMAction2's normalization, in place, and channels innermost in memory.

    Frames are decoded with channels innermost, and convolutions want them so: MMAction2's
    preprocessor turns them around, the network turns them back, and large tensors are new at every
    step. Values are the same to the bit. Samples of different shapes, and settings beyond mean and
    standard deviation, are left to MMAction2.

    Args:
        *args, **kwargs: As for MMAction2's ``ActionDataPreprocessor``.
    """

    def preprocess(
        self, inputs: list[torch.Tensor], data_samples: list, training: bool = False
    ) -> tuple[torch.Tensor, list]:
        """Stack and normalize.

        Args:
            inputs: Samples ``(C, ...)``, uint8 or float32.
            data_samples: Returned as they are.
            training: Of use to MMAction2's batch augmentation only.

        Returns:
            float32 ``(N, C, ...)``, a view of ``(N, ..., C)``, and the data samples.
        """
        shapes = {sample.shape for sample in inputs}
        plain = self._enable_normalize and not self.to_rgb and self.blending is None
        if not plain or len(shapes) > 1:
            return super().preprocess(inputs, data_samples, training)
        batch = torch.stack([sample.movedim(0, -1) for sample in inputs]).float()
        # Whole rows at a time: torch is slow where the innermost dimension has three elements.
        rows, width = batch.flatten(-2), batch.shape[-2]
        rows.sub_(self.mean.flatten().repeat(width)).div_(self.std.flatten().repeat(width))
        return batch.movedim(-1, 1), data_samples
