"""The head of the CVPR 2018 localizer: embeddings, soft attention and losses."""

from typing import Any

import torch
from torch import nn

from ..localization.soft_attention import (
    attended,
    cosine_map,
    distance_ratio_loss,
    other_sounds,
    soft_attention,
)
from ..registry import MODELS
from ..structures import StepPredictions
from .features import Features, Samples, Tensors
from .map_head import MapHead

#: Names of the two losses in ``loss_weights``.
LOSSES = ('unsupervised', 'supervised')


@MODELS.register_module()
class AttentionHead(MapHead):
    """Attention of a sound to the locations of a picture, trained with or without boxes.

    Source: Senocak et al., "Learning to Localize Sound Source in Visual Scenes"
    (CVPR 2018). A sound is embedded by FC -> ReLU -> FC; the first layer's output is compared with
    the embedding of the picture at the places that the second one attends to. See
    :mod:`mmssl.localization.soft_attention`.

    Without boxes: ``loss_weights=dict(unsupervised=1)``; with boxes of some
    samples (semi-supervised): ``dict(unsupervised=1, supervised=1)``; only with
    boxes: ``dict(supervised=1)``.

    Args:
        visual_channels: Channels of the video network.
        audio_channels: Channels of the audio network.
        embedding_channels: Width of the embeddings that are compared.
        hidden_channels: Width of the layer between attended features and their embedding.
        loss_weights: Weight of each loss, by default 0; a loss of weight 0 is not computed.
        init_cfg: As in MMEngine.

    Raises:
        ValueError: If a loss is unknown or none has a weight.
    """

    trained_on = "pictures (mmssl.DecodeClip(pictures='moment'))"

    def __init__(
        self,
        visual_channels: int = 512,
        audio_channels: int = 512,
        embedding_channels: int = 1000,
        hidden_channels: int = 512,
        loss_weights: dict[str, float] | None = None,
        init_cfg: dict | list | None = None,
    ) -> None:
        super().__init__(init_cfg or dict(type='Kaiming', layer='Linear'))
        self.loss_weights = dict(loss_weights or {'unsupervised': 1.0})
        if unknown := sorted(set(self.loss_weights) - set(LOSSES)):
            raise ValueError(f'loss_weights name {unknown}, expected some of {LOSSES}')
        if not any(self.loss_weights.values()):
            raise ValueError(f'loss_weights are {self.loss_weights}, expected one above 0')
        self.visual_channels, self.audio_channels = visual_channels, audio_channels
        self.fc_sound = nn.Linear(audio_channels, embedding_channels)
        self.fc_query = nn.Linear(embedding_channels, visual_channels)
        self.fc_attended = nn.Linear(visual_channels, hidden_channels)
        self.fc_picture = nn.Linear(hidden_channels, embedding_channels)
        if not self.loss_weights.get('unsupervised'):  # no loss would train them
            self.fc_attended.requires_grad_(False)
            self.fc_picture.requires_grad_(False)

    def forward(self, feats: Features) -> tuple[torch.Tensor, torch.Tensor]:
        """Agreement of picture and sound, and the sound's embedding.

        Args:
            feats: Visual features ``(N, C, T, h, w)`` and audio features ``(N, C', T')``.

        Returns:
            ``(N, T, h, w)`` in [-1, 1] and ``(N, E)``.
        """
        visual, audio = feats
        sound = self.fc_sound(audio.mean(2))
        return cosine_map(visual, self.fc_query(sound.relu())), sound

    def loss(self, feats: Features, data_samples: Samples, **kwargs: Any) -> Tensors:
        """The losses with a weight above 0, weighted.

        The supervised one is the mean over the samples with ``gt_boxes``, 0 in a batch without any.

        Raises:
            ValueError: If a clip has several pictures, or all clips of the
                batch come from one video.
        """
        self.require_one_picture(feats)
        visual = feats[0]
        agreement, sound = self(feats)
        losses = {}
        if weight := self.loss_weights.get('unsupervised'):
            names = [sample.video_id for sample in data_samples]
            values = self._unsupervised(visual, agreement, sound, names)
            losses['loss_unsupervised'] = weight * values.mean()
        if weight := self.loss_weights.get('supervised'):
            losses['loss_supervised'] = weight * self.box_loss(agreement.relu(), data_samples)
        return losses

    def localize(self, feats: Features) -> StepPredictions:
        """Maps of every picture: the agreement, which ranks locations as the attention does.

        The attention itself is constant where the agreement is below 0.
        """
        return StepPredictions(self(feats)[0], {})

    def _unsupervised(
        self, visual: torch.Tensor, agreement: torch.Tensor, sound: torch.Tensor, names: list[str]
    ) -> torch.Tensor:
        focus = attended(visual, soft_attention(agreement))[:, :, 0]
        picture = self.fc_picture(self.fc_attended(focus.relu()).relu())
        return distance_ratio_loss(picture, sound, sound[other_sounds(names)])
