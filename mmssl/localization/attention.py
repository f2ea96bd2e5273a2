"""Cross-modal attention: where a picture agrees with a sound.

Every mode takes one clip batch (:class:`AttentionInputs`) and gives maps
``(N, T, h, w)``, float, higher where picture and sound agree more. Maps are
not normalized and may be negative. A mode is a function in
:data:`ATTENTION_MODES`; adding one there makes it known everywhere.

The class-space mode follows the pilot of this project: with a separate head
(an individual fully-connected layer) for each modality, the two feature spaces
are not aligned, but the class scores are.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import torch
import torch.nn.functional as F

from ..spelling import did_you_mean


@dataclass(frozen=True)
class AttentionInputs:
    """Inputs of the modes, for N clips, T steps, K classes and C channels.

    Attributes:
        visual_logits: ``(N, K, T, h, w)``, class scores at every location.
        audio_logits: ``(N, K, T)``, class scores of every step's sound.
        visual_features: ``(N, C, T, h, w)``.
        audio_features: ``(N, C', T)``; the cosine mode needs C' = C.

    Raises:
        ValueError: If the shapes do not fit together.
    """

    visual_logits: torch.Tensor
    audio_logits: torch.Tensor
    visual_features: torch.Tensor
    audio_features: torch.Tensor

    def __post_init__(self) -> None:
        n, k, t, h, w = self.visual_logits.shape
        if self.audio_logits.shape != (n, k, t):
            raise ValueError(
                f'audio_logits have shape {tuple(self.audio_logits.shape)}, expected {(n, k, t)} '
                f'to go with visual_logits {tuple(self.visual_logits.shape)}'
            )
        if self.visual_features.shape[2:] != (t, h, w):
            raise ValueError(
                f'visual_features have shape {tuple(self.visual_features.shape)}, '
                f'expected (N, C, {t}, {h}, {w})'
            )
        if self.audio_features.shape[2:] != (t,):
            raise ValueError(
                f'audio_features have shape {tuple(self.audio_features.shape)}, '
                f'expected (N, C, {t})'
            )


def attention_maps(
    inputs: AttentionInputs, mode: str = 'class', *, context: int = 1, visual_context: int = 1
) -> torch.Tensor:
    """Compute one map for every step.

    Args:
        inputs: Logits and features.
        mode: A name in :data:`ATTENTION_MODES`.
        context: Steps around the instant over which the sound is averaged, odd.
        visual_context: The same for the picture, odd.

    Returns:
        ``(N, T, h, w)``.

    Raises:
        ValueError: If the mode is unknown or a context is not a positive odd number.
    """
    _require_mode(mode)
    _require_context(context)
    _require_context(visual_context, 'visual context')
    inputs = replace(
        inputs,
        audio_logits=pool_over_time(inputs.audio_logits, context),
        audio_features=pool_over_time(inputs.audio_features, context),
        visual_logits=pool_over_time(inputs.visual_logits, visual_context),
        visual_features=pool_over_time(inputs.visual_features, visual_context),
    )
    return ATTENTION_MODES[mode](inputs)


def require_attention(choice: Mapping[str, Any]) -> None:
    """Refuse arguments that :func:`attention_maps` would refuse, before any input exists.

    Args:
        choice: Any of ``mode``, ``context`` and ``visual_context``.

    Raises:
        ValueError: If one is unknown or wrong.
    """
    known = ('mode', 'context', 'visual_context')
    for name, value in choice.items():
        if name not in known:
            near = did_you_mean(name, known)
            raise ValueError(f'attention has {name!r}, expected some of {known}{near}')
        if name == 'mode':
            _require_mode(value)
        else:
            _require_context(value, name.replace('_', ' '))


def _require_mode(mode: str) -> None:
    if mode not in ATTENTION_MODES:
        known = sorted(ATTENTION_MODES)
        near = did_you_mean(str(mode), known)
        raise ValueError(f'attention mode is {mode!r}, expected one of {known}{near}')


def _require_context(context: int, name: str = 'context') -> None:
    if not isinstance(context, int) or context < 1 or context % 2 == 0:
        raise ValueError(f'{name} is {context!r} steps, expected a positive odd number')


def pool_over_time(values: torch.Tensor, context: int) -> torch.Tensor:
    """Average over a window of steps; at the ends, over the steps that exist.

    Args:
        values: ``(N, C, T, ...)``.
        context: Length of the window, odd.

    Returns:
        Same shape.

    Raises:
        ValueError: If ``context`` is not a positive odd number.
    """
    _require_context(context)
    if context == 1:
        return values
    flat = values.flatten(3).movedim(2, -1) if values.ndim > 3 else values
    shape = flat.shape
    rows = flat.reshape(shape[0], -1, shape[-1])
    pooled = F.avg_pool1d(rows, context, 1, context // 2, count_include_pad=False).reshape(shape)
    return pooled.movedim(-1, 2).reshape(values.shape) if values.ndim > 3 else pooled


def _inner(audio: torch.Tensor, visual: torch.Tensor) -> torch.Tensor:
    """Sum over the channels: sounds ``(N, C, T)`` and pictures ``(N, C, T, h, w)`` to maps."""
    return torch.einsum('nct,ncthw->nthw', audio, visual)


def _cosine(inputs: AttentionInputs) -> torch.Tensor:
    """Cosine of the raw features."""
    channels = inputs.audio_features.shape[1], inputs.visual_features.shape[1]
    if channels[0] != channels[1]:
        raise ValueError(
            f'cosine attention needs features of one width, got {channels[0]} (sound) and '
            f'{channels[1]} (picture); use a class-space mode'
        )
    return _inner(*(F.normalize(f, dim=1) for f in (inputs.audio_features, inputs.visual_features)))


ATTENTION_MODES: dict[str, Callable[[AttentionInputs], torch.Tensor]] = {
    # Class activation map of the sounding class: sum_k p(k | sound) * logit_k(location).
    'class': lambda x: _inner(x.audio_logits.softmax(1), x.visual_logits),
    # Probability that both show the same class: sum_k p(k | sound) * p(k | location).
    'class-posterior': lambda x: _inner(x.audio_logits.softmax(1), x.visual_logits.softmax(1)),
    # Minus the cross-entropy: sum_k p(k | sound) * log p(k | location).
    'class-log-posterior': lambda x: _inner(
        x.audio_logits.softmax(1), x.visual_logits.log_softmax(1)
    ),
    'logit': lambda x: _inner(x.audio_logits, x.visual_logits),
    'cosine': _cosine,
}
