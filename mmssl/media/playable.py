"""Clips that a browser plays: mp4 with H.264 pictures and AAC sound."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from ..files import StrPath
from .audio import SAMPLE_RATE
from .clip import Clip
from .files import best_stream, existing_file, media_errors, open_container
from .pictures import resize
from .writer import write_video

#: Frames per second of a rewritten clip.
FPS = 25
# Frames decoded at a time.
_BLOCK = 16
_SUFFIXES = ('.mp4', '.m4v')
_SUBSAMPLED = ('yuv420p', 'yuvj420p')


def is_playable(path: StrPath) -> bool:
    """Whether every browser with H.264 and AAC plays a file as it is.

    Args:
        path: Video file. It may be without sound.

    Raises:
        MediaError: If it cannot be opened.
    """
    if Path(path).suffix.lower() not in _SUFFIXES:
        return False
    with media_errors(path, 'PyAV cannot open it'), open_container(existing_file(path)) as file:
        picture, sound = best_stream(file, 'video'), best_stream(file, 'audio')
        return (
            picture is not None
            and picture.codec_context.name == 'h264'
            and picture.codec_context.pix_fmt in _SUBSAMPLED
            and (sound is None or sound.codec_context.name.startswith('aac'))
        )


def write_playable(path: StrPath, clip: Clip, side: int) -> None:
    """Write a clip as browsers play it, with the sound that the model hears.

    Args:
        path: mp4 file, written atomically.
        clip: Any clip that could be opened, also a picture with a sound.
        side: Largest width or height of the pictures; larger ones are made smaller.

    Raises:
        MediaError: If a frame cannot be decoded.
    """
    sound = clip.samples(0.0, clip.duration)
    write_video(path, _frames(clip, side), FPS, sound, SAMPLE_RATE, crf=23)


def fitted(picture: np.ndarray, side: int) -> np.ndarray:
    """A picture of at most ``side`` pixels in width and height, with its proportions."""
    height, width = picture.shape[:2]
    scale = min(1.0, side / max(height, width))
    return resize(picture, (max(2, round(width * scale)), max(2, round(height * scale))))


def _frames(clip: Clip, side: int) -> Iterator[np.ndarray]:
    times = np.arange(max(1, round(clip.duration * FPS))) / FPS
    for start in range(0, len(times), _BLOCK):
        for picture in clip.frames(times[start : start + _BLOCK]):
            yield fitted(picture, side)
