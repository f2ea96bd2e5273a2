"""First half of an evaluation: samples to a few numbers each.

Every row is computed from its own sample alone, so the numbers do not depend
on how samples are batched.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np
import torch

from . import functional as F
from .functional.presets import on_grid, values_on_grid
from .functional.rules import adaptive_ranks
from .functional.scores import count
from .inputs import check_confidence, check_flags, check_maps, check_truths
from .settings import SOUNDING, Settings

#: Samples whose enlarged maps are held at a time.
CHUNK = 16

_BASE = ('constant', 'pixels', 'some', 'full', 'predicted')
_CIOU = ('ciou', 'centre_disc/ciou')
_ADAPTIVE = ('ciou_adaptive', 'centre_disc/ciou_adaptive', 'pointing', 'centre_disc/pointing')
_MASKS = ('miou', 'centre_disc/miou', 'centre_disc/f')


def column_names(settings: Settings) -> tuple[str, ...]:
    """Names of a row's numbers; AVSBench's rows end with the 255 points of F."""
    if settings.protocol == 'avsbench':
        return (*_BASE, *_MASKS)
    if settings.protocol == 'extended':
        return (*_BASE, *_CIOU, 'sounding', 'confidence')
    if settings.protocol in SOUNDING:
        return (*_BASE, *_CIOU, 'sounding')
    return (*_BASE, *_CIOU, *_ADAPTIVE)


def columns(settings: Settings, rows: np.ndarray) -> dict[str, np.ndarray]:
    """Rows of :func:`score_samples` by name; ``f_curve`` holds AVSBench's curves."""
    names = column_names(settings)
    found = {name: rows[:, i] for i, name in enumerate(names)}
    if settings.protocol == 'avsbench':
        found['f_curve'] = rows[:, len(names) :]
    return found


def predicted_sizes(settings: Settings, pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Least and largest number of pixels that the rule predicts on a map without ties."""
    pixels = np.asarray(pixels)
    none = np.zeros_like(pixels)
    masks = settings.protocol == 'avsbench'
    rule = 'half' if masks else settings.preset.rule
    if settings.threshold is not None or rule in ('0.5', 'given'):
        return none, pixels
    strict = masks or settings.preset.comparison != '>='
    half = pixels - pixels // 2 - strict
    return (none, half) if rule == 'half, at least 0.5' else (half, half)


def score_samples(
    settings: Settings,
    maps: Sequence,
    truth: Sequence,
    names: Sequence[str],
    *,
    object_maps: Sequence | None = None,
    confidence: Sequence | None = None,
    sounding: Sequence | None = None,
) -> np.ndarray:
    """Score samples.

    Args:
        settings: What is asked for.
        maps: Float ``(h, w)`` each, of any sizes.
        truth: Boxes or masks, see :func:`mmssl.evaluation.evaluate`.
        names: What error messages call the samples.
        object_maps: Float ``(h, w)`` each, to fuse with.
        confidence: Numbers of the extended protocol; None takes them from the maps.
        sounding: Flags of the protocols that have them.

    Returns:
        float64 ``(B, C)``, columns as :func:`columns` names them.

    Raises:
        ValueError: If a map, a truth or a flag is not what it should be.
    """
    found = []
    for start in range(0, len(maps), CHUNK):
        part = slice(start, start + CHUNK)
        found.append(
            _score_chunk(
                settings,
                check_maps(maps[part], names[part]),
                check_truths(truth[part], names[part], settings),
                None
                if object_maps is None
                else check_maps(object_maps[part], names[part], 'object map'),
            )
        )
    rows = np.concatenate(found)
    named = columns(settings, rows)
    if settings.protocol in SOUNDING:
        named['sounding'][:] = check_flags(sounding, names)
    if confidence is not None:
        named['confidence'][:] = check_confidence(confidence, names)
    return rows


def _score_chunk(settings, maps, truths, object_maps):
    rows = None
    for members in _alike(maps, truths, object_maps):
        batch = torch.stack([maps[i] for i in members])
        truth = np.stack([truths[i] for i in members])
        objects = object_maps and torch.stack([object_maps[i] for i in members])
        scored = _score_batch(settings, batch, truth, objects)
        if rows is None:
            rows = np.empty((len(maps), scored.shape[1]))
        rows[members] = scored
    return rows


def _alike(maps, truths, object_maps) -> Iterator[list[int]]:
    """Indices of the samples that can be stacked."""
    kinds = defaultdict(list)
    for i, (values, truth) in enumerate(zip(maps, truths)):
        other = object_maps and (object_maps[i].shape, object_maps[i].dtype)
        kinds[values.shape, values.dtype, truth.shape, other].append(i)
    yield from kinds.values()


def _score_batch(settings, maps, truth, objects):
    size = truth.shape[1:]
    flat = maps.flatten(1)
    weighted = truth.dtype != bool
    some = count(truth)
    found = {
        'constant': (flat.amax(1) == flat.amin(1)).numpy(),
        'pixels': np.full(len(maps), truth[0].size),
        'some': some,
        'full': count(truth == 1) if weighted else some,
    }
    preset = settings.preset
    large = on_grid(maps, preset, size)
    objects = on_grid(objects, preset, size)
    p = values_on_grid(large, preset, settings.tau, objects, settings.alpha)
    if settings.protocol == 'avsbench':
        return _packed(settings, found, _score_masks(settings, found, p, truth))
    found.update(_score_ciou(settings, p, truth, some))
    if settings.protocol in SOUNDING:
        found['sounding'] = np.ones(len(maps))
    else:
        found.update(_score_adaptive(maps.numpy(), p, truth, some))
    if settings.protocol == 'extended':
        scaled = F.scale(large, settings.tau)
        if objects is not None:
            scaled = F.fuse_scaled(large, objects, settings.tau, settings.alpha)
        found['confidence'] = F.top_quarter_mean(scaled)
    return _packed(settings, found)


def _packed(settings, found, curve=None):
    rows = [np.asarray(found[name], dtype=np.float64) for name in column_names(settings)]
    rows = np.stack(rows, 1)
    return rows if curve is None else np.concatenate([rows, curve], 1)


def _discs(settings, predicted, size):
    """Centre discs of the rule's area, or of the judged maps' where they decide."""
    pixels = np.full(len(predicted), size[0] * size[1])
    low, high = predicted_sizes(settings, pixels)
    if (low < high).any():
        return F.centre_discs(predicted, *size)
    # Under a strict rule the threshold itself is one pixel further down.
    strict = low[0] != pixels[0] - pixels[0] // 2
    return F.centre_discs(low + strict, *size, strict=strict)


def _score_ciou(settings, p, truth, some):
    predicted = F.predict(p, settings.preset, settings.threshold)
    area = count(predicted)
    discs = _discs(settings, area, truth.shape[1:])
    return {
        'predicted': area,
        'ciou': F.ciou(predicted, truth, area, some),
        'centre_disc/ciou': F.ciou(discs, truth, size=some),
    }


def _score_adaptive(maps, p, truth, some):
    height, width = truth.shape[1:]
    ranks = adaptive_ranks(some.astype(int), height * width)
    adaptive = F.select(p, F.order_statistics(p, ranks), '>')
    discs = F.centre_discs(height * width - ranks, height, width, strict=True)
    middle = truth[:, (height - 1) // 2, (width - 1) // 2] != 0
    return {
        'ciou_adaptive': F.ciou(adaptive, truth, size=some),
        'centre_disc/ciou_adaptive': F.ciou(discs, truth, size=some),
        'pointing': F.pointing(maps, truth),
        'centre_disc/pointing': middle,
    }


def _score_masks(settings, found, p, truth):
    threshold = settings.threshold
    if threshold is None:
        threshold = F.order_statistics(p, np.full(len(p), p[0].size // 2))
    predicted = F.select(p, threshold, '>')
    found['predicted'] = count(predicted)
    discs = _discs(settings, found['predicted'], truth.shape[1:])
    found['miou'] = F.mask_iou(predicted, truth)
    found['centre_disc/miou'] = F.mask_iou(discs, truth)
    found['centre_disc/f'] = F.f_of_masks(discs, truth)
    return F.f_curves(p, truth)
