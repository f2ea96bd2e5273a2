"""Distillation of a vision network into an audio network."""

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
    """An audio network that learns the class posterior of a frozen vision network.

    Source: SoundNet (Aytar, Vondrick, Torralba, NeurIPS 2016). "Less Can Be
    More" (WACV 2022, supplement, section 5) trains the audio network of its
    second localizer in this way. Labels are not used.

    Args:
        backbone: The teacher's network; ``cls_head`` is a :class:`DistillationHead`
            with the teacher's number of classes.
        teacher: Checkpoint with the teacher's ``backbone`` and its classifier as
            ``cls_head.fc_visual``. The training of a picture classifier with
            :class:`AudioVisualHead` writes one, and so does
            ``tools/model_converters/convert_resnet18.py``. Needed for training; the
            checkpoint of a trained distiller contains the teacher.
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
            ValueError: If there is no teacher.
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
        num_classes: Number of the teacher's classes.
        visual_channels: Channels of the teacher's network.
        audio_channels: Channels of the student's network.
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
        """Posteriors of teacher and student.

        Args:
            feats: Visual features ``(N, C, T, h, w)`` and audio features ``(N, C', T')``.

        Returns:
            ``'visual'``: the teacher's posterior, averaged over the pictures,
            ``'audio'``: the student's posterior; float32 ``(N, K)``, logarithms.
        """
        visual, audio = feats
        seen = self.fc_visual(visual.mean((3, 4)).transpose(1, 2)).float().softmax(-1).mean(1)
        heard = self.fc_audio(audio.mean(2)).float().log_softmax(-1)
        return {'visual': seen.log(), 'audio': heard}

    def loss(self, feats: Features, data_samples: Samples, **kwargs: Any) -> Tensors:
        """KL divergence of the student from the teacher, and the share of equal top classes."""
        logs = self(feats)
        divergence = F.kl_div(logs['audio'], logs['visual'], reduction='batchmean', log_target=True)
        agree = logs['audio'].argmax(1) == logs['visual'].argmax(1)
        return {'loss_kl': divergence, 'agreement': agree.float().mean()}

    def predict(self, feats: Features, data_samples: Samples, **kwargs: Any) -> Samples:
        """Store the posteriors as ``pred_score``."""
        posteriors = {name: values.exp() for name, values in self(feats).items()}
        for i, sample in enumerate(data_samples):
            sample.set_pred_score({name: values[i] for name, values in posteriors.items()})
        return data_samples

    def fail(self, sample: LocalizationDataSample) -> LocalizationDataSample:
        """The sample of an unreadable clip; it has no scores."""
        return sample
