"""Class scores of sound, picture and both, and the resulting maps."""

from typing import Any

import torch
import torch.nn.functional as F
from mmengine.model import BaseModule
from torch import nn

from ..localization import AttentionInputs, attention_maps, require_attention
from ..registry import MODELS
from ..structures import LocalizationDataSample, StepPredictions
from .features import Features, Samples, Tensors, on_one_clock

#: Names of the heads in the metrics' reports.
HEADS = ('av', 'audio', 'visual')


@MODELS.register_module()
class AudioVisualHead(BaseModule):
    """Fully-connected heads on the two networks' features.

    Source: "Less Can Be More" (WACV 2022, supplement, Table 3). Logits are linear in the features,
    so a layer applied to every step (or location) gives scores whose mean is the clip's logit.

    Args:
        num_classes: K.
        visual_channels: Channels of the video network.
        audio_channels: Channels of the audio network.
        fc: ``'individual'``: each head has its own layer, the joint head on the concatenated
            features; ``'shared'``: all heads share one layer, and the joint feature is the mean of
            the two (needs equal channels); ``'joint'``: one head, on the concatenated features.
        loss_weights: Weight of each head's cross-entropy, by default 1.
            A head with weight 0 is not trained.
        dropout: Dropout on pooled features in training.
        attention: Arguments of :func:`mmssl.localization.attention_maps`:
            ``mode``, ``context``, ``visual_context``.
        init_cfg: As in MMEngine.

    Raises:
        ValueError: If the arguments contradict each other.
    """

    FC = ('individual', 'shared', 'joint')

    def __init__(
        self,
        num_classes: int,
        visual_channels: int = 512,
        audio_channels: int = 512,
        fc: str = 'individual',
        loss_weights: dict[str, float] | None = None,
        dropout: float = 0.0,
        attention: dict | None = None,
        init_cfg: dict | list | None = None,
    ) -> None:
        super().__init__(init_cfg or dict(type='Normal', layer='Linear', std=0.01))
        if num_classes < 1:
            raise ValueError(f'num_classes is {num_classes}, expected at least 1')
        if fc not in self.FC:
            raise ValueError(f'fc is {fc!r}, expected one of {self.FC}')
        if fc == 'shared' and visual_channels != audio_channels:
            raise ValueError(
                f"fc='shared' uses one layer for both features: {visual_channels} visual and "
                f'{audio_channels} audio channels, expected equal numbers'
            )
        self.fc = fc
        self.num_classes = num_classes
        self.visual_channels = visual_channels
        self.audio_channels = audio_channels
        self.names = HEADS[:1] if fc == 'joint' else HEADS
        self.loss_weights = dict.fromkeys(self.names, 1.0)
        unknown = sorted(set(loss_weights or {}) - set(self.names))
        if unknown:
            raise ValueError(f'loss_weights name {unknown}, this head has {self.names}')
        self.loss_weights.update(loss_weights or {})
        self.attention = dict(attention or {})
        require_attention(self.attention)
        if self.attention.get('mode') == 'cosine' and visual_channels != audio_channels:
            raise ValueError(
                f"attention mode 'cosine' needs equal numbers of channels, got {visual_channels} "
                f'visual and {audio_channels} audio channels; take a class-space mode'
            )
        self.dropout = nn.Dropout(dropout)
        if fc == 'shared':
            self.fc_shared = nn.Linear(visual_channels, num_classes)
        else:
            self.fc_av = nn.Linear(visual_channels + audio_channels, num_classes)
        if fc == 'individual':
            self.fc_audio = nn.Linear(audio_channels, num_classes)
            self.fc_visual = nn.Linear(visual_channels, num_classes)

    def forward(self, feats: Features) -> Tensors:
        """Clip logits of each head.

        Args:
            feats: Visual features ``(N, C, T, h, w)`` and audio features ``(N, C', T')``.

        Returns:
            Dict of ``(N, K)``.
        """
        visual, audio = feats
        return self._logits(self.dropout(visual.mean((2, 3, 4))), self.dropout(audio.mean(2)))

    def loss(self, feats: Features, data_samples: Samples, **kwargs: Any) -> Tensors:
        """Weighted cross-entropy and training accuracy of each head."""
        labels = torch.cat([sample.gt_label for sample in data_samples])
        losses = {}
        for name, logits in self(feats).items():
            logits = logits.float()
            labels = labels.to(logits.device)
            losses[f'loss_{name}'] = self.loss_weights[name] * F.cross_entropy(logits, labels)
            losses[f'{name}_top1_acc'] = (logits.argmax(1) == labels).float().mean()
        return losses

    def predict(self, feats: Features, data_samples: Samples, **kwargs: Any) -> Samples:
        """Add clip scores, step scores and maps to data samples."""
        visual, audio = feats[0].float(), feats[1].float()
        clip_scores = {k: v.softmax(-1) for k, v in self((visual, audio)).items()}
        maps, step_scores = self.localize((visual, audio))
        for i, sample in enumerate(data_samples):
            sample.set_pred_score({k: v[i] for k, v in clip_scores.items()})
            sample.set_pred_label(clip_scores['av'][i].argmax(-1, keepdim=True))
            sample.set_field({k: v[i] for k, v in step_scores.items()}, 'pred_step_scores')
            sample.set_pred_map(maps[i])
        return data_samples

    def localize(self, feats: Features, **attention: Any) -> StepPredictions:
        """Maps and class scores of every step of the sound.

        Args:
            feats: Visual features ``(N, C, T', h, w)`` and audio features ``(N, C', T)``.
            **attention: Overrides the head's settings.
        """
        visual, audio = on_one_clock(*(features.float() for features in feats))
        maps = self.maps(visual, audio, **attention)
        return StepPredictions(maps, self.step_scores(visual, audio))

    def fail(self, sample: LocalizationDataSample) -> LocalizationDataSample:
        """Fill the sample of an unreadable clip, so that it counts as wrong for any label.

        MMAction2's ``AccMetric`` needs scores of every sample. The true class gets
        -1 and all others 0, so that an unreadable clip never counts as correct.
        """
        scores = torch.zeros(self.num_classes)
        if 'gt_label' in sample:
            scores[sample.gt_label] = -1
        sample.set_pred_score({name: scores.clone() for name in self.names})
        return sample

    def step_scores(self, visual: torch.Tensor, audio: torch.Tensor) -> Tensors:
        """Class scores of every step, dict of ``(N, T, K)``; both features have T steps."""
        logits = self._logits(visual.mean((3, 4)).transpose(1, 2), audio.transpose(1, 2))
        return {name: values.softmax(-1) for name, values in logits.items()}

    def maps(self, visual: torch.Tensor, audio: torch.Tensor, **attention: Any) -> torch.Tensor:
        """Maps ``(N, T, h, w)``; ``attention`` overrides the head's settings."""
        (weight, bias), audio_layer = self._layers()
        seen = torch.einsum('kc,ncthw->nkthw', weight, visual) + bias.view(1, -1, 1, 1, 1)
        heard = F.linear(audio.transpose(1, 2), *audio_layer).transpose(1, 2)
        inputs = AttentionInputs(
            visual_logits=seen, audio_logits=heard, visual_features=visual, audio_features=audio
        )
        return attention_maps(inputs, **{**self.attention, **attention})

    def _logits(self, visual: torch.Tensor, audio: torch.Tensor) -> Tensors:
        """Logits of features ``(..., C)``."""
        if self.fc == 'shared':
            logits = {'audio': self.fc_shared(audio), 'visual': self.fc_shared(visual)}
            return {'av': (logits['audio'] + logits['visual']) / 2, **logits}
        joint = self.fc_av(torch.cat([visual, audio], -1))
        if self.fc == 'joint':
            return {'av': joint}
        return {'av': joint, 'audio': self.fc_audio(audio), 'visual': self.fc_visual(visual)}

    def _layers(self) -> list[tuple[torch.Tensor, torch.Tensor]]:
        """Weights and biases of the class scores of locations, and of steps of the sound."""
        if self.fc == 'joint':  # the bias belongs to both halves
            weight, bias = self.fc_av.weight, self.fc_av.bias / 2
            cut = self.visual_channels
            return [(weight[:, :cut], bias), (weight[:, cut:], bias)]
        shared = self.fc == 'shared'
        layers = [self.fc_shared] * 2 if shared else [self.fc_visual, self.fc_audio]
        return [(layer.weight, layer.bias) for layer in layers]
