"""First half of an evaluation: samples to a few numbers each.

Every row is computed from its own sample alone, so the numbers do not depend
on how samples are batched. What is computed is the protocol's.
"""

from collections import defaultdict
from collections.abc import Iterator

import numpy as np
import torch

from .functional.presets import on_grid, values_on_grid
from .functional.scores import count
from .inputs import Samples, check_confidence, check_flags, check_maps, check_truths
from .protocols import Batch, Columns, Protocol

#: Samples whose enlarged maps are held at a time.
CHUNK = 16


def columns(protocol: Protocol, rows: np.ndarray) -> Columns:
    """Rows of :func:`score_samples` by name.

    Args:
        protocol: Whose rows they are.
        rows: ``(n, C)``.

    Returns:
        Views ``(n,)``, and of curves ``(n, points)``.
    """
    names = protocol.column_names()
    found = {name: rows[:, i] for i, name in enumerate(names)}
    start = len(names)
    for name, points in protocol.curves.items():
        found[name] = rows[:, start : start + points]
        start += points
    return found


def score_samples(protocol: Protocol, samples: Samples) -> np.ndarray:
    """Score samples.

    Args:
        protocol: What is asked for.
        samples: What is to be scored; its groups are not looked at.

    Returns:
        float64 ``(n, C)``, columns as :func:`columns` names them.

    Raises:
        ValueError: If a map, a truth or a flag is not what it should be.
    """
    given = {}
    if protocol.needs_sounding:
        given['sounding'] = check_flags(samples.sounding, samples.names)
    if samples.confidence is not None:
        given['confidence'] = check_confidence(samples.confidence, samples.names)
    rows = np.concatenate([_score_chunk(protocol, part) for part in _parts(samples)])
    named = columns(protocol, rows)
    for name, values in given.items():
        named[name][:] = values
    return rows


def _parts(samples) -> Iterator[Samples]:
    """As many at a time as are held."""
    for start in range(0, len(samples), CHUNK):
        yield samples.part(start, start + CHUNK)


def _score_chunk(protocol, part):
    maps = check_maps(part.maps, part.names)
    truths = check_truths(part.truth, part.names, protocol)
    objects = part.object_maps and check_maps(part.object_maps, part.names, 'object map')
    rows = None
    for members in _alike(maps, truths, objects):
        batch = torch.stack([maps[i] for i in members])
        truth = np.stack([truths[i] for i in members])
        others = objects and torch.stack([objects[i] for i in members])
        scored = _score_batch(protocol, batch, truth, others)
        if rows is None:
            rows = np.empty((len(maps), scored.shape[1]))
        rows[members] = scored
    return rows


def _alike(maps, truths, objects) -> Iterator[list[int]]:
    """Indices of the samples that can be stacked."""
    kinds = defaultdict(list)
    for i, (values, truth) in enumerate(zip(maps, truths)):
        other = objects and (objects[i].shape, objects[i].dtype)
        kinds[values.shape, values.dtype, truth.shape, other].append(i)
    yield from kinds.values()


def _score_batch(protocol, maps, truth, objects):
    size = truth.shape[1:]
    flat = maps.flatten(1)
    some = count(truth)
    base = {
        'constant': (flat.amax(1) == flat.amin(1)).numpy(),
        'pixels': np.full(len(maps), truth[0].size),
        'some': some,
        'full': count(truth == 1) if truth.dtype != bool else some,
        # Flags are put in when all samples are scored.
        'sounding': np.ones(len(maps)),
    }
    preset = protocol.preset
    large, objects = on_grid(maps, preset, size), on_grid(objects, preset, size)
    p = values_on_grid(large, preset, protocol.tau, objects, protocol.alpha)
    batch = Batch(maps.numpy(), large, objects, p, truth, some)
    return _packed(protocol, {**base, **protocol.score(batch)})


def _packed(protocol, found):
    names = protocol.column_names()
    lacking = [name for name in (*names, *protocol.curves) if name not in found]
    if lacking:
        raise ValueError(
            f'score() of protocol {protocol.name!r} gives no {", ".join(lacking)}, expected '
            'everything in columns and curves'
        )
    rows = np.stack([np.asarray(found[name], dtype=np.float64) for name in names], 1)
    curves = [found[name] for name in protocol.curves]
    return np.concatenate([rows, *curves], 1) if curves else rows
