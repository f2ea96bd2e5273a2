"""The two-stream recognizer."""

from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Self

import torch
from mmaction.models.recognizers.base import BaseRecognizer
from mmaction.registry import MODELS as MMACTION_MODELS
from torch import nn

from ..engine.evaluating import evaluating
from ..registry import MODELS
from ..spelling import did_you_mean
from ..structures import LocalizationDataSample, StepPredictions
from .checkpoint_parts import load_parts, refuse_foreign_weights, refuse_other_head
from .features import Samples, Tensors, features_of, require_widths
from .readable import PredictsReadable


@MODELS.register_module()
class AudioVisualRecognizer(PredictsReadable, BaseRecognizer):
    """A video network, an audio network and a head on both.

    Source: "Less Can Be More" (WACV 2022). Both networks can be any backbone of MMAction2.

    Args:
        backbone: Video network. It may return ``(N, C, T, h, w)`` (3-D networks) or, with
            ``frames='2d'``, take frames as a batch and return ``(N * T, C, h, w)``.
        audio_backbone: Audio network from ``(N, 1, chunks, 100, 80)`` to ``(N, C, T, 1)``, or
            with ``chunks='merged'`` from ``(N, 1, rows, 80)`` to ``(N, C, T, mel)``, averaged
            over mel. A 3-D network takes chunks as frames and returns ``(N, C, chunks, T, mel)``.
        cls_head: Head, see :class:`AudioVisualHead`.
        frames: ``'3d'`` or ``'2d'``, the video network's input of frames.
        chunks: ``'separate'`` or ``'merged'``, the audio network's input of sound.
        channels_last: Keep channels innermost in memory, which makes
            convolutions faster on most hardware; results are the same.
        object_prior: :class:`ObjectPrior` whose maps testing adds to the
            samples as ``pred_object_map``, for metrics that fuse; off if ``None``.
        weights: Checkpoints from which training starts, by the part of the model:
            ``dict(backbone=PATH)`` loads the weights under ``backbone`` from a
            checkpoint of any recognizer, or from a file that the authors of a published
            localizer released.
        frozen: Parts that are not trained. They stay in evaluation mode, so that the statistics of
            batch normalization do not change, either.
        data_preprocessor: Normalization of both inputs.
        **kwargs: As for MMAction2's ``BaseRecognizer``.

    Raises:
        ValueError: If ``frames``, ``chunks`` or a part is unknown, or ``frozen`` leaves nothing
            to train; later, if a checkpoint with another head is loaded.
    """

    #: Seconds of a long clip in one window, and seconds of its margin on either side.
    #: The margin gives every step the same context as in the whole clip. Margins pass through the
    #: model twice, so long windows waste little time, and short windows need little memory.
    window, margin = 38, 1
    #: Whether a still picture has one map; otherwise it has one for each step of the sound.
    one_map_of_stills = False
    #: Shapes of small inputs that both networks accept, for a check of the widths.
    trial: ClassVar = {'imgs': (1, 3, 4, 32, 32), 'audios': (1, 1, 1, 100, 80)}

    def __init__(
        self,
        backbone: dict,
        audio_backbone: dict,
        cls_head: dict,
        frames: str = '3d',
        chunks: str = 'separate',
        channels_last: bool = False,
        object_prior: dict | None = None,
        weights: dict[str, str] | None = None,
        frozen: Sequence[str] = (),
        data_preprocessor: dict | None = None,
        **kwargs: Any,
    ) -> None:
        if frames not in ('2d', '3d'):
            raise ValueError(f"frames is {frames!r}, expected '2d' or '3d'")
        if chunks not in ('separate', 'merged'):
            raise ValueError(f"chunks is {chunks!r}, expected 'separate' or 'merged'")
        super().__init__(backbone, cls_head, data_preprocessor=data_preprocessor, **kwargs)
        self.audio_backbone = MMACTION_MODELS.build(audio_backbone)
        self.frames = frames
        self.chunks = chunks
        self.channels_last = channels_last
        self.object_prior: Any = MODELS.build(object_prior) if object_prior else None
        self.weights = dict(weights or {})
        self.frozen = tuple(frozen)
        parts = [name for name, _ in self.named_modules() if name]
        for part in (*self.weights, *self.frozen):
            if part not in parts:
                near = did_you_mean(part, parts) or f', expected {", ".join(self._modules)} ...'
                raise ValueError(f'weights or frozen name {part!r}, which the model lacks{near}')
        for part in self.frozen:
            self.get_submodule(part).requires_grad_(False)
        if not any(parameter.requires_grad for parameter in self.parameters()):
            raise ValueError(
                f'frozen is {", ".join(self.frozen)}, and {type(self.cls_head).__name__} has no '
                'weights here: nothing would be trained, remove a network from frozen'
            )
        if channels_last:
            self.apply(_to_channels_last)

    def init_weights(self) -> None:
        """Initialize, then load the parts that ``weights`` names.

        Raises:
            ValueError: If the head expects other widths than the networks have.
        """
        self._try_widths()
        super().init_weights()
        load_parts(self, self.weights)

    def _try_widths(self) -> None:
        """Compare the head with the outputs of the networks for small inputs."""
        device = next(self.parameters()).device
        imgs, audios = (torch.zeros(self.trial[name], device=device) for name in ('imgs', 'audios'))
        try:
            with evaluating(self):
                feats = self.visual_features(imgs), self.audio_features(audios)
        # Some networks do not accept small inputs; they are compared at the first step.
        except Exception:
            return
        require_widths(self.cls_head, feats)

    def train(self, mode: bool = True) -> Self:
        """Set the mode as torch does; frozen parts stay in evaluation mode."""
        super().train(mode)
        for part in self.frozen:
            self.get_submodule(part).eval()
        return self

    def extract_feat(
        self, inputs: Tensors, stage: str = 'backbone', **kwargs: Any
    ) -> tuple[Any, dict]:
        """Compute the features of both streams.

        Args:
            inputs: ``imgs`` ``(N, 3, T, H, W)`` and ``audios`` ``(N, 1, chunks, 100, 80)``.
            stage: ``'backbone'`` for features, ``'head'`` for clip logits.

        Returns:
            Visual features ``(N, C, T, h, w)`` and audio features
            ``(N, C, T)``, or the head's logits; and an empty dict.

        Raises:
            ValueError: If the head expects other widths.
        """
        feats = self.visual_features(inputs['imgs']), self.audio_features(inputs['audios'])
        require_widths(self.cls_head, feats)
        return (self.cls_head(feats) if stage == 'head' else feats), {}

    def localize(self, inputs: Tensors, **attention: Any) -> StepPredictions:
        """Maps and class scores of every step.

        Args:
            inputs: Normalized inputs of :meth:`extract_feat`.
            **attention: Overrides the settings of the head, if it has any.
        """
        features, _ = self.extract_feat(inputs)
        return self.cls_head.localize(features, **attention)

    def predict(self, inputs: Tensors, data_samples: Samples, **kwargs: Any) -> Samples:
        """Scores and maps of a batch, and object maps if there is a prior."""
        return self._with_object_maps(super().predict(inputs, data_samples, **kwargs), inputs)

    def object_maps(self, imgs: torch.Tensor) -> torch.Tensor:
        """Object maps ``(N, T, h, w)`` of normalized pictures ``(N, 3, T, H, W)``."""
        normalized = self.data_preprocessor.preprocessors['imgs']
        return self.object_prior(imgs * normalized.std + normalized.mean)

    def _with_object_maps(self, samples: Samples, inputs: Tensors) -> Samples:
        if self.object_prior is not None:
            for sample, maps in zip(samples, self.object_maps(inputs['imgs'])):
                sample.set_pred_object_map(maps)
        return samples

    def fail(self, sample: LocalizationDataSample) -> LocalizationDataSample:
        """The head's sample of an unreadable clip."""
        return self.cls_head.fail(sample)

    def _load_from_state_dict(
        self, state_dict: dict[str, Any], prefix: str, *args: Any, **kwargs: Any
    ) -> None:
        if not prefix:
            refuse_foreign_weights(self, state_dict)
        refuse_other_head(self.cls_head, state_dict, f'{prefix}cls_head')
        super()._load_from_state_dict(state_dict, prefix, *args, **kwargs)

    def visual_features(self, imgs: torch.Tensor, network: nn.Module | None = None) -> torch.Tensor:
        """Features ``(N, C, T, h, w)`` of frames ``(N, 3, T, H, W)``.

        Args:
            imgs: Frames.
            network: Network in place of the backbone.
        """
        network = network or self.backbone
        if self.frames == '3d':
            if self.channels_last:
                imgs = imgs.contiguous(memory_format=torch.channels_last_3d)
            return network(imgs)
        # An exporter would treat len() as a constant.
        count = imgs.shape[0]
        flat = imgs.transpose(1, 2).flatten(0, 1)
        features = self.each_features(network, flat)
        return features.reshape(count, -1, *features.shape[1:]).transpose(1, 2)

    def each_features(
        self, network: Callable[[torch.Tensor], torch.Tensor], items: torch.Tensor
    ) -> torch.Tensor:
        """Features ``(N, ...)`` of ``(N, C, H, W)``, in evaluation by :func:`features_of`."""
        if self.channels_last:
            items = items.contiguous(memory_format=torch.channels_last)
        # In training, batch normalization needs the whole batch; an exporter needs fixed shapes.
        if self.training or torch.compiler.is_exporting():
            return network(items)
        return features_of(network, items)

    def audio_features(self, audios: torch.Tensor) -> torch.Tensor:
        """Features ``(N, C, T)`` of log-mel ``(N, 1, chunks, 100, 80)``."""
        if self.chunks == 'merged':
            audios = audios.flatten(2, 3)
        features = self.audio_backbone(audios)
        if features.ndim == 5:
            features = features.flatten(2, 3)
        return features.mean(3)


def _to_channels_last(module: nn.Module) -> None:
    for kind, layout in ((nn.Conv3d, torch.channels_last_3d), (nn.Conv2d, torch.channels_last)):
        if isinstance(module, kind):
            module.to(memory_format=layout)  # type: ignore[call-overload]  # not in torch's stubs
