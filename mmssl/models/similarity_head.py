"""The head of one-picture localizers: projections, cosine maps and contrastive losses."""

from collections.abc import Sequence

import torch
from mmengine.dist import get_world_size
from torch import nn
from torch.distributed.nn.functional import all_gather
from torch.nn.functional import normalize

from ..localization.contrastive import (
    THRESHOLDS,
    agreement_loss,
    alignment_loss,
    false_negative_losses,
    hard_way_loss,
    matching_loss,
)
from ..registry import MODELS
from ..structures import StepPredictions
from .features import Features, Samples, Tensors
from .map_head import MapHead

#: Names of the losses; each is named after its method.
LOSSES = ('ez-vsl', 'slavc', 'fnac', 'lvs', 'alignment')

#: Temperature of the cosines in the box loss: the value of LVS, for all methods.
BOX_TAU = 0.07

#: Normalized features of one projection: pictures ``(N, C, T, h, w)``, sounds ``(N, C, T)``.
Branch = tuple[torch.Tensor, torch.Tensor]

#: The same for single pictures: ``(N, C, P)``, P positions, and ``(N, C)``.
Pairs = tuple[torch.Tensor, torch.Tensor]


@MODELS.register_module()
class SimilarityHead(MapHead):
    """Cosine of a sound with each position of its picture.

    Sources: EZ-VSL (ECCV 2022), SLAVC (NeurIPS 2022), FNAC (CVPR 2023), LVS (CVPR 2021), SSL-TIE
    (ACM MM 2022), Alignment (ICCV 2023). They differ in the projections and in the loss.

    Args:
        channels: Channels of both networks.
        projections: Number of pairs of linear projections, whose maps are averaged; 0 compares
            the networks' features directly.
        tau: Temperature of the maps.
        loss: A name in :data:`LOSSES`. ``'alignment'`` follows the text of the paper, see
            :func:`mmssl.localization.contrastive.alignment_loss`.
        visual_dropout: Share of the picture features that is dropped in training.
        warmup_epochs: Number of epochs in which ``'fnac'`` trains like ``'ez-vsl'``.
        weights: Factors of the three terms of ``'fnac'``.
        thresholds: Cosine from which a position sounds, and cosine up to which it does not
            (``'lvs'``); ``'alignment'`` uses only the first.
        boxes: Weight of a term that the authors do not have: the cross-entropy of the map's softmax
            against boxes, for the samples that have boxes (``mmssl.LoadBoxes``).
        gather: Use the pairs of all processes as negatives. If ``False``, use only the pairs of
            the own process, as the authors do.
        init_cfg: As in MMEngine.

    Raises:
        ValueError: If the loss is unknown, or does not fit the number of projections.
    """

    trained_on = 'pairs (mmssl.DecodePairs)'

    def __init__(
        self,
        channels: int = 512,
        projections: int = 1,
        tau: float = 0.03,
        loss: str = 'ez-vsl',
        visual_dropout: float = 0.0,
        warmup_epochs: int = 0,
        weights: Sequence[float] = (100.0, 100.0, 100.0),
        thresholds: Sequence[float] = THRESHOLDS,
        boxes: float = 0.0,
        gather: bool = False,
        init_cfg: dict | list | None = None,
    ) -> None:
        super().__init__(
            init_cfg
            or [
                dict(type='Kaiming', layer='Conv2d', mode='fan_out'),
                dict(type='TruncNormal', layer='Linear', std=0.01),
            ]
        )
        if loss not in LOSSES:
            raise ValueError(f'loss is {loss!r}, expected one of {LOSSES}')
        if (loss == 'slavc') != (projections == 2):
            raise ValueError(
                f"loss is {loss!r} and projections {projections}: 'slavc' needs two, others do not"
            )
        if len(thresholds) != 2 or thresholds[0] < thresholds[1]:
            raise ValueError(f'thresholds are {thresholds}, expected a high and a low one')
        self.thresholds, self.boxes = tuple(thresholds), boxes
        self.channels = channels
        self.tau, self.loss_name, self.gather = tau, loss, gather
        self.warmup_epochs, self.weights = warmup_epochs, tuple(weights)
        self.dropout = nn.Dropout(visual_dropout)
        self.visual_projections = nn.ModuleList(
            nn.Conv2d(channels, channels, 1) for _ in range(projections)
        )
        self.audio_projections = nn.ModuleList(
            nn.Linear(channels, channels) for _ in range(projections)
        )
        #: Projections of pooled pictures and sounds; only training needs them.
        self.meanings = nn.ModuleList(
            nn.Linear(channels, channels) for _ in range(2 if loss == 'alignment' else 0)
        )

    def forward(self, feats: Features) -> list[Branch]:
        """Normalized features, one branch for each projection.

        Args:
            feats: Visual features ``(N, C, T, h, w)`` and audio features ``(N, C, T)``.
        """
        visual, audio = self.dropout(feats[0]), feats[1]
        if not self.visual_projections:
            return [(normalize(visual), normalize(audio))]
        count = visual.shape[0]
        flat = visual.transpose(1, 2).flatten(0, 1)
        branches = []
        for see, hear in zip(self.visual_projections, self.audio_projections):
            seen = see(flat).reshape(count, -1, *flat.shape[1:]).transpose(1, 2)
            branches.append((normalize(seen), normalize(hear(audio.mT).mT)))
        return branches

    def localize(self, feats: Features) -> StepPredictions:
        """Maps ``(N, T, h, w)``: the mean of the branches' cosines, divided by the temperature."""
        return StepPredictions(_mean_cosine(self(feats)) / self.tau, {})

    def loss(
        self,
        feats: Features,
        data_samples: Samples | None = None,
        *,
        targets: list[Branch] | None = None,
        epoch: int | None = None,
    ) -> Tensors:
        """The losses of a batch of pairs.

        Args:
            feats: As for :meth:`forward`, one picture for each clip.
            data_samples: Used only for their boxes.
            targets: Branches of the momentum networks (``'slavc'``).
            epoch: Number of the epoch, starting at 0 (``'fnac'``).

        Raises:
            ValueError: If clips have several pictures.
        """
        self.require_one_picture(feats)
        branches = self(feats)
        losses = self._contrast(feats, [self._pair(branch) for branch in branches], targets, epoch)
        if self.boxes and data_samples is not None:
            cosines = _mean_cosine(branches) / BOX_TAU
            losses['loss_boxes'] = self.boxes * self.box_loss(cosines, data_samples)
        return losses

    def _contrast(
        self,
        feats: Features,
        branches: list[Pairs],
        targets: list[Branch] | None,
        epoch: int | None,
    ) -> Tensors:
        """The losses of the method."""
        if self.loss_name == 'slavc':
            return self._agreement(branches, targets or [])
        pictures, sounds = branches[0]
        if self.loss_name == 'lvs':
            return {'loss_contrastive': hard_way_loss(pictures, sounds, self.thresholds)}
        if self.loss_name == 'alignment':
            meanings = self._meanings(feats)
            loss = alignment_loss(pictures, sounds, *meanings, threshold=self.thresholds[0])
            return {'loss_contrastive': loss}
        losses = {'loss_contrastive': matching_loss(pictures, sounds, self.tau)}
        if self.loss_name == 'fnac' and (epoch is None or epoch >= self.warmup_epochs):
            terms = false_negative_losses(pictures, sounds, self.tau)
            for weight, (name, term) in zip(self.weights, terms.items()):
                losses[f'loss_{name}'] = weight * term
        return losses

    def _agreement(self, branches: list[Pairs], targets: list[Branch]) -> Tensors:
        seen, heard = zip(*branches)
        targets_seen, targets_heard = zip(*map(self._pair, targets))
        aims = (*targets_seen, *targets_heard)
        return {'loss_contrastive': agreement_loss(seen, heard, aims, self.tau)}

    def _meanings(self, feats: Features) -> tuple[torch.Tensor, torch.Tensor]:
        """Pooled, projected and normalized pictures and sounds, ``(N, C)`` each."""
        pooled = feats[0].mean((2, 3, 4)), feats[1].mean(2)
        shown, heard = (normalize(layer(x)) for layer, x in zip(self.meanings, pooled))
        return self._gathered(shown), self._gathered(heard)

    def _pair(self, branch: Branch) -> Pairs:
        """Pictures ``(N, C, P)`` and sounds ``(N, C)`` of one step, from all processes."""
        pictures, sounds = branch
        return self._gathered(pictures[:, :, 0].flatten(2)), self._gathered(sounds[:, :, 0])

    def _gathered(self, features: torch.Tensor) -> torch.Tensor:
        if not self.gather or get_world_size() == 1:
            return features
        # Gradients return to their own process. They are sent in their memory layout.
        gathered = torch.cat([*all_gather(features.contiguous())])
        if gathered.requires_grad:
            gathered.register_hook(torch.Tensor.contiguous)
        return gathered


def _mean_cosine(branches: list[Branch]) -> torch.Tensor:
    """Cosine ``(N, T, h, w)`` of every position with the sound, averaged over the branches."""
    maps = [torch.einsum('ncthw,nct->nthw', *branch) for branch in branches]
    return torch.stack(maps).mean(0)
