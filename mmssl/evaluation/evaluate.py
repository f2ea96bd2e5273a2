"""One function for every protocol, from maps and ground truth to metrics and reference values.

A protocol has two halves. The first half scores samples, in any batches; the
second half reduces the scores of all samples. MMEngine's metric keeps only the
scores.
"""

from collections.abc import Hashable, Sequence

import numpy as np

from .functional.scores import Array
from .inputs import Samples
from .protocols import Protocol, make_protocol
from .reduce import RESAMPLES, EvaluationResult, reduce_scores
from .samples import score_samples


def evaluate(
    maps: Sequence[Array],
    truth: Sequence[Array],
    protocol: str = 'vggss',
    *,
    preset: str | None = None,
    object_maps: Sequence[Array] | None = None,
    confidence: Sequence[float] | None = None,
    sounding: Sequence[bool] | None = None,
    groups: Sequence[Hashable] | None = None,
    ids: Sequence[Hashable] | None = None,
    threshold: float | None = None,
    tau: float | None = None,
    alpha: float | None = None,
    exact: bool = False,
    consensus: bool | None = None,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> EvaluationResult:
    """Evaluate maps. The formulas are in ``docs/reference/metrics.md``.

    Args:
        maps: Float ``(h, w)`` each, of any sizes, unscaled: a list, a tensor ``(N, h, w)`` on any
            device, or a lazy sequence, from which a few maps are read at a time.
        truth: Boxes ``(k, 4)`` each (lists, arrays or tensors), xyxy fractions of the full frame
            (of the 256 grid in Flickr-SoundNet), or masks: bool ``(224, 224)``, in AVSBench
            ``(H, W)`` of any size.
        protocol: ``vggss``, ``flickr-soundnet``, ``interactive``, ``extended``, ``avsbench``,
            ``negative-audio``, ``video`` (its samples are frames, and its ``groups`` are
            videos), or your own protocol, see :func:`protocols.register`.
        preset: Conversion of a map to a prediction, a name in :data:`functional.PRESETS`. Default
            ``vggss``; ``acl`` in ``negative-audio``.
        object_maps: Float ``(h, w)`` each, for fusion with the maps.
        confidence: Confidence of the method that something visible sounds (``extended``); by
            default computed from the maps.
        sounding: Whether something visible sounds in each sample
            (``extended``, ``negative-audio``, ``video``).
        groups: Group of each sample (needed by ``interactive``). The bootstrap draws groups.
        ids: Identifiers, for messages and comparisons.
        threshold: Threshold of ``p >= t`` for all maps, chosen on a validation split:
            needed by ``negative-audio`` and preset ``acl``, optional in
            ``avsbench`` (with ``p > t``) and ``video``.
        tau: Temperature of SLAVC's presets and confidence (0.03).
        alpha: Share of ``maps`` in the fusion with ``object_maps`` (0.4).
        exact: Also report the standard AP as ``ap_exact`` (``extended``).
        consensus: Whether boxes come from several annotators on the 256 grid: the default of
            ``flickr-soundnet``, and needed for the extended set of Flickr-SoundNet.
        resamples: Number of bootstrap draws (1000), 0 for no intervals.
        seed: Seed of the bootstrap.

    Returns:
        The result; its :meth:`EvaluationResult.numbers` are a dict of floats.

    Raises:
        ValueError: If a name is unknown, lengths differ, an argument is missing or unused, an id
            appears twice, or a sample is malformed; the message names the sample.

    Examples:
        >>> left = np.tile(np.linspace(1, 0, 7), (7, 1))
        >>> result = evaluate([left], [[[0, 0, 0.5, 1]]])
        >>> result.metrics['ciou'], result.ceiling['ciou']
        (1.0, 1.0)
        >>> round(result.priors['centre_disc']['mean_ciou'], 3)
        0.333
    """
    asked = make_protocol(
        protocol, preset, threshold=threshold, tau=tau, alpha=alpha, exact=exact,
        consensus=consensus,
    )  # fmt: skip
    if object_maps is None and alpha is not None:
        raise ValueError('alpha= needs object_maps=, which are missing: pass them, or remove alpha')
    samples = Samples(maps, truth, object_maps, confidence, sounding, groups, ids)
    rows = score_all(asked, samples)
    return reduce_scores(asked, rows, groups, ids=ids, resamples=resamples, seed=seed)


def score_all(protocol: Protocol, samples: Samples) -> np.ndarray:
    """Check the arguments and score all samples, the first half of :func:`evaluate`.

    Args:
        protocol: The protocol.
        samples: Samples to score.

    Returns:
        Rows for :func:`reduce_scores`.

    Raises:
        ValueError: See :func:`evaluate`.
    """
    samples.check(protocol)
    return score_samples(protocol, samples)
