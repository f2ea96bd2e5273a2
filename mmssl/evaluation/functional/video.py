"""Maps over time, ten a second.

Conventions: a row is a frame; ``sounding`` says whether something visible
sounds in it. Sounding frames are scored by cIoU, the others by pIA: a frame
in which nothing sounds is a true negative when less than half of the picture
is predicted (so that a rule which always predicts half is always wrong there).

- :func:`true_negatives`
- :func:`sounding_steps`: which frames of a clip lie inside an event
"""

import numpy as np

from ...clock import step_centres


def true_negatives(area: np.ndarray) -> np.ndarray:
    """Whether silent frames are predicted as silent: pIA < 0.5, bool ``(B,)``."""
    return np.asarray(area) < 0.5


def sounding_steps(count: int, event: tuple[float, float] | None) -> np.ndarray:
    """Steps whose centre lies inside an event.

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
