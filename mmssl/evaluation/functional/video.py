"""Maps over time, ten per second.

Conventions: a row is a frame; ``sounding`` is whether something visible sounds
in it. Sounding frames are scored by cIoU, other frames by pIA: a frame in which
nothing sounds is a true negative if less than half of the picture is predicted.
A rule that always predicts half is therefore always wrong on such frames.

- :func:`true_negatives`: silent frames with a small prediction
- :func:`sounding_steps`: frames of a clip inside an event
"""

import numpy as np

from ...clock import step_centres


def true_negatives(area: np.ndarray) -> np.ndarray:
    """Whether silent frames are correctly predicted: pIA < 0.5, bool ``(B,)``."""
    return np.asarray(area) < 0.5


def sounding_steps(count: int, event: tuple[float, float] | None) -> np.ndarray:
    """Whether the centre of each step is inside an event.

    Args:
        count: Number of steps.
        event: Start and end in seconds, half-open; None means the whole clip.

    Returns:
        Bool ``(count,)``.
    """
    if event is None:
        return np.ones(count, dtype=bool)
    centres = step_centres(count)
    return (centres >= event[0]) & (centres < event[1])
