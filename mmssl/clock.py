"""The clock that picture and sound share.

Times are seconds from the start of the clip. The clock has ten steps a second;
step ``i`` covers the half-open interval ``[0.1 i, 0.1 (i + 1))`` and shows the
frame at its centre::

    step      0         1         2
         |---------|---------|---------|---
    time 0   0.05  0.1  0.15 0.2  0.25 0.3
             frame      frame     frame

At 16 kHz and a hop of 10 ms, a step is 1,600 samples and ten rows of log-mel.
"""

import numpy as np

STEPS_PER_SECOND = 10


def step_centre(step: int) -> float:
    """Time of the frame that a step shows."""
    return (step + 0.5) / STEPS_PER_SECOND


def step_centres(count: int, start: float = 0.0) -> np.ndarray:
    """Times of the frames of consecutive steps.

    Args:
        count: Number of steps.
        start: Time at which the first step begins.

    Returns:
        float64 array ``(count,)``.
    """
    return start + (np.arange(count) + 0.5) / STEPS_PER_SECOND


def step_at(time: float, start: float = 0.0) -> int:
    """Index of the step that covers an instant.

    An instant given as a multiple of 0.1 belongs to the step that begins there.
    """
    return int(steps_at(time - start))


def steps_at(times: np.ndarray | float) -> np.ndarray:
    """Indices of the steps that cover instants, as :func:`step_at`.

    Args:
        times: Seconds from the start of the first step.

    Returns:
        Integer array of the same shape.
    """
    # Binary fractions make 0.3 * 10 fall short of 3.
    return np.floor(np.asarray(times) * STEPS_PER_SECOND + 1e-6).astype(int)


def steps_in(duration: float) -> int:
    """Number of whole steps in a duration, at least one."""
    return max(1, step_at(duration))
