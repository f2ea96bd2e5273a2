"""Published localizers for one picture and the sound around it."""

import copy
from typing import Any, ClassVar

import torch
from mmengine.logging import MessageHub
from torch import nn
from torch.nn.functional import mse_loss

from ..localization.picture_transform import PictureTransform
from ..registry import MODELS
from ..structures import StepPredictions
from .audio_visual_recognizer import AudioVisualRecognizer
from .features import Features, Samples, Tensors
from .released import convert_in_place
from .similarity_head import Branch

#: Parts that SLAVC copies.
_PARTS = ('backbone', 'audio_backbone', 'cls_head')


@MODELS.register_module()
class PairLocalizer(AudioVisualRecognizer):
    """One picture, a spectrogram of its sound, and the similarity of both.

    EZ-VSL, SLAVC, FNAC, LVS, Alignment and SSL-TIE are configs of this class. Files that their
    authors released load without conversion, see :mod:`mmssl.models.released`.

    Args:
        backbone, audio_backbone, cls_head: As for :class:`AudioVisualRecognizer`; the head is a
            :class:`SimilarityHead`. Both networks take a step's picture, or its spectrogram
            ``(257, columns)``, by itself; sound features are max-pooled.
        frames: ``'2d'`` for networks of pictures, ``'3d'`` for video networks with one frame.
        method: Name of the method whose released files can be loaded; no such files if ``None``.
        momentum: Share of the old value in each update of the copies of both networks and the
            head in training (SLAVC); no copies if ``None``.
        use_momentum: Localize with the copies instead of the trained networks.
        largest_angle: Also train with transformed pictures, rotated by up to this angle in degrees
            (SSL-TIE). They have the same contrastive loss, and their maps should equal the
            transformed maps; off if ``None``.
        **kwargs: As for :class:`AudioVisualRecognizer`.

    Raises:
        ValueError: If ``use_momentum`` is set without copies; later, if a file of another
            method is loaded.
    """

    #: A step depends only on its own frame and segment. A segment can be ten seconds long.
    window, margin = 10, 0
    one_map_of_stills = True
    trial: ClassVar = {'imgs': (1, 3, 1, 32, 32), 'audios': (1, 1, 1, 257, 100)}

    def __init__(
        self,
        backbone: dict,
        audio_backbone: dict,
        cls_head: dict,
        frames: str = '2d',
        method: str | None = None,
        momentum: float | None = None,
        use_momentum: bool = False,
        largest_angle: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(backbone, audio_backbone, cls_head, frames, **kwargs)
        if use_momentum and momentum is None:
            raise ValueError('use_momentum is set and momentum is None, expected a number below 1')
        self.method, self.largest_angle = method, largest_angle
        self.momentum, self.use_momentum = momentum, use_momentum
        if momentum is not None:
            parts = {name: copy.deepcopy(self.get_submodule(name)) for name in _PARTS}
            self.momentum_copies = nn.ModuleDict(parts).requires_grad_(False)
            self.frozen += tuple(f'momentum_copies.{part}' for part in self.frozen)

    def init_weights(self) -> None:
        """Initialize; the copies start with the weights of the networks."""
        super().init_weights()
        for name in _PARTS if self.momentum is not None else ():
            state = self.get_submodule(name).state_dict()
            self.momentum_copies[name].load_state_dict(state)

    def audio_features(
        self, audios: torch.Tensor, network: nn.Module | None = None
    ) -> torch.Tensor:
        """Features ``(N, C, T)`` of spectrograms ``(N, 1, T, 257, columns)``."""
        hear = network or self.get_submodule('audio_backbone')

        def pooled(spectrograms: torch.Tensor) -> torch.Tensor:
            if self.frames == '3d':
                spectrograms = spectrograms[:, :, None]
            return hear(spectrograms).flatten(2).amax(2)

        # Near the ends of a clip, steps share a segment, which is computed once.
        features = self.each_features(pooled, audios.transpose(1, 2).flatten(0, 1))
        return features.reshape(audios.shape[0], -1, features.shape[1]).mT

    def localize(self, inputs: Tensors, **attention: Any) -> StepPredictions:
        """As :meth:`AudioVisualRecognizer.localize`; ``use_momentum`` uses the copies."""
        if not self.use_momentum:
            return super().localize(inputs, **attention)
        head: Any = self.momentum_copies['cls_head']
        return head.localize(self._momentum_features(inputs))

    def predict(self, inputs: Tensors, data_samples: Samples, **kwargs: Any) -> Samples:
        """As :meth:`AudioVisualRecognizer.predict`."""
        if not self.use_momentum:
            return super().predict(inputs, data_samples, **kwargs)
        head: Any = self.momentum_copies['cls_head']
        samples = head.predict(self._momentum_features(inputs), data_samples)
        return self._with_object_maps(samples, inputs)

    def loss(self, inputs: Tensors, data_samples: Samples, **kwargs: Any) -> Tensors:
        """The head's losses; the copies are updated before their features become the targets."""
        feats, _ = self.extract_feat(inputs)
        epoch = MessageHub.get_current_instance().get_info('epoch')
        losses = self.cls_head.loss(feats, data_samples, targets=self.targets(inputs), epoch=epoch)
        if self.largest_angle is None:
            return losses
        transform = PictureTransform.draw(len(inputs['imgs']), self.largest_angle)
        return self.transformed_losses(inputs['imgs'], feats, losses, transform)

    def transformed_losses(
        self, imgs: torch.Tensor, feats: Features, losses: Tensors, transform: PictureTransform
    ) -> Tensors:
        """Losses of SSL-TIE: of the pictures, of transformed pictures, and between both maps.

        Args:
            imgs: ``(N, 3, 1, H, W)``.
            feats, losses: Features and losses of these pictures.
            transform: Transformation of the pictures.
        """
        moved = transform(imgs[:, :, 0])[:, :, None]
        moved_feats = self.visual_features(moved), feats[1]
        maps, moved_maps = (self.cls_head.localize(f).maps for f in (feats, moved_feats))
        again = self.cls_head.loss(moved_feats)
        # Both kinds of pictures have a contrastive loss; boxes belong to the original pictures.
        share = {'loss_boxes': 1.0}
        return {
            **{name: share.get(name, 0.5) * value for name, value in losses.items()},
            **{f'{name}_transformed': 0.5 * value for name, value in again.items()},
            'loss_equivariance': mse_loss(moved_maps, transform(maps)),
        }

    def targets(self, inputs: Tensors) -> list[Branch] | None:
        """Branches of the copies, which training updates first; ``None`` without copies."""
        if self.momentum is None:
            return None
        if self.training:
            self._move_copies(1 - self.momentum)
        with torch.no_grad():
            return self.momentum_copies['cls_head'](self._momentum_features(inputs))

    @torch.no_grad()
    def _move_copies(self, share: float) -> None:
        """Update the copies' parameters; they keep their own batch normalization statistics."""
        for name in _PARTS:
            trained = self.get_submodule(name).parameters()
            for copied, parameter in zip(self.momentum_copies[name].parameters(), trained):
                copied.lerp_(parameter, share)

    def _momentum_features(self, inputs: Tensors) -> Features:
        copies = self.momentum_copies
        return (
            self.visual_features(inputs['imgs'], copies['backbone']),
            self.audio_features(inputs['audios'], copies['audio_backbone']),
        )

    def _load_from_state_dict(
        self, state_dict: dict[str, Any], prefix: str, *args: Any, **kwargs: Any
    ) -> None:
        if not prefix:
            convert_in_place(state_dict, self.method, self.state_dict())
        super()._load_from_state_dict(state_dict, prefix, *args, **kwargs)
