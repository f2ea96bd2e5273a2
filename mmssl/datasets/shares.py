"""Shares of a collection, drawn by name: the same for everyone, smaller in larger ones."""

from hashlib import sha256


def hash_fraction(name: str) -> float:
    """A name's place in [0, 1), as good as random, the same on every machine.

    >>> round(hash_fraction('9fhhMaXTraI_000044'), 4)
    0.775
    """
    return int.from_bytes(sha256(name.encode(errors='surrogateescape')).digest()[:8]) / 2**64


def in_share(name: str, share: float) -> bool:
    """Whether a video is in the share, in [0, 1], of a collection."""
    return hash_fraction(name) < share
