"""Small copies of clips that training reads fast, and copies of the intact part of clips.

A copy keeps the input of the model: the pictures of the clock's steps, shrunk,
and the sound at 16 kHz, mono, 16 bits, with lossless compression. Step ``i`` of
a copy shows the same picture as step ``i`` of the raw clip.
"""

import math
from collections.abc import Iterator

import numpy as np

from ..clock import STEPS_PER_SECOND, step_centres, steps_in
from ..files import StrPath
from .audio import SAMPLE_RATE, read_sound
from .files import MediaError
from .video import DECODER, FrameReader, frames_at, is_picture, open_frames
from .writer import TICKS, write_video

#: Number of picture values held in memory at a time.
_HELD = 2**26


def prepare_clip(
    video: StrPath,
    out: StrPath,
    *,
    audio: StrPath | None = None,
    every_frame: bool = False,
    short_side: int | None = 128,
    crf: int = 18,
    decoder: str = DECODER,
    until: float = math.inf,
) -> None:
    """Write a training copy of a clip, atomically.

    Args:
        video: Source of the pictures.
        out: mp4 file to write: H.264 pictures, FLAC sound.
        audio: Source of the sound; the video file itself if ``None``.
        every_frame: Keep all frames at their times instead of one per step.
        short_side: Pixels of the copy's shorter side; pictures are never enlarged.
            ``None`` keeps the size.
        crf: Constant quality of the pictures (lower is better).
        decoder: Decoder of the pictures, ``'pyav'`` or ``'decord'``.
        until: Seconds after which the copy ends.

    Raises:
        MediaError: If a file cannot be read, or ``video`` is a picture file.
    """
    if is_picture(video):
        raise MediaError(f'{video}: a picture file needs no copy, it is fast to read')
    reader = open_frames(video, decoder)
    sound = read_sound(audio or video, until=until)
    if math.isfinite(until):
        sound = sound[: round(until * SAMPLE_RATE)]
    # A single picture is shown for as long as there is sound.
    end = min(until, len(sound) / SAMPLE_RATE if math.isinf(reader.end) else reader.end)
    if every_frame:
        # A file holds one frame per tick; damaged ones declare more.
        times = np.unique(np.round(reader.starts[reader.starts < end] * TICKS)) / TICKS
    else:
        times = step_centres(steps_in(end))
    write_video(
        out,
        _shrunk(reader, times, short_side),
        STEPS_PER_SECOND,
        sound,
        SAMPLE_RATE,
        audio_codec='flac',
        crf=crf,
        gop=STEPS_PER_SECOND,
        times=times if every_frame else None,
    )


def _shrunk(reader: FrameReader, times: np.ndarray, short_side: int | None) -> Iterator[np.ndarray]:
    height, width = reader.pictures(np.array([0]))[0].shape[:2]
    scale = min(1.0, (short_side or math.inf) / min(height, width))
    # 4:2:0 pictures have even sides.
    width, height = (max(2, 2 * round(side * scale / 2)) for side in (width, height))
    batch = max(1, _HELD // (3 * width * height))
    for start in range(0, len(times), batch):
        yield from frames_at(reader, times[start : start + batch], (width, height))
