"""Damage to the bytes of files, drawn from a generator."""

import random


def mutate(content: bytes, rng: random.Random) -> bytes:
    """Damage a file's content in one of the ways in which files get damaged."""
    return rng.choice(_WAYS)(bytearray(content), rng)


def _flip(content, rng):
    """Flip bits, a few or many, anywhere."""
    for _ in range(rng.choice((1, 4, 30, 300))):
        content[rng.randrange(len(content))] ^= 1 << rng.randrange(8)
    return bytes(content)


def _flip_edges(content, rng):
    """Replace bytes near the beginning or the end, where containers keep their tables."""
    reach = min(2048, len(content))
    for _ in range(rng.choice((1, 4, 16))):
        place = rng.randrange(reach)
        content[place if rng.random() < 0.5 else -1 - place] = rng.choice(
            (0, 255, rng.randrange(256))
        )
    return bytes(content)


def _truncate(content, rng):
    return bytes(content[: rng.randrange(len(content))])


def _zero(content, rng):
    start = rng.randrange(len(content))
    length = min(rng.choice((16, 512, 8192)), len(content) - start)
    content[start : start + length] = bytes(length)
    return bytes(content)


def _remove(content, rng):
    start = rng.randrange(len(content))
    del content[start : start + rng.choice((1, 16, 4096))]
    return bytes(content)


def _insert(content, rng):
    start = rng.randrange(len(content))
    content[start:start] = rng.randbytes(rng.choice((1, 16, 4096)))
    return bytes(content)


def _repeat(content, rng):
    start = rng.randrange(len(content))
    content[start:start] = content[start : start + rng.choice((16, 4096))]
    return bytes(content)


_WAYS = (_flip, _flip_edges, _truncate, _zero, _remove, _insert, _repeat)
