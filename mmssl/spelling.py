"""The name that a wrong one was meant to be."""

import difflib
from collections.abc import Iterable


def did_you_mean(name: str, known: Iterable[str], cutoff: float = 0.6) -> str:
    """End of an error about an unknown name.

    Args:
        name: What was given.
        known: What there is.
        cutoff: Least similarity of both, from 0 to 1.

    Returns:
        ``', did you mean NAME?'``, or an empty text if no name is similar.
    """
    near = difflib.get_close_matches(name, [*known], 1, cutoff)
    return f', did you mean {near[0]}?' if near else ''
