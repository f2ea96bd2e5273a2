"""An audio network that a vision network teaches."""

from typing import Any

import torch.nn.functional as F
from mmengine.model import BaseModule
from torch import nn

from ..registry import MODELS
from ..structures import LocalizationDataSample
from .audio_visual_recognizer import AudioVisualRecognizer
from .features import Features, Samples, Tensors


@MODELS.register_module()
class AudioDistiller(AudioVisualRecognizer):
    """An audio network learns the class posterior of a frozen vision network.

    Source: SoundNet (Aytar, Vondrick, Torralba, NeurIPS 2016), as "Less Can Be
    More" (WACV 2022, supplement, section 5) uses it to train the audio network
    of its second localizer. No label is read.

    Args:
        backbone: The teacher's network; ``cls_head`` a :class:`DistillationHead`
            with the teacher's number of classes.
        teacher: Checkpoint with the teacher's ``backbone`` and its classifier as
            ``cls_head.fc_visual``, as training a picture classifier with
            :class:`AudioVisualHead` or ``tools/model_converters/convert_resnet18.py`` writes it.
            Needed to train; a trained distiller's checkpoint holds the teacher.
        **kwargs: As for :class:`AudioVisualRecognizer`.
    """

    #: The frozen parts.
    TEACHER = ('backbone', 'cls_head.fc_visual')

    def __init__(self, teacher: str | None = None, **kwargs: Any) -> None:
        weights = dict.fromkeys(self.TEACHER, teacher) if teacher else None
        super().__init__(weights=weights, frozen=self.TEACHER, **kwargs)
        self.teacher = teacher

    def init_weights(self) -> None:
        """Load the teacher.

        Raises:
            ValueError: If there is none.
        """
        if self.teacher is None:
            raise ValueError(
                'no teacher is given, expected the checkpoint of a picture classifier '
                '(--cfg-options model.teacher=PATH)'
            )
        super().init_weights()


@MODELS.register_module()
class DistillationHead(BaseModule):
    """Classifiers of teacher and student, and the divergence between them.

    Args:
        num_classes: The teacher's classes.
        visual_channels: Channels of the teacher's network.
        audio_channels: Channels of the student's.
        init_cfg: As in MMEngine.
    """

    def __init__(
        self,
        num_classes: int = 1000,
        visual_channels: int = 512,
        audio_channels: int = 512,
        init_cfg: dict | list | None = None,
    ) -> None:
        super().__init__(init_cfg or dict(type='Normal', layer='Linear', std=0.01))
        self.num_classes = num_classes
        self.visual_channels, self.audio_channels = visual_channels, audio_channels
        self.fc_visual = nn.Linear(visual_channels, num_classes)
        self.fc_audio = nn.Linear(audio_channels, num_classes)

    def forward(self, feats: Features) -> Tensors:
        """Posteriors of both.

        Args:
            feats: Visual features ``(N, C, T, h, w)`` and audio features ``(N, C', T')``.

        Returns:
            ``'visual'``: the mean over the pictures of the teacher's posterior,
            ``'audio'``: the student's; float32 ``(N, K)``, logarithms.
        """
        visual, audio = feats
        seen = self.fc_visual(visual.mean((3, 4)).transpose(1, 2)).float().softmax(-1).mean(1)
        heard = self.fc_audio(audio.mean(2)).float().log_softmax(-1)
        return {'visual': seen.log(), 'audio': heard}

    def loss(self, feats: Features, data_samples: Samples, **kwargs: Any) -> Tensors:
        """KL divergence of the student from the teacher, and how often both name one class."""
        logs = self(feats)
        divergence = F.kl_div(logs['audio'], logs['visual'], reduction='batchmean', log_target=True)
        agree = logs['audio'].argmax(1) == logs['visual'].argmax(1)
        return {'loss_kl': divergence, 'agreement': agree.float().mean()}

    def predict(self, feats: Features, data_samples: Samples, **kwargs: Any) -> Samples:
        """Posteriors as ``pred_score``."""
        posteriors = {name: values.exp() for name, values in self(feats).items()}
        for i, sample in enumerate(data_samples):
            sample.set_pred_score({name: values[i] for name, values in posteriors.items()})
        return data_samples

    def fail(self, sample: LocalizationDataSample) -> LocalizationDataSample:
        """The sample of a clip that could not be read: it stays without scores."""
        return sample
