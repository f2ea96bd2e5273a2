"""Timing in turns, so that other load affects all alternatives equally."""

import time
from collections.abc import Callable, Mapping, Sequence
from statistics import median


def seconds(work: Callable[[], object]) -> float:
    """Seconds of a call."""
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def turns(ways: Mapping[str, Callable[[], object]], repeat: int) -> dict[str, list[float]]:
    """Seconds of every alternative in every turn."""
    found = {name: [] for name in ways}
    for _ in range(repeat):
        for name, work in ways.items():
            found[name].append(seconds(work))
    return found


def ratio(slow: Sequence[float], fast: Sequence[float], digits: int = 2) -> str:
    """Median and range of the ratio, turn by turn."""
    ratios = sorted(a / b for a, b in zip(slow, fast))
    middle, low, high = (f'{r:.{digits}f}' for r in (median(ratios), ratios[0], ratios[-1]))
    return f'{middle} (from {low} to {high})'
