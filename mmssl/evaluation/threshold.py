"""One threshold for a whole run, chosen on a validation split."""

from collections.abc import Hashable, Sequence

import numpy as np

from .evaluate import evaluate
from .functional.scores import Array
from .inputs import Samples, check_ids, check_maps

#: Candidate thresholds: quantiles of the values of all maps.
CANDIDATES = 50


def choose_threshold(
    maps: Sequence[Array],
    truth: Sequence[Array],
    *,
    preset: str = 'acl',
    consensus: bool = False,
    ids: Sequence[Hashable] | None = None,
) -> tuple[float, float]:
    """Choose the threshold of ``p >= t`` with the highest mean cIoU.

    Args:
        maps: Float ``(h, w)`` each, from a *validation* split: a threshold that is
            chosen on the test split makes the test score meaningless.
        truth: Boxes ``(k, 4)`` as fractions, or masks.
        preset: ``acl``, or another preset whose values are comparable among maps.
        consensus, ids: See :func:`evaluate`.

    Returns:
        Threshold and mean cIoU.

    Raises:
        ValueError: See :func:`evaluate`.
    """
    check_ids(ids)
    names = Samples(maps, truth, ids=ids).names
    # One map at a time, so that only the values stay in memory.
    checked = (check_maps([values], [name])[0] for values, name in zip(maps, names))
    values = np.concatenate([tensor.numpy().ravel() for tensor in checked])
    candidates = np.unique(np.quantile(values, np.linspace(0.02, 0.99, CANDIDATES)))
    protocol = 'flickr-soundnet' if consensus else 'vggss'
    scores = [
        evaluate(
            maps, truth, protocol, preset=preset, threshold=float(t), ids=names, resamples=0
        ).metrics['mean_ciou']
        for t in candidates
    ]
    best = int(np.argmax(scores))
    return float(candidates[best]), scores[best]
