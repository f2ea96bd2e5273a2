"""Tiny clips of the user's own: colours with tones, of any length and form."""

import numpy as np

from mmssl.media import write_video

RATE = 16000
#: Colour and pitch of a class.
CLASSES = {'bell': ((220, 40, 40), 900), 'drum': ((40, 220, 40), 200), 'horn': ((40, 40, 220), 450)}


def clip(path, label, seconds=1.0, fps=10, place=8):
    """A square of the class's colour on grey, with its tone."""
    colour, pitch = CLASSES[label]
    frames = np.full((round(seconds * fps), 48, 64, 3), 96, np.uint8)
    frames[:, place : place + 24, place : place + 24] = colour
    times = np.arange(round(seconds * RATE)) / RATE
    samples = (0.5 * np.sin(2 * np.pi * pitch * times)).astype(np.float32)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_video(path, frames, fps, samples, RATE)
    return path


def folder(root, counts, labels=tuple(CLASSES)):
    """``SPLIT/CLASS/NAME.mp4``; the split ``''`` makes none."""
    for split, count in counts.items():
        for label in labels:
            for number in range(count):
                clip(root / split / label / f'{label}{number}.mp4', label)
    return root
