"""The audio network of "Less Can Be More" (WACV 2022, supplement, Table 1a)."""

from collections import OrderedDict
from functools import partial

import torch
from mmcv.cnn import ConvModule
from mmengine.model import BaseModule, Sequential
from torch import nn

from ..registry import MODELS

#: Rows of log-mel in one chunk, which is one second.
CHUNK = 100
BANDS = 80


@MODELS.register_module()
class AudioConvNet(BaseModule):
    """2-D convolutions on one-second chunks of log-mel, with ten steps for each chunk.

    Table 1a defines the layers as 3-D convolutions with kernels (1, k, k) over
    (chunk, time, mel). Here each chunk is an item of the batch, which is equivalent.
    Every convolution is followed by batch normalization and ReLU.

    Args:
        width: Factor on all numbers of channels; 1 is the paper's network,
            whose output has 512 channels.
        norm_cfg: Normalization layer.
        init_cfg: As in MMEngine.

    Raises:
        ValueError: If ``width`` leaves a layer without channels.
    """

    def __init__(
        self, width: float = 1.0, norm_cfg: dict | None = None, init_cfg: dict | list | None = None
    ) -> None:
        super().__init__(init_cfg or dict(type='Kaiming', layer='Conv2d'))
        if 64 * width < 1:
            raise ValueError(f'width is {width}, expected at least 1/64')
        self.out_channels = round(512 * width)
        c64, c192, c256, c512 = (round(c * width) for c in (64, 192, 256, 512))

        # Channels in and out, kernel, stride, padding.
        conv = partial(ConvModule, norm_cfg=norm_cfg or dict(type='BN2d'))
        self.layers = Sequential(
            OrderedDict(
                conv1=conv(1, c64, 3, (2, 1), 1),
                conv2=conv(c64, c64, 3, (1, 2), 1),
                maxpool2=nn.MaxPool2d((1, 3), (1, 2)),
                conv3=conv(c64, c192, 3, 1, 1),
                maxpool3=nn.MaxPool2d(3, 2),
                conv4=conv(c192, c256, 3, 1, 1),
                conv5=conv(c256, c256, 3, 1, 1),
                conv6=conv(c256, c256, 3, 1, 1),
                maxpool6=nn.MaxPool2d((3, 2), 2),
                conv7=conv(c256, c512, 4, 1, (1, 0)),
                fc8=conv(c512, c512, 1),
                fc9=conv(c512, c512, 1),
            )
        )

    def forward(self, audios: torch.Tensor) -> torch.Tensor:
        """Compute features of every step.

        Args:
            audios: Log-mel ``(N, 1, chunks, 100, 80)``, or ``(N, 1, rows, 80)``
                with a multiple of 100 rows, as returned by MMAction2's audio pipelines.

        Returns:
            ``(N, 512 * width, T, 1)`` with ten steps for each chunk.

        Raises:
            ValueError: If the shape differs.
        """
        chunks = self._chunks(audios)
        features = self.layers(chunks.transpose(1, 2).flatten(0, 1))  # (N * chunks, C, 10, 1)
        features = features.unflatten(0, (chunks.shape[0], chunks.shape[2]))
        return features.transpose(1, 2).flatten(2, 3)

    def _chunks(self, audios: torch.Tensor) -> torch.Tensor:
        shape = tuple(audios.shape)
        if audios.ndim == 4 and shape[1:2] == (1,) and shape[2] % CHUNK == 0 and shape[2]:
            audios = audios.reshape(shape[0], 1, -1, CHUNK, shape[3])
        if audios.ndim != 5 or audios.shape[1] != 1 or audios.shape[3:] != (CHUNK, BANDS):
            raise ValueError(
                f'log-mel has shape {shape}, expected (N, 1, chunks, {CHUNK}, {BANDS}) '
                f'or (N, 1, rows, {BANDS}) with a multiple of {CHUNK} rows'
            )
        return audios
