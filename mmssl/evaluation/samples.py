"""First half of an evaluation: from each sample to a row of scores.

Every row depends only on its own sample, so the scores do not depend on the batches. The protocol
defines the scores.
"""

from collections import defaultdict

import numpy as np
import torch

from .functional.presets import on_grid, values_on_grid
from .functional.scores import count
from .inputs import Samples, check_confidence, check_flags, check_maps, check_truths
from .protocols import Batch, Columns, Protocol

#: Number of samples whose enlarged maps are in memory at a time.
CHUNK = 16


def columns(protocol: Protocol, rows: np.ndarray) -> Columns:
    """Rows of :func:`score_samples` by name.

    Args:
        protocol: Protocol of the rows.
        rows: ``(n, C)``.

    Returns:
        Views ``(n,)``; for curves ``(n, points)``.
    """
    names = protocol.column_names()
    named = {name: rows[:, i] for i, name in enumerate(names)}
    start = len(names)
    for name, points in protocol.curves.items():
        named[name] = rows[:, start : start + points]
        start += points
    return named


def score_samples(protocol: Protocol, samples: Samples) -> np.ndarray:
    """Score samples.

    Args:
        protocol: The protocol.
        samples: Samples to score; their groups are ignored.

    Returns:
        float64 ``(n, C)``, with the columns of :func:`columns`.

    Raises:
        ValueError: If a map, a ground truth or a flag is malformed.
    """
    given = {}
    if protocol.needs_sounding:
        given['sounding'] = check_flags(samples.sounding, samples.names)
    if samples.confidence is not None:
        given['confidence'] = check_confidence(samples.confidence, samples.names)
    starts = range(0, len(samples), CHUNK)
    rows = np.concatenate([_score_chunk(protocol, samples.part(i, i + CHUNK)) for i in starts])
    named = columns(protocol, rows)
    for name, values in given.items():
        named[name][:] = values
    return rows


def _score_chunk(protocol: Protocol, part: Samples) -> np.ndarray:
    maps = check_maps(part.maps, part.names)
    truths = check_truths(part.truth, part.names, protocol)
    objects = None
    if part.object_maps is not None:
        objects = check_maps(part.object_maps, part.names, 'object map')
    # Indices of the samples that can be stacked.
    alike = defaultdict(list)
    for i, (values, truth) in enumerate(zip(maps, truths)):
        other = objects and (objects[i].shape, objects[i].dtype)
        alike[values.shape, values.dtype, truth.shape, other].append(i)
    scored = [
        _score_batch(
            protocol,
            torch.stack([maps[i] for i in members]),
            np.stack([truths[i] for i in members]),
            None if objects is None else torch.stack([objects[i] for i in members]),
        )
        for members in alike.values()
    ]
    return np.concatenate(scored)[np.argsort(np.concatenate(list(alike.values())))]


def _score_batch(
    protocol: Protocol, maps: torch.Tensor, truth: np.ndarray, objects: torch.Tensor | None
) -> np.ndarray:
    flat = maps.flatten(1)
    some = count(truth)
    base = {
        'constant': (flat.amax(1) == flat.amin(1)).numpy(),
        'pixels': np.full(len(maps), truth[0].size),
        'some': some,
        'full': count(truth == 1) if truth.dtype != bool else some,
        # Flags are added once all samples are scored.
        'sounding': np.ones(len(maps)),
    }
    preset, size = protocol.preset, truth.shape[1:]
    large = on_grid(maps, preset, size)
    others = None if objects is None else on_grid(objects, preset, size)
    p = values_on_grid(large, preset, protocol.tau, others, protocol.alpha)
    batch = Batch(maps.numpy(), large, others, p, truth, some)
    return _packed(protocol, {**base, **protocol.score(batch)})


def _packed(protocol: Protocol, scores: Columns) -> np.ndarray:
    names = protocol.column_names()
    lacking = [name for name in (*names, *protocol.curves) if name not in scores]
    if lacking:
        raise ValueError(
            f'score() of protocol {protocol.name!r} returns no {", ".join(lacking)}, expected '
            'all names in columns and curves'
        )
    count = len(scores['pixels'])
    curved = {name: (count, points) for name, points in protocol.curves.items()}
    for name, shape in {**dict.fromkeys(names, (count,)), **curved}.items():
        if np.shape(scores[name]) != shape:
            raise ValueError(
                f'score() of protocol {protocol.name!r} returns {name!r} of shape '
                f'{np.shape(scores[name])} for {count} samples, expected {shape}'
            )
    rows = np.stack([np.asarray(scores[name], dtype=np.float64) for name in names], 1)
    curves = [scores[name] for name in protocol.curves]
    return np.concatenate([rows, *curves], 1) if curves else rows
