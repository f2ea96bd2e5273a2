"""Normalization of a batch without the copies that MMAction2 makes."""

import torch
from mmaction.models.data_preprocessors import ActionDataPreprocessor

from ..registry import MODELS


@MODELS.register_module()
class ClipPreprocessor(ActionDataPreprocessor):
    """MMAction2's normalization, in place and with channels innermost in memory.

    Frames are decoded with channels innermost, and convolutions prefer this order. MMAction2's
    preprocessor permutes them, the network permutes them back, and every step allocates large
    tensors. Here the values are bitwise the same. MMAction2's code handles samples of different
    shapes, and settings other than mean and standard deviation.

    Args:
        *args, **kwargs: As for MMAction2's ``ActionDataPreprocessor``.
    """

    def preprocess(
        self, inputs: list[torch.Tensor], data_samples: list, training: bool = False
    ) -> tuple[torch.Tensor, list]:
        """Stack and normalize.

        Args:
            inputs: Samples ``(C, ...)``, uint8 or float32.
            data_samples: Returned unchanged.
            training: Used only by MMAction2's batch augmentation.

        Returns:
            float32 ``(N, C, ...)``, a view of ``(N, ..., C)``, and the data samples.
        """
        shapes = {sample.shape for sample in inputs}
        plain = self._enable_normalize and not self.to_rgb and self.blending is None
        if not plain or len(shapes) > 1:
            return super().preprocess(inputs, data_samples, training)
        batch = torch.stack([sample.movedim(0, -1) for sample in inputs]).float()
        # Whole rows at a time, because torch is slow if the innermost dimension has three elements.
        rows, width = batch.flatten(-2), batch.shape[-2]
        rows.sub_(self.mean.flatten().repeat(width)).div_(self.std.flatten().repeat(width))
        return batch.movedim(-1, 1), data_samples
