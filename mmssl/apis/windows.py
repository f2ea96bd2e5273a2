"""A clip of any length, localized window by window."""

import math
from collections.abc import Callable, Iterable

import numpy as np

from ..media import STEPS_PER_SECOND, Clip, steps_in
from .localizer import Localization, Localizer

#: Seconds that are localized at a time, and their margin on either side, which gives every
#: step the context that it would have in the whole video. Margins go through the model
#: twice: long windows waste little, and short ones hold little memory.
WINDOW = 38
MARGIN = 1


def localize_clip(
    model: Localizer,
    clip: Clip,
    progress: Callable[[range], Iterable[int]] = iter,
    *,
    window: int = WINDOW,
) -> Localization:
    """Localize a whole clip; frames are held a window at a time.

    Args:
        model: As :func:`mmssl.apis.model.load_model` gives it.
        clip: What to localize.
        progress: Wraps the starts of the windows, to show how far it is.
        window: Seconds that are localized at a time, without margins.

    Returns:
        One entry a step of the clock, as if the clip were localized at once.
    """
    seconds, steps = math.ceil(clip.duration), steps_in(clip.duration)
    pieces = []
    for start in progress(range(0, seconds, window)):
        first = max(0, start - MARGIN)
        end = min(start + window, seconds)
        last = min(end + MARGIN, seconds)
        found = model.localize_window(clip, first, last - first)
        skip = (start - first) * STEPS_PER_SECOND
        kept = min(end * STEPS_PER_SECOND, steps) - start * STEPS_PER_SECOND
        pieces.append(_part(found, slice(skip, skip + kept)))
    return Localization(
        maps=np.concatenate([piece.maps for piece in pieces]),
        scores={
            name: np.concatenate([piece.scores[name] for piece in pieces])
            for name in pieces[0].scores
        },
        agreement=np.concatenate([piece.agreement for piece in pieces]),
    )


def _part(found, keep):
    return Localization(
        maps=found.maps[keep].copy(),
        scores={name: values[keep].copy() for name, values in found.scores.items()},
        agreement=found.agreement[keep].copy(),
    )
