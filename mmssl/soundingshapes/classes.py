"""Appearance of the eight classes.

A texture is a binary pattern on a plane whose unit is one texture period; the
renderer chooses colours, period, phase and rotation. Patterns stay readable
at a period of about six pixels, smaller than a cell of the localization map,
so that the evidence for a class lies inside its object.
"""

import numpy as np

CLASS_NAMES = (
    'striped disc',
    'checked square',
    'dotted hexagon',
    'ringed octagon',
    'zigzag pentagon',
    'brick plate',
    'crossed shield',
    'hatched drum',
)


def texture(label: int, u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """Evaluate the texture of a class.

    Args:
        label: Class index, 0 to 7.
        u: Horizontal position in texture periods, any shape.
        v: Vertical position in texture periods, same shape as ``u``.

    Returns:
        Boolean array of the shape of ``u``: foreground colour or not.
    """
    fu, fv = u - np.floor(u), v - np.floor(v)
    if label == 0:  # stripes
        return fu < 0.5
    if label == 1:  # checkerboard, two fields in each period
        return (fu < 0.5) ^ (fv < 0.5)
    if label == 2:  # dots
        return (fu - 0.5) ** 2 + (fv - 0.5) ** 2 < 0.33**2
    if label == 3:  # rings, one in each cell of two periods
        radius = np.hypot(u / 2 - np.floor(u / 2) - 0.5, v / 2 - np.floor(v / 2) - 0.5)
        return (radius > 0.2) & (radius < 0.4)
    if label == 4:  # zigzag
        return (v + np.abs(fu - 0.5) * 1.2) % 1 < 0.5
    if label == 5:  # bricks: thin joints, rows shifted by half a brick
        row = np.floor(v)
        along = (u / 2 + 0.5 * (row % 2)) % 1
        return (fv > 0.22) & (along > 0.12)
    if label == 6:  # plus signs
        return ((np.abs(fu - 0.5) < 0.14) & (np.abs(fv - 0.5) < 0.4)) | (
            (np.abs(fv - 0.5) < 0.14) & (np.abs(fu - 0.5) < 0.4)
        )
    if label == 7:  # patches of strokes, turned by a right angle from patch to patch
        patch = (np.floor(u / 2) + np.floor(v / 2)) % 2
        return np.where(patch == 0, (u * 1.5) % 1 < 0.5, (v * 1.5) % 1 < 0.5)
    raise ValueError(f'label is {label}, expected 0 to {len(CLASS_NAMES) - 1}')


def silhouette(label: int, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Evaluate the shape of a class; every shape fills most of its box.

    Args:
        label: Class index, 0 to 7.
        x: Horizontal position, the box spans [-1, 1].
        y: Vertical position, the box spans [-1, 1].

    Returns:
        Float array, positive inside the shape, roughly in units of the box's
        half side.
    """
    ax, ay = np.abs(x), np.abs(y)
    box = 1 - np.maximum(ax, ay)
    if label == 0:  # disc
        return 1 - np.hypot(x, y)
    if label == 1:  # square
        return box
    if label == 2:  # hexagon
        return np.minimum(box, 1 - (ax * 0.5 + ay) / 1.5 * 1.25)
    if label == 3:  # octagon
        return np.minimum(box, 1.45 - ax - ay)
    if label == 4:  # pentagon, like a house
        return np.minimum(box, (y + 1) - (ax - 0.15) * 0.8)
    if label == 5:  # plate with round corners
        return 1 - (ax**4 + ay**4) ** 0.25
    if label == 6:  # shield: straight top, pointed foot
        return np.minimum(box, 1.15 - 0.75 * ax - np.maximum(y, 0) ** 2 * 0.9)
    if label == 7:  # drum: straight sides, round top and foot
        return np.minimum(box, 1 - ay + 0.22 * (1 - ax**2) - 0.22)
    raise ValueError(f'label is {label}, expected 0 to {len(CLASS_NAMES) - 1}')
