"""Copies of clips that are small and fast to read, for training.

A copy keeps what the model looks at: the pictures of the clock's steps, shrunk,
and the sound at 16 kHz, mono, 16 bits, compressed without loss. Step ``i`` of a
copy shows the very picture that step ``i`` of the raw clip shows.
"""

import os
from collections.abc import Iterator

import numpy as np

from .audio import SAMPLE_RATE, read_sound
from .clock import STEPS_PER_SECOND, step_centres, steps_in
from .files import MediaError
from .video import DECODER, frames_at, is_picture, open_frames
from .writer import write_video

#: Frames held at a time.
_BATCH = 100


def prepare_clip(
    video: str | os.PathLike,
    out: str | os.PathLike,
    *,
    audio: str | os.PathLike | None = None,
    every_frame: bool = False,
    short_side: int = 128,
    crf: int = 18,
    backend: str = DECODER,
) -> None:
    """Write a training copy of a clip, atomically.

    Args:
        video: Source of the pictures.
        out: mp4 file to write: H.264 pictures, FLAC sound.
        audio: Source of the sound; the video file itself if ``None``.
        every_frame: Keep all frames at their times instead of one a step.
        short_side: Pixels of the copy's shorter side; nothing is enlarged.
        crf: Constant quality of the pictures (lower is better).
        backend: Decoder of the pictures, ``'pyav'`` or ``'decord'``.

    Raises:
        MediaError: If a file cannot be read, or ``video`` is a picture file.
    """
    if is_picture(video):
        raise MediaError(f'{video}: a picture file is read fast enough as it is')
    reader = open_frames(video, backend)
    sound = read_sound(audio or video)
    wanted = reader.starts if every_frame else step_centres(steps_in(reader.end))
    write_video(
        out,
        _shrunk(reader, wanted, short_side),
        STEPS_PER_SECOND,
        sound,
        SAMPLE_RATE,
        audio_codec='flac',
        crf=crf,
        gop=STEPS_PER_SECOND,
        times=wanted if every_frame else None,
    )


def _shrunk(reader, times, short_side) -> Iterator[np.ndarray]:
    height, width = reader.pictures(np.array([0]))[0].shape[:2]
    scale = min(1.0, short_side / min(height, width))
    # 4:2:0 pictures are even.
    size = tuple(max(2, 2 * round(side * scale / 2)) for side in (width, height))
    for start in range(0, len(times), _BATCH):
        yield from frames_at(reader, times[start : start + _BATCH], size)
