"""A clip of any length, localized window by window."""

import math
from collections.abc import Callable, Iterable

from ..media import STEPS_PER_SECOND, Clip, steps_in
from .localizer import Localization, Localizer


def localize_clip(
    model: Localizer,
    clip: Clip,
    progress: Callable[[range], Iterable[int]] = iter,
    *,
    window: int | None = None,
) -> Localization:
    """Localize a whole clip; frames are held a window at a time.

    Args:
        model: As :func:`mmssl.apis.load.load_localizer` gives it.
        clip: What to localize.
        progress: Wraps the starts of the windows, to show how far it is.
        window: Seconds that are localized at a time, without margins; the
            model's own choice if ``None``.

    Returns:
        One entry per step of the clock, as if the clip were localized at once; a single one of a
        still picture where the model looks at pairs.
    """
    seconds, steps = math.ceil(clip.duration), steps_in(clip.duration)
    # An object with the interface alone may have no such attribute.
    if getattr(model, 'one_map_of_stills', False) and clip.is_still:
        return model.localize_window(clip, 0, seconds)
    window = window or model.window
    pieces = []
    for start in progress(range(0, seconds, window)):
        first = max(0, start - model.margin)
        end = min(start + window, seconds)
        last = min(end + model.margin, seconds)
        piece = model.localize_window(clip, first, last - first)
        skip = (start - first) * STEPS_PER_SECOND
        kept = slice(skip, skip + min(end * STEPS_PER_SECOND, steps) - start * STEPS_PER_SECOND)
        pieces.append(piece.steps(kept))
    return Localization.joined(pieces)
