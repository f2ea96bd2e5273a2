"""Training losses of published localizers, on the features of a batch of pairs.

Pictures are ``(N, C, P)``, P positions, sounds ``(N, C)``; both are normalized over the C channels.
Picture n and sound n belong together, and all other sounds are its negatives.
"""

from collections.abc import Sequence

import torch
from torch.nn.functional import cross_entropy

#: Value of a normalized map from which a position counts as foreground (FNAC).
FOREGROUND = 0.6

#: Cosine from which a position certainly sounds, and up to which it certainly does not (LVS).
THRESHOLDS = (0.65, 0.4)


def similarities(pictures: torch.Tensor, sounds: torch.Tensor) -> torch.Tensor:
    """Cosines ``(N, M, P)`` of every position with every sound."""
    return torch.einsum('ncp,mc->nmp', pictures, sounds)


def matching_loss(pictures: torch.Tensor, sounds: torch.Tensor, tau: float) -> torch.Tensor:
    """Contrast of the best position of each pair, in both directions.

    Source: EZ-VSL (ECCV 2022).

    Args:
        pictures: ``(N, C, P)``.
        sounds: ``(N, C)``.
        tau: Temperature.

    Returns:
        A scalar.
    """
    logits = similarities(pictures, sounds).amax(2) / tau
    return _diagonal(logits) + _diagonal(logits.T)


def agreement_loss(
    pictures: tuple[torch.Tensor, torch.Tensor],
    sounds: tuple[torch.Tensor, torch.Tensor],
    targets: tuple[torch.Tensor, ...],
    tau: float,
) -> torch.Tensor:
    """Agreement of two branches on positions: one separates sounds, the other separates positions.

    Source: SLAVC (NeurIPS 2022).

    Args:
        pictures, sounds: Two branches each, ``(N, C, P)`` and ``(N, C)``.
        targets: Momentum features without gradient: two branches of the pictures, then two of
            the sounds.
        tau: Temperature.

    Returns:
        A scalar.
    """
    target_pictures, target_sounds = targets[:2], targets[2:]
    heard = _agreement(pictures, target_sounds, tau)
    seen = _agreement(target_pictures, sounds, tau)
    return _diagonal(heard) + _diagonal(seen)


def _agreement(
    pictures: Sequence[torch.Tensor], sounds: Sequence[torch.Tensor], tau: float
) -> torch.Tensor:
    """Logarithm ``(N, M)`` of the probability that both branches agree on."""
    which = (similarities(pictures[0], sounds[0]) / tau).log_softmax(1)
    where = (similarities(pictures[1], sounds[1]) / tau).log_softmax(2)
    return (which + where).logsumexp(2)


def false_negative_losses(
    pictures: torch.Tensor, sounds: torch.Tensor, tau: float
) -> dict[str, torch.Tensor]:
    """Three terms for false negatives: pairs that belong together although their clips differ.

    Source: FNAC (CVPR 2023): similarities within a modality regularize those between the two.

    Args:
        pictures: ``(N, C, P)``.
        sounds: ``(N, C)``.
        tau: Temperature.

    Returns:
        ``fns1`` (sounds among themselves), ``tns`` (sounds and foregrounds) and ``fns2``
        (pictures among themselves), scalars.
    """
    cosines = similarities(pictures, sounds)
    between = (cosines.amax(2) / tau).softmax(1)
    own = torch.diagonal(cosines).T / tau
    low, high = own.amin(1, keepdim=True), own.amax(1, keepdim=True)
    foreground = (own - low) / (high - low + 1e-5) > FOREGROUND
    # As in the authors' code, the divisor is the number of all positions.
    shown = (pictures * foreground[:, None]).mean(2)
    heard = _within(sounds, tau)
    return {
        'fns1': (heard - between).abs().mean(),
        'tns': (heard - _within(shown, tau)).abs().mean(),
        'fns2': (_within(pictures.mean(2), tau) - between).abs().mean(),
    }


def _within(features: torch.Tensor, tau: float) -> torch.Tensor:
    return (features @ features.T / tau).softmax(1)


def hard_way_logits(
    pictures: torch.Tensor, sounds: torch.Tensor, thresholds: Sequence[float] = THRESHOLDS
) -> torch.Tensor:
    """Logits whose first class is the target: positions that sound, against all others.

    Source: LVS (CVPR 2021); SSL-TIE (ACM MM 2022) uses the same thresholds.

    Args:
        pictures: ``(N, C, P)``, at least 0 as after a ReLU.
        sounds: ``(N, C)``, at least 0.
        thresholds: Positions with cosines above the first one sound, and those below the second
            one do not.

    Returns:
        ``(N, N + 2)``: the sounding positions of the pair's own sound, the positions of every sound
        (the own sound masked out), and the silent positions of the own sound.
    """
    cosines = similarities(pictures, sounds)
    sounding = _weighted_mean(torch.sigmoid((cosines - thresholds[0]) / 0.03), cosines)
    own = torch.diagonal(cosines).T
    silent = _weighted_mean(1 - torch.sigmoid((own - thresholds[1]) / 0.03), own)
    right = torch.diagonal(sounding)
    # Cosines are not negative, so a factor of -99 removes the diagonal from the softmax.
    others = sounding * torch.where(torch.eye(len(cosines), device=cosines.device) > 0, -99.0, 1.0)
    return torch.cat([right[:, None], others, silent[:, None]], 1) / 0.07


def hard_way_loss(
    pictures: torch.Tensor, sounds: torch.Tensor, thresholds: Sequence[float] = THRESHOLDS
) -> torch.Tensor:
    """Cross-entropy of :func:`hard_way_logits`, a scalar."""
    logits = hard_way_logits(pictures, sounds, thresholds)
    return cross_entropy(logits, torch.zeros(len(logits), dtype=torch.long, device=logits.device))


def alignment_loss(
    pictures: torch.Tensor,
    sounds: torch.Tensor,
    shown: torch.Tensor,
    heard: torch.Tensor,
    tau: float = 0.07,
    threshold: float = THRESHOLDS[0],
) -> torch.Tensor:
    """Contrast between places and between meanings of picture and sound, in both directions.

    Source: the text of Alignment (ICCV 2023), whose training code was never published: positions
    that sound, weighted as in LVS, and globally pooled features with separate projections. The
    authors also use augmented views and nearest neighbours as positives; here a pair's own picture
    and sound are the only positive.

    Args:
        pictures: ``(N, C, P)``, at least 0 as after a ReLU.
        sounds: ``(N, C)``, at least 0.
        shown: Pooled, projected and normalized pictures ``(N, D)``.
        heard: The same for sounds ``(N, D)``.
        tau: Temperature, as in LVS.
        threshold: Cosine above which a position sounds, as in LVS.

    Returns:
        A scalar.
    """
    cosines = similarities(pictures, sounds)
    where = _weighted_mean(torch.sigmoid((cosines - threshold) / 0.03), cosines) / tau
    meaning = shown @ heard.T / tau
    losses = [_diagonal(logits) + _diagonal(logits.T) for logits in (where, meaning)]
    return torch.stack(losses).mean()


def _weighted_mean(weights: torch.Tensor, values: torch.Tensor) -> torch.Tensor:
    return (weights * values).sum(-1) / weights.sum(-1)


def _diagonal(logits: torch.Tensor) -> torch.Tensor:
    return cross_entropy(logits, torch.arange(len(logits), device=logits.device))
