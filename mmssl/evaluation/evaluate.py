"""One call per protocol: maps and truth in, metrics and references out.

A protocol has two halves. The first scores samples, in any batches; the second
reduces the scores of all samples. MMEngine's metric keeps only the scores.
"""

from collections.abc import Hashable, Sequence

import numpy as np
import torch

from .inputs import check_ids, check_lengths
from .reduce import RESAMPLES, EvaluationResult, reduce_scores
from .samples import score_samples
from .settings import SOUNDING, Settings, make_settings

#: Samples that are read at a time, so that maps may be a lazy sequence.
BLOCK = 64


def evaluate(
    maps: Sequence[np.ndarray | torch.Tensor],
    truth: Sequence[np.ndarray | torch.Tensor],
    protocol: str = 'vggss',
    *,
    preset: str | None = None,
    object_maps: Sequence[np.ndarray | torch.Tensor] | None = None,
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
    """Evaluate maps. The formulas are in ``docs/evaluation.md``.

    Args:
        maps: Float ``(h, w)`` each, of any sizes, as the model gives them.
        truth: Boxes ``(k, 4)`` each, xyxy fractions of the full frame (of the
            256 grid in Flickr-SoundNet), or masks: bool ``(224, 224)``, in
            AVSBench ``(H, W)`` of any size.
        protocol: ``vggss``, ``flickr-soundnet``, ``interactive``,
            ``extended``, ``avsbench``, ``negative-audio`` or ``video`` (a
            sample is a frame there, and ``groups`` are the videos).
        preset: How a map becomes a prediction, a name in
            :data:`functional.PRESETS`. Default ``vggss``; ``acl`` in
            ``negative-audio``.
        object_maps: Float ``(h, w)`` each, to fuse the maps with.
        confidence: How sure the method is that something visible sounds
            (``extended``); by default taken from the maps.
        sounding: Whether something visible sounds in each sample
            (``extended``, ``negative-audio``, ``video``).
        groups: Group of each sample (needed by ``interactive``). Groups are
            what the bootstrap draws.
        ids: Identifiers, for messages and comparisons.
        threshold: ``p >= t`` for all maps, chosen on a validation split:
            needed by ``negative-audio`` and preset ``acl``, possible in
            ``avsbench`` (there ``p > t``) and ``video``.
        tau: Temperature of SLAVC's presets and confidence (0.03).
        alpha: Share of ``maps`` in the fusion with ``object_maps`` (0.4).
        exact: Report the standard AP as ``ap_exact`` too (``extended``).
        consensus: Boxes are those of several annotators on the 256 grid, as in
            ``flickr-soundnet``, where this is the default; say so for the
            extended set of Flickr-SoundNet.
        resamples: Bootstrap draws (1000), 0 for no intervals.
        seed: Of the bootstrap.

    Returns:
        The result.

    Raises:
        ValueError: If a name is unknown, numbers of things differ, something
            is missing or would not be used, an id is there twice, or a sample
            is not what it should be; the message names the sample.

    Examples:
        >>> left = np.tile(np.linspace(1, 0, 7), (7, 1))
        >>> result = evaluate([left], [[[0, 0, 0.5, 1]]])
        >>> result.metrics['ciou'], result.ceiling['ciou']
        (1.0, 1.0)
        >>> round(result.priors['centre_disc']['mean_ciou'], 3)
        0.333
    """
    settings = make_settings(
        protocol,
        preset,
        threshold=threshold,
        tau=tau,
        alpha=alpha,
        exact=exact,
        consensus=consensus,
    )
    if object_maps is None and alpha is not None:
        raise ValueError('alpha= is of the fusion with object_maps=, which are not given')
    rows = score_all(
        settings,
        maps,
        truth,
        object_maps=object_maps,
        confidence=confidence,
        sounding=sounding,
        groups=groups,
        ids=ids,
    )
    return reduce_scores(settings, rows, groups, ids=ids, resamples=resamples, seed=seed)


def score_all(
    settings: Settings,
    maps: Sequence,
    truth: Sequence,
    *,
    object_maps: Sequence | None = None,
    confidence: Sequence | None = None,
    sounding: Sequence | None = None,
    groups: Sequence | None = None,
    ids: Sequence[Hashable] | None = None,
) -> np.ndarray:
    """The first half of :func:`evaluate`, whose arguments these are.

    Returns:
        Rows for :func:`reduce_scores`.

    Raises:
        ValueError: See :func:`evaluate`.
    """
    size = len(maps)
    check_lengths(
        size,
        truths=truth,
        object_maps=object_maps,
        confidence=confidence,
        sounding=sounding,
        groups=groups,
        ids=ids,
    )
    check_extras(settings, confidence, sounding, groups)
    names = check_ids(ids, size)
    rows = []
    for start in range(0, size, BLOCK):
        block = range(start, min(start + BLOCK, size))
        extras = {
            key: None if values is None else [values[i] for i in block]
            for key, values in (
                ('object_maps', object_maps),
                ('confidence', confidence),
                ('sounding', sounding),
            )
        }
        chosen = ([values[i] for i in block] for values in (maps, truth, names))
        rows.append(score_samples(settings, *chosen, **extras))
    return np.concatenate(rows)


def check_extras(
    settings: Settings,
    confidence: Sequence | None,
    sounding: Sequence | None,
    groups: Sequence | None,
) -> None:
    """Make sure that what a protocol needs is there, and nothing that it would ignore.

    Raises:
        ValueError: If not.
    """
    protocol = settings.protocol
    if protocol == 'interactive' and groups is None:
        raise ValueError("protocol 'interactive' needs groups=, the picture of every sample")
    if protocol in SOUNDING and sounding is None:
        raise ValueError(f'protocol {protocol!r} needs sounding=, True or False for every sample')
    if protocol not in SOUNDING and sounding is not None:
        raise ValueError(f'sounding= would not be used by protocol {protocol!r}: leave it out')
    if protocol != 'extended' and confidence is not None:
        raise ValueError(f'confidence= would not be used by protocol {protocol!r}: leave it out')
