"""Write video files with sound.

Frames are uint8 RGB; sound is float in [-1, 1], mono ``(S,)`` or ``(channels, S)``.
Files appear under their name only when they are complete.
"""

from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import cast

import av
import numpy as np
from av.container import OutputContainer

from ..files import StrPath
from .files import atomic_file, create_container, open_container

#: Comment in videos that show results, so that they are not taken for inputs.
RESULT = 'written by mmssl localize'
#: Endings of their names, for the map of one model and the maps of two.
LOCALIZED, SIDE_BY_SIDE = RESULT_VIDEOS = '_localized.mp4', '_side_by_side.mp4'

#: Samples handed to an encoder at a time.
_BLOCK = 16384

#: Time base of frames with times of their own: fine enough for any frame rate.
TICKS = 90000


def is_result(path: StrPath) -> bool:
    """Whether a video shows results and is not a clip, from its name and a mark in it."""
    path = Path(path)
    # Opening a pipe waits for its other end.
    if not path.name.endswith(RESULT_VIDEOS) or not path.is_file():
        return False
    try:
        with open_container(path) as container:
            return container.metadata.get('comment') == RESULT
    except Exception:
        return False  # a clip that cannot be read


def write_video(
    path: StrPath,
    frames: Iterable[np.ndarray],
    fps: float | Fraction,
    audio: np.ndarray | None = None,
    sample_rate: int = 16000,
    *,
    video_codec: str = 'libx264',
    audio_codec: str = 'aac',
    crf: int = 18,
    preset: str = 'veryfast',
    audio_delay: float = 0.0,
    gop: int | None = None,
    times: Iterable[float] | None = None,
    comment: str | None = None,
) -> None:
    """Encode frames and sound into one file, atomically.

    Args:
        path: Output file; its suffix names the container.
        frames: uint8 RGB pictures ``(H, W, 3)``, all of one size. Odd sizes
            lose their last row or column (4:2:0 pictures are even).
        fps: Frames per second.
        audio: Samples in [-1, 1], ``(S,)`` or ``(channels, S)``; none if ``None``.
        sample_rate: Samples per second of ``audio``.
        video_codec: PyAV name of the video encoder.
        audio_codec: PyAV name of the audio encoder.
        crf: Constant quality of x264 (lower is better).
        preset: Speed preset of x264.
        audio_delay: Seconds by which the sound starts after the picture.
        gop: Frames from one key frame to the next; the encoder's choice if ``None``.
        times: When each frame appears, in seconds, ascending; ``fps`` frames a
            second from 0 if ``None``.
        comment: Text in the file's metadata.

    Raises:
        ValueError: If there are no frames.
    """
    fps = Fraction(fps).limit_denominator(1001)
    with atomic_file(path) as partial, create_container(partial) as container:
        if comment:
            container.metadata['comment'] = comment
        options = encoder_options(crf, preset) if video_codec == 'libx264' else {}
        video = add_pictures(container, video_codec, fps, options)
        # One thread: threads change the bits that x264 writes.
        video.codec_context.thread_count = 1
        if gop:
            video.codec_context.gop_size = gop
        if audio is not None:
            audio = np.atleast_2d(np.asarray(audio, np.float32))
            layout = {1: 'mono', 2: 'stereo', 6: '5.1'}[audio.shape[0]]
            # Opus knows 48 kHz only.
            rate = 48000 if 'opus' in audio_codec else sample_rate
            sound = add_sound(container, audio_codec, rate, layout)
        ticks = None
        if times is not None:
            video.codec_context.time_base = Fraction(1, TICKS)
            ticks = (round(time * TICKS) for time in times)
        if not _encode_pictures(container, video, frames, ticks):
            raise ValueError(f'{path}: no frame was given, expected at least one')
        if audio is not None:
            _encode_sound(container, sound, audio, sample_rate, audio_delay)


def encoder_options(crf: int, preset: str = 'veryfast') -> dict[str, str]:
    """Options of x264 with which the same frames always give the same bits.

    Macroblock-tree rate control reads memory beyond small pictures, so it is switched off.
    """
    return {'crf': str(crf), 'preset': preset, 'x264-params': 'mbtree=0'}


def add_pictures(
    container: OutputContainer, codec: str, rate: Fraction, options: dict[str, str]
) -> av.VideoStream:
    """Add a stream of 4:2:0 pictures at ``rate`` per second, for an encoder with its options."""
    stream = cast(av.VideoStream, container.add_stream(codec, rate=rate))
    stream.codec_context.options = options
    stream.pix_fmt = 'yuv420p'
    return stream


def add_sound(container: OutputContainer, codec: str, rate: int, layout: str) -> av.AudioStream:
    """Add a stream of sound, ``rate`` samples a second, in a layout of FFmpeg's."""
    stream = cast(av.AudioStream, container.add_stream(codec, rate=rate))
    stream.codec_context.layout = layout
    return stream


def _encode_pictures(
    container: OutputContainer,
    stream: av.VideoStream,
    frames: Iterable[np.ndarray],
    ticks: Iterator[int] | None,
) -> int:
    count = 0
    for picture in frames:
        height, width = (side - side % 2 for side in picture.shape[:2])
        if not count:
            stream.width, stream.height = width, height
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture[:height, :width]), 'rgb24')
        frame.pts = next(ticks) if ticks else count
        frame.time_base = Fraction(1, TICKS) if ticks else 1 / stream.codec_context.framerate
        container.mux(stream.encode(frame))
        count += 1
    if count:
        container.mux(stream.encode(None))
    return count


def _encode_sound(
    container: OutputContainer,
    stream: av.AudioStream,
    audio: np.ndarray,
    sample_rate: int,
    delay: float,
) -> None:
    rate, layout = stream.codec_context.sample_rate, stream.codec_context.layout
    resampler = av.AudioResampler(stream.codec_context.format, layout, rate)
    position = round(delay * rate)
    blocks = range(0, audio.shape[1], _BLOCK)
    for start in [*blocks, None]:
        frame = None
        if start is not None:
            block = np.ascontiguousarray(audio[:, start : start + _BLOCK])
            frame = av.AudioFrame.from_ndarray(block, 'fltp', layout)
            frame.sample_rate = sample_rate
        for piece in resampler.resample(frame):
            piece.pts, piece.time_base = position, Fraction(1, rate)
            position += piece.samples
            container.mux(stream.encode(piece))
    container.mux(stream.encode(None))
