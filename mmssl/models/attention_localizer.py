"""The CVPR 2018 localizer, which learns from moments and boxes."""

from typing import Any

from ..registry import MODELS
from .audio_visual_recognizer import AudioVisualRecognizer
from .features import Tensors


@MODELS.register_module()
class AttentionLocalizer(AudioVisualRecognizer):
    """One picture, its sound, and the attention of one to the other.

    Source: Senocak et al., "Learning to Localize Sound Source in Visual Scenes" (CVPR 2018), with
    ResNet-18 in the place of VGG-16 and SoundNet, as "Less Can Be More" (WACV 2022, supplement,
    section 5) does. Training starts from a vision network that knows pictures and an audio network
    that :class:`AudioDistiller` taught; ``weights`` names their checkpoints.

    Arguments are those of :class:`AudioVisualRecognizer`; ``cls_head`` is a
    :class:`AttentionHead`. Losses are computed in float32, also under autocast.
    """

    #: The sound is averaged over a window. With its margins it is as long as in the training.
    window, margin = 1, 1

    def extract_feat(
        self, inputs: Tensors, stage: str = 'backbone', **kwargs: Any
    ) -> tuple[Any, dict]:
        """As :meth:`AudioVisualRecognizer.extract_feat`; ``'head'`` gives the maps."""
        feats, rest = super().extract_feat(inputs, 'backbone', **kwargs)
        feats = tuple(features.float() for features in feats)
        return (self.cls_head(feats)[0] if stage == 'head' else feats), rest
