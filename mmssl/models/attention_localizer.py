"""The CVPR 2018 localizer, which learns from moments and boxes."""

from typing import Any

from ..registry import MODELS
from .audio_visual_recognizer import AudioVisualRecognizer
from .features import Tensors


@MODELS.register_module()
class AttentionLocalizer(AudioVisualRecognizer):
    """One picture, its sound, and the attention of one to the other.

    Source: Senocak et al., "Learning to Localize Sound Source in Visual Scenes" (CVPR 2018), with
    ResNet-18 instead of VGG-16 and SoundNet, as in "Less Can Be More" (WACV 2022, supplement,
    section 5). Training starts from a pretrained vision network and an audio network trained by
    :class:`AudioDistiller`; ``weights`` names their checkpoints.

    The arguments equal those of :class:`AudioVisualRecognizer`; ``cls_head`` is an
    :class:`AttentionHead`. Losses are computed in float32, even under autocast.
    """

    #: The sound is averaged over a window. With its margins, a window is as long as in training.
    window, margin = 1, 1

    def extract_feat(
        self, inputs: Tensors, stage: str = 'backbone', **kwargs: Any
    ) -> tuple[Any, dict]:
        """As :meth:`AudioVisualRecognizer.extract_feat`; ``'head'`` returns the maps."""
        feats, rest = super().extract_feat(inputs, 'backbone', **kwargs)
        feats = tuple(features.float() for features in feats)
        return (self.cls_head(feats)[0] if stage == 'head' else feats), rest
