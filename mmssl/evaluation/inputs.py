"""Checks of the inputs of an evaluation. Every message names the sample."""

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import torch

from .functional.scores import Array
from .protocols import Protocol


@dataclass(frozen=True)
class Samples:
    """Samples as sequences of equal length, which can be lazy.

    Attributes:
        maps, truth, object_maps, confidence, sounding, groups, ids: See
            :func:`mmssl.evaluation.evaluate`.
    """

    maps: Sequence[Array]
    truth: Sequence[Array]
    object_maps: Sequence[Array] | None = None
    confidence: Sequence[float] | None = None
    sounding: Sequence[bool | None] | None = None
    groups: Sequence[Hashable] | None = None
    ids: Sequence[Hashable] | None = None

    def __len__(self) -> int:
        return len(self.maps)

    @property
    def names(self) -> list[str]:
        """Names of the samples in messages."""
        return [self._name(i) for i in range(len(self))]

    def part(self, start: int, stop: int) -> 'Samples':
        """A part of the samples, loaded, with the same names.

        Args:
            start, stop: As in a slice.
        """
        chosen = range(start, min(stop, len(self)))
        given = {field.name: getattr(self, field.name) for field in fields(self)}
        read: dict[str, Any] = {
            key: [values[i] for i in chosen] for key, values in given.items() if values is not None
        }
        return Samples(**{**read, 'ids': [self._name(i) for i in chosen]})

    def _name(self, i: int) -> str:
        return f'sample {i}' if self.ids is None else str(self.ids[i])

    def check(self, protocol: Protocol) -> None:
        """Check that the inputs of a protocol are complete, and that it uses all of them.

        Raises:
            ValueError: If an input is missing or unused, if lengths differ, if there are no
                samples, or if an id appears twice.
        """
        _check_lengths(self)
        name = protocol.name
        if protocol.needs_groups and self.groups is None:
            raise ValueError(f'protocol {name!r} needs groups=, the picture of every sample')
        if protocol.needs_sounding and self.sounding is None:
            raise ValueError(f'protocol {name!r} needs sounding=, True or False for every sample')
        if not protocol.needs_sounding and self.sounding is not None:
            raise ValueError(f'sounding= would not be used by protocol {name!r}: leave it out')
        if not protocol.takes_confidence and self.confidence is not None:
            raise ValueError(f'confidences would not be used by protocol {name!r}: leave them out')
        check_ids(self.ids)


def _check_lengths(samples: Samples) -> None:
    for field in fields(samples):
        values = getattr(samples, field.name)
        if values is not None and len(values) != len(samples):
            what = 'truths' if field.name == 'truth' else field.name
            raise ValueError(
                f'{len(samples)} maps and {len(values)} {what}, expected equal numbers: pass one '
                'of each per sample, in the same order'
            )
    if not len(samples):
        raise ValueError('no maps were given (0 samples), expected at least one')


def check_ids(ids: Sequence[Hashable] | None) -> None:
    """Check that identifiers, if given, differ.

    Raises:
        ValueError: If one appears twice.
    """
    twice = [name for name, times in Counter(() if ids is None else ids).items() if times > 1]
    if twice:
        raise ValueError(
            f'{len(twice)} ids appear more than once, such as {twice[:3]}, expected every '
            'sample once: remove the duplicates'
        )


def check_maps(
    maps: Iterable[Array], names: Iterable[str], what: str = 'map'
) -> list[torch.Tensor]:
    """Maps as tensors on the CPU.

    Args:
        maps: Float ``(h, w)`` each.
        names: Names of the samples in messages.
        what: Name of a map in messages.

    Raises:
        ValueError: If a map is not a finite float array with two dimensions.
    """
    return [_check_map(values, name, what) for values, name in zip(maps, names)]


def _check_map(values: Array, name: str, what: str) -> torch.Tensor:
    if values is None:
        raise ValueError(f'{name}: {what} is None, expected floats (h, w)')
    if isinstance(values, np.ndarray):
        # torch accepts only this machine's byte order.
        values = values.astype(values.dtype.newbyteorder('='), copy=False)
    try:
        tensor = torch.as_tensor(values).detach().cpu()
    except (TypeError, ValueError, RuntimeError) as error:
        kind = getattr(values, 'dtype', type(values).__name__)
        raise ValueError(
            f'{name}: {what} of type {kind} is not an array of numbers, expected floats (h, w)'
        ) from error
    if tensor.ndim != 2 or not tensor.numel() or not torch.is_floating_point(tensor):
        channel = ' (drop the channel: maps[:, 0])' if tensor.ndim == 3 and len(tensor) == 1 else ''
        raise ValueError(
            f'{name}: {what} has shape {tuple(tensor.shape)} and type {tensor.dtype}, '
            f'expected floats (h, w){channel}'
        )
    tensor = tensor if tensor.dtype == torch.float64 else tensor.float()
    finite = np.isfinite(tensor.numpy())
    if not finite.all():
        raise ValueError(
            f'{name}: {what} has NaN or infinite values ({(~finite).sum()} of {finite.size}), '
            'expected finite values'
        )
    return tensor


def check_truths(
    truths: Iterable[Array], names: Iterable[str], protocol: Protocol
) -> list[np.ndarray]:
    """Ground truths on their grid.

    Args:
        truths: Boxes ``(k, 4)`` as fractions, or masks.
        names: Names of the samples in messages.
        protocol: Protocol that reads the ground truths.

    Returns:
        Bool, or float64 weights, ``(H, W)`` each.

    Raises:
        ValueError: If a ground truth is neither boxes nor a mask.
    """
    checked = []
    for truth, name in zip(truths, names):
        try:
            checked.append(_check_truth(truth, protocol))
        except ValueError as error:
            raise ValueError(f'{name}: {error}') from error
    return checked


def _check_truth(truth: Array, protocol: Protocol) -> np.ndarray:
    if truth is None:
        raise ValueError('truth is None, expected boxes (k, 4), or (0, 4) if there are none')
    if isinstance(truth, torch.Tensor):
        truth = truth.detach().cpu()
    if isinstance(truth, Sequence) and not len(truth):
        truth = np.zeros((0, 4))
    return protocol.read_truth(truth)


def check_flags(sounding: Iterable[bool | None] | None, names: Iterable[str]) -> np.ndarray:
    """Whether every sample sounds, bool.

    Raises:
        ValueError: If they are missing or are not booleans.
    """
    if sounding is None:
        raise ValueError('sounding is missing, expected True or False for every sample')
    flags = []
    for value, name in zip(sounding, names):
        if value is None or value not in (0, 1):
            raise ValueError(f'{name}: sounding is {value!r}, expected True or False')
        flags.append(bool(value))
    return np.array(flags, dtype=bool)


def check_confidence(confidence: Iterable[float], names: Iterable[str]) -> np.ndarray:
    """Confidences as float64.

    Raises:
        ValueError: If one is not finite.
    """
    values = np.array([float(value) for value in confidence])
    for value, name in zip(values, names):
        if not np.isfinite(value):
            raise ValueError(f'{name}: confidence is {value}, expected a finite number')
    return values
