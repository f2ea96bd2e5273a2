"""Published localizers of one picture and the sound around it."""

import copy
from typing import Any

import torch
from torch import nn
from torch.nn.functional import mse_loss

from ..localization.picture_transform import PictureTransform
from ..registry import MODELS
from .audio_visual_recognizer import AudioVisualRecognizer
from .released import convert_in_place
from .similarity_head import Branch


@MODELS.register_module()
class PairLocalizer(AudioVisualRecognizer):
    """One picture, a spectrogram of its sound, and the similarity of both.

    EZ-VSL, SLAVC, FNAC, LVS, Alignment and SSL-TIE are configs of it; files that their authors
    released load as they are, see :mod:`mmssl.models.released`.

    Args:
        *args: As for :class:`AudioVisualRecognizer`. The audio network takes spectrograms
            ``(N, 1, 257, columns)`` as pictures; its features are max-pooled.
        method: Name of the method whose released files may be loaded; none if ``None``.
        momentum: Share of the old value by which copies of both networks and the head follow
            them in training (SLAVC); no copies if ``None``.
        largest_angle: Train with transformed pictures, too, rotated by up to so many degrees
            (SSL-TIE): they are contrasted in the same way, and their maps should be the
            transformed maps; off if ``None``.
        use_momentum: Localize with the copies instead of the trained networks.
        **kwargs: As for :class:`AudioVisualRecognizer`; ``cls_head`` is a
            :class:`SimilarityHead`.

    Raises:
        ValueError: If ``use_momentum`` is set without copies, and later if a file of another
            method is loaded.
    """

    #: A step looks at its own frame and segment alone. Segments may be as long as ten seconds.
    window, margin = 10, 0
    #: A still picture has one map, of the segment that the authors take.
    one_map_of_stills = True

    def __init__(
        self,
        *args,
        method: str | None = None,
        momentum: float | None = None,
        largest_angle: int | None = None,
        use_momentum: bool = False,
        **kwargs,
    ) -> None:
        super().__init__(*args, frames='2d', **kwargs)
        if use_momentum and momentum is None:
            raise ValueError('use_momentum is set and momentum is None, expected a number below 1')
        self.method = method
        self.largest_angle = largest_angle
        self.momentum, self.use_momentum = momentum, use_momentum
        if momentum is not None:
            parts = {name: copy.deepcopy(self.get_submodule(name)) for name in _PARTS}
            self.momentum_copies = nn.ModuleDict(parts).requires_grad_(False)

    def audio_features(self, audios: torch.Tensor) -> torch.Tensor:
        """Features ``(N, C, T)`` of spectrograms ``(N, 1, T, 257, columns)``."""
        return _heard(self.audio_backbone, audios)

    def localize(self, inputs: dict[str, torch.Tensor], **attention: Any):
        """As :meth:`AudioVisualRecognizer.localize`, by the copies with ``use_momentum``."""
        if not self.use_momentum:
            return super().localize(inputs, **attention)
        return self.momentum_copies['cls_head'].localize(self._momentum_features(inputs))

    def init_weights(self) -> None:
        """Initialize; the copies begin as the networks do."""
        super().init_weights()
        if self.momentum is not None:
            for name in _PARTS:
                state = self.get_submodule(name).state_dict()
                self.momentum_copies[name].load_state_dict(state)

    def loss(self, inputs: dict[str, torch.Tensor], data_samples: list, **kwargs) -> dict:
        """The head's losses; the copies move before their features are the targets."""
        feats, _ = self.extract_feat(inputs)
        losses = self.cls_head.loss(feats, data_samples, targets=self._targets(inputs))
        if self.largest_angle is None:
            return losses
        transform = PictureTransform.draw(len(inputs['imgs']), self.largest_angle)
        return self.transformed_losses(inputs['imgs'], feats, losses, transform)

    def transformed_losses(
        self,
        imgs: torch.Tensor,
        feats: tuple[torch.Tensor, torch.Tensor],
        losses: dict[str, torch.Tensor],
        transform: PictureTransform,
    ) -> dict[str, torch.Tensor]:
        """Losses of SSL-TIE: of the pictures, of transformed ones, and of both maps.

        Args:
            imgs: ``(N, 3, 1, H, W)``.
            feats, losses: Of these pictures.
            transform: Of the pictures.
        """
        moved = transform(imgs[:, :, 0])[:, :, None]
        moved_feats = self.visual_features(moved), feats[1]
        maps, moved_maps = (self.cls_head.localize(f).maps for f in (feats, moved_feats))
        again = self.cls_head.loss(moved_feats)
        return {
            **{name: 0.5 * value for name, value in losses.items()},
            **{f'{name}_transformed': 0.5 * value for name, value in again.items()},
            'loss_equivariance': mse_loss(moved_maps, transform(maps)),
        }

    def predict(self, inputs: dict[str, torch.Tensor], data_samples: list, **kwargs) -> list:
        """As :meth:`AudioVisualRecognizer.predict`."""
        samples = super().predict(inputs, data_samples, **kwargs)
        if self.use_momentum:
            for sample, maps in zip(samples, self.localize(inputs).maps):
                sample.set_pred_map(maps)
        return samples

    def _targets(self, inputs: dict[str, torch.Tensor]) -> list[Branch] | None:
        if self.momentum is None:
            return None
        if self.training:
            self._move_copies()
        with torch.no_grad():
            return self.momentum_copies['cls_head'](self._momentum_features(inputs))

    @torch.no_grad()
    def _move_copies(self) -> None:
        """Parameters follow; statistics of batch normalization are the copies' own."""
        for name in _PARTS:
            copies = [*self.momentum_copies[name].parameters()]
            torch._foreach_lerp_(
                copies, [*self.get_submodule(name).parameters()], 1 - self.momentum
            )

    def _momentum_features(self, inputs: dict[str, torch.Tensor]) -> tuple:
        copies = self.momentum_copies
        return _seen(copies['backbone'], inputs['imgs']), _heard(
            copies['audio_backbone'], inputs['audios']
        )

    def _load_from_state_dict(self, state_dict, prefix, *args, **kwargs) -> None:
        if not prefix:
            convert_in_place(state_dict, self.method, self.state_dict())
        super()._load_from_state_dict(state_dict, prefix, *args, **kwargs)


_PARTS = ('backbone', 'audio_backbone', 'cls_head')


def _seen(network: nn.Module, imgs: torch.Tensor) -> torch.Tensor:
    flat = imgs.transpose(1, 2).flatten(0, 1)
    features = network(flat)
    return features.reshape(imgs.shape[0], -1, *features.shape[1:]).transpose(1, 2)


def _heard(network: nn.Module, audios: torch.Tensor) -> torch.Tensor:
    flat = audios.transpose(1, 2).flatten(0, 1)
    if torch.compiler.is_exporting():
        features = network(flat).amax((2, 3))
    else:
        # Near the ends of a clip, steps share a segment, which is heard once.
        new = torch.cat([flat.new_ones(1), (flat[1:] != flat[:-1]).flatten(1).any(1)]).bool()
        features = network(flat[new]).amax((2, 3))[new.cumsum(0) - 1]
    return features.reshape(audios.shape[0], -1, features.shape[1]).mT
