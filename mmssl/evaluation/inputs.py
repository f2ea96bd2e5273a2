"""What is handed to an evaluation, checked; every message names the sample."""

from collections import Counter
from collections.abc import Hashable, Sequence

import numpy as np
import torch

from .functional import GRID, boxes_to_mask, boxes_to_weights
from .settings import Settings


def check_maps(maps: Sequence, names: Sequence[str], what: str = 'map') -> list[torch.Tensor]:
    """Maps as tensors on the CPU.

    Args:
        maps: Float ``(h, w)`` each.
        names: What messages call the samples.
        what: What messages call a map.

    Raises:
        ValueError: If one is no finite float array of two dimensions.
    """
    return [_check_map(values, name, what) for values, name in zip(maps, names)]


def _check_map(values, name, what):
    if values is None:
        raise ValueError(f'{name}: {what} is None, expected floats (h, w)')
    if isinstance(values, np.ndarray):
        # torch knows this machine's order of bytes alone.
        values = values.astype(values.dtype.newbyteorder('='), copy=False)
    try:
        values = torch.as_tensor(values).detach().cpu()
    except (TypeError, ValueError, RuntimeError) as error:
        kind = getattr(values, 'dtype', type(values).__name__)
        raise ValueError(
            f'{name}: {what} of type {kind} is no array of numbers, expected floats (h, w)'
        ) from error
    if values.ndim != 2 or not values.numel() or not torch.is_floating_point(values):
        raise ValueError(
            f'{name}: {what} has shape {tuple(values.shape)} and type {values.dtype}, '
            'expected floats (h, w)'
        )
    values = values if values.dtype == torch.float64 else values.float()
    finite = np.isfinite(values.numpy())
    if not finite.all():
        raise ValueError(
            f'{name}: {what} holds NaN or infinite values ({(~finite).sum()} of {finite.size}), '
            'expected finite ones'
        )
    return values


def check_truths(truths: Sequence, names: Sequence[str], settings: Settings) -> list[np.ndarray]:
    """Ground truths on their grid.

    Args:
        truths: Boxes ``(k, 4)`` as fractions, or masks: 224 x 224, and of any
            size in AVSBench, where they are needed.
        names: What messages call the samples.
        settings: Say what boxes mean.

    Returns:
        Bool, or float64 weights, ``(H, W)`` each.

    Raises:
        ValueError: If one is neither.
    """
    found = []
    for truth, name in zip(truths, names):
        try:
            found.append(_check_truth(truth, settings))
        except ValueError as error:
            raise ValueError(f'{name}: {error}') from error
    return found


def _check_truth(truth, settings):
    if truth is None:
        raise ValueError('truth is None, expected boxes (k, 4), (0, 4) where there are none')
    if isinstance(truth, torch.Tensor):
        truth = truth.detach().cpu()
    if isinstance(truth, Sequence) and not len(truth):
        truth = np.zeros((0, 4))
    shape = np.shape(truth)
    if settings.protocol == 'avsbench' or shape == (GRID, GRID):
        return _check_mask(np.asarray(truth))
    return boxes_to_weights(truth) if settings.consensus else boxes_to_mask(truth)


def _check_mask(mask):
    if mask.ndim != 2 or not mask.size:
        raise ValueError(f'mask has shape {mask.shape}, expected (H, W)')
    if mask.dtype != bool and not np.isin(mask, (0, 1)).all():
        raise ValueError(
            f'mask of type {mask.dtype} holds {np.unique(mask)[:5].tolist()}, expected bool or '
            'only 0 and 1 (255 means true? pass mask > 0)'
        )
    return mask.astype(bool)


def check_lengths(count: int, **given: Sequence | None) -> None:
    """Make sure that there are as many of everything as there are maps.

    Raises:
        ValueError: If not, or if there is nothing.
    """
    for what, values in given.items():
        if values is not None and len(values) != count:
            raise ValueError(
                f'{count} maps and {len(values)} {what}, expected equal numbers: give one of each '
                'a sample, in the same order'
            )
    if not count:
        raise ValueError('no maps were given (0 samples), expected at least one')


def check_ids(ids: Sequence[Hashable] | None, count: int) -> list[str]:
    """What messages call the samples.

    Raises:
        ValueError: If an identifier is there twice.
    """
    if ids is None:
        return [f'sample {i}' for i in range(count)]
    twice = [name for name, times in Counter(ids).items() if times > 1]
    if twice:
        raise ValueError(
            f'{len(twice)} ids are there more than once, {twice[:3]} among them, expected every '
            'sample once: remove the repeated ones'
        )
    return [str(name) for name in ids]


def check_flags(sounding: Sequence | None, names: Sequence[str]) -> np.ndarray:
    """Whether every sample sounds, bool.

    Raises:
        ValueError: If they are missing or are no truth values.
    """
    if sounding is None:
        raise ValueError('sounding is missing, expected True or False for every sample')
    flags = [_flag(value, name) for value, name in zip(sounding, names)]
    return np.array(flags, dtype=bool)


def _flag(value, name):
    if value is None or value not in (0, 1):
        raise ValueError(f'{name}: sounding is {value!r}, expected True or False')
    return bool(value)


def check_confidence(confidence: Sequence, names: Sequence[str]) -> np.ndarray:
    """Confidences as float64.

    Raises:
        ValueError: If one is not finite.
    """
    values = np.array([float(value) for value in confidence])
    for value, name in zip(values, names):
        if not np.isfinite(value):
            raise ValueError(f'{name}: confidence is {value}, expected a finite number')
    return values
