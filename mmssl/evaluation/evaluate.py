"""One call per protocol: maps and truth in, metrics and references out.

A protocol has two halves. The first scores samples, in any batches; the second
reduces the scores of all samples. MMEngine's metric keeps only the scores.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from . import functional as F

PROTOCOLS = ('vggss',)


@dataclass(frozen=True)
class EvaluationResult:
    """What an evaluation gives.

    Attributes:
        metrics: Name to value in [0, 1].
        per_sample: Name to array, one value a sample.
        priors: Name to metrics of a prediction that needs no model.
        ceiling: Metrics of the best possible maps.
        counts: Numbers of ``samples``, ``constant_maps``, ``empty_truths``.
    """

    metrics: dict[str, float]
    per_sample: dict[str, np.ndarray]
    priors: dict[str, dict[str, float]]
    ceiling: dict[str, float]
    counts: dict[str, int]


def evaluate(
    maps: Sequence[np.ndarray | torch.Tensor],
    truth: Sequence[np.ndarray | torch.Tensor],
    protocol: str = 'vggss',
) -> EvaluationResult:
    """Evaluate maps.

    Args:
        maps: Float ``(h, w)`` each, as the model gives them.
        truth: Boxes ``(k, 4)`` each, xyxy fractions of the full frame.
        protocol: A name in :data:`PROTOCOLS`.

    Returns:
        The result. ``metrics`` holds ``ciou`` (share with cIoU >= 0.5 under
        the 50 % rule), ``auc``, ``mean_ciou``, the three ``_adaptive`` ones,
        and ``pointing``.

    Raises:
        ValueError: If the protocol is unknown, lengths differ, nothing is
            given, or a map is not finite and two-dimensional.
    """
    if protocol not in PROTOCOLS:
        raise ValueError(f'protocol is {protocol!r}, expected one of {PROTOCOLS}')
    if len(maps) != len(truth) or not len(maps):
        raise ValueError(
            f'{len(maps)} maps and {len(truth)} truths, expected equal numbers, at least one'
        )
    scored = [score_sample(m, t, f'sample {i}') for i, (m, t) in enumerate(zip(maps, truth))]
    return reduce_scores(scored)


def score_sample(
    values: np.ndarray | torch.Tensor, boxes: np.ndarray | torch.Tensor, name: str
) -> dict[str, float]:
    """Score one sample by VGG-SS's protocol, with its priors and ceiling.

    Args:
        values: Map ``(h, w)``.
        boxes: ``(k, 4)``, xyxy fractions.
        name: What error messages call the sample.

    Returns:
        A flat dict of numbers, for :func:`reduce_scores`.

    Raises:
        ValueError: If the map or the boxes are not what they should be.
    """
    values = torch.as_tensor(values).detach().cpu()
    if values.ndim != 2 or not torch.is_floating_point(values):
        raise ValueError(
            f'{name}: map has shape {tuple(values.shape)} and type {values.dtype}, '
            'expected floats (h, w)'
        )
    if not torch.isfinite(values).all():
        raise ValueError(f'{name}: map holds NaN or infinite values')
    try:
        truth = F.boxes_to_mask(boxes)[None]
    except ValueError as error:
        raise ValueError(f'{name}: {error}') from error
    constant = bool(values.amax() == values.amin())
    # Interpolation rounds; a constant map must stay constant.
    large = (
        values.new_zeros(1, F.GRID, F.GRID) if constant else F.normalize(F.upsample(values[None]))
    )
    disc = F.centre_map()[None]
    everything = torch.ones_like(truth)
    return {
        'ciou': F.ciou(F.half_rule(large), truth).item(),
        'ciou_adaptive': F.ciou(F.adaptive_rule(large, truth), truth).item(),
        'pointing': float(F.pointing(values[None], truth)),
        'centre_disc': F.ciou(F.half_rule(disc), truth).item(),
        'centre_disc_adaptive': F.ciou(F.adaptive_rule(disc, truth), truth).item(),
        'centre_disc_pointing': float(F.pointing(disc, truth)),
        'whole_frame': F.ciou(everything, truth).item(),
        'ceiling': F.best_possible(truth).item(),
        'constant': float(constant),
        'empty': float(~truth.any()),
    }


def reduce_scores(scored: Sequence[dict[str, float]]) -> EvaluationResult:
    """Reduce the scores of all samples to an evaluation's result."""
    columns = {
        key: torch.tensor([s[key] for s in scored], dtype=torch.float64) for key in scored[0]
    }
    return EvaluationResult(
        metrics={
            **_summary(columns['ciou']),
            **_summary(columns['ciou_adaptive'], '_adaptive'),
            'pointing': columns['pointing'].mean().item(),
        },
        per_sample={k: columns[k].numpy() for k in ('ciou', 'ciou_adaptive', 'pointing')},
        priors={
            'centre_disc': {
                **_summary(columns['centre_disc']),
                **_summary(columns['centre_disc_adaptive'], '_adaptive'),
                'pointing': columns['centre_disc_pointing'].mean().item(),
            },
            'whole_frame': _summary(columns['whole_frame']),
        },
        ceiling=_summary(columns['ceiling']),
        counts={
            'samples': len(scored),
            'constant_maps': int(columns['constant'].sum()),
            'empty_truths': int(columns['empty'].sum()),
        },
    )


def _summary(scores: torch.Tensor, suffix: str = '') -> dict[str, float]:
    return {
        f'ciou{suffix}': F.success_rate(scores),
        f'auc{suffix}': F.auc(scores),
        f'mean_ciou{suffix}': scores.mean().item(),
    }
