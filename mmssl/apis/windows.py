"""Localize clips of any length window by window, and pictures in batches."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import numpy as np
import torch

from ..media import STEPS_PER_SECOND, Clip, steps_in
from ..media.pictures import Size
from .localizer import Localization, Localizer


def localize_clip(
    model: Localizer,
    clip: Clip,
    progress: Callable[[range], Iterable[int]] = iter,
    *,
    window: int | None = None,
) -> Localization:
    """Localize a whole clip. Memory holds the frames of one window at a time.

    Args:
        model: As :func:`mmssl.apis.load.load_localizer` gives it.
        clip: Clip to localize.
        progress: Wraps the starts of the windows, to show how far it is.
        window: Seconds that are localized at a time, without margins; the
            model's own choice if ``None``.

    Returns:
        One entry per step of the clock, as if the clip were localized at once; a single entry for a
        still picture if the model reads pairs of picture and sound.
    """
    if _has_one_map(model, clip):
        return model.localize_window(clip, 0, math.ceil(clip.duration))
    window = window or model.window
    starts = range(0, math.ceil(clip.duration), window)
    return Localization.joined(
        [_localize_window(model, clip, start, window) for start in progress(starts)]
    )


def localize_with_each(
    models: Mapping[str, Localizer],
    clip: Clip,
    progress: Callable[[range], Iterable[int]] = iter,
) -> dict[str, Localization]:
    """Localize a whole clip by several models, which go through its windows together.

    Frames that several of them ask for in the same size are decoded once.

    Args:
        models: Models by any names.
        clip, progress: As for :func:`localize_clip`.

    Returns:
        Results of :func:`localize_clip` for each, except for rounding.
    """
    shared: Any = _SharedFrames(clip)
    if any(_has_one_map(model, clip) for model in models.values()):
        return {name: localize_clip(model, shared) for name, model in models.items()}
    window = min(model.window for model in models.values())
    pieces: dict[str, list[Localization]] = {name: [] for name in models}
    for start in progress(range(0, math.ceil(clip.duration), window)):
        for name, model in models.items():
            pieces[name].append(_localize_window(model, shared, start, window))
    return {name: Localization.joined(found) for name, found in pieces.items()}


class _SharedFrames:
    """A clip that keeps the frames of the latest request, for the next model."""

    def __init__(self, clip: Clip) -> None:
        self._clip = clip
        self._request: tuple[tuple[float, ...], Size | None] = (), None
        self._frames: list[np.ndarray] = []

    def frames(self, times: np.ndarray, size: Size | None = None) -> list[np.ndarray]:
        """As :meth:`Clip.frames`."""
        request = tuple(np.asarray(times).tolist()), size
        if request != self._request:
            self._frames = []  # so that memory never holds two windows
            self._frames, self._request = self._clip.frames(times, size), request
        return self._frames.copy()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._clip, name)


def _localize_window(model: Localizer, clip: Clip, start: int, window: int) -> Localization:
    """Localize ``window`` seconds of a clip from ``start``, with the model's margins around."""
    seconds, steps = math.ceil(clip.duration), steps_in(clip.duration)
    first = max(0, start - model.margin)
    end = min(start + window, seconds)
    last = min(end + model.margin, seconds)
    piece = model.localize_window(clip, first, last - first)
    skip = (start - first) * STEPS_PER_SECOND
    return piece.steps(
        slice(skip, skip + min(end * STEPS_PER_SECOND, steps) - start * STEPS_PER_SECOND)
    )


def localize_stills(
    model: Localizer, clips: Sequence[Clip | None]
) -> dict[int, Localization | Exception]:
    """Localize the clips with one map each, in a batch.

    Args:
        model: As for :func:`localize_clip`.
        clips: OpenedInput clips of any kind.

    Returns:
        Map, or reading error, by index of the clip. Other clips, such as pictures of several
        shapes, need :func:`localize_clip`.
    """
    stills = {i: clip for i, clip in enumerate(clips) if clip and _has_one_map(model, clip)}
    if len(stills) < 2:
        return {}
    # Readers are processes of their own, so that more threads would only wait for each other.
    with ThreadPoolExecutor(min(len(stills), torch.get_num_threads() + 1)) as pool:
        read = dict(zip(stills, pool.map(partial(_read, model), stills.values())))
    found: dict[int, Localization | Exception] = {}
    inputs = {}
    for index, value in read.items():
        if isinstance(value, Exception):
            found[index] = value
        else:
            inputs[index] = value
    if len({tuple(v.shape for v in item.values()) for item in inputs.values()}) == 1:
        found.update(zip(inputs, model.localize_stills([*inputs.values()])))
    return found


def _has_one_map(model: Localizer, clip: Clip) -> bool:
    # A custom localizer may lack this attribute.
    return getattr(model, 'one_map_of_stills', False) and clip.is_still


def _read(model: Localizer, clip: Clip) -> dict[str, torch.Tensor] | Exception:
    try:
        return model.pipeline(clip, 0, math.ceil(clip.duration))
    except Exception as error:
        return error
