"""Draw on every frame of a video and keep its sound as it is."""

import os
from collections.abc import Callable, Iterator
from fractions import Fraction

import av
import numpy as np

from .files import MediaError, best_stream, existing_file, origin, whole_file
from .video import upright
from .writer import TICKS

#: Codecs that an mp4 file holds.
_COPIED = ('aac', 'mp3', 'opus', 'ac3', 'eac3', 'alac', 'flac')


def overlay_video(
    video: str | os.PathLike,
    out: str | os.PathLike,
    draw: Callable[[np.ndarray, float], np.ndarray],
    *,
    audio: str | os.PathLike | None = None,
) -> None:
    """Write a copy of a video whose pictures are drawn on.

    Pictures keep their times, so that variable frame rates stay as they are.
    The sound is copied packet by packet, not encoded again, where the mp4
    container can hold it; other sound is encoded as AAC.

    Args:
        video: Source; its best video stream is used, upright.
        out: mp4 file, written atomically.
        draw: Called with an uint8 RGB picture and its time in seconds; returns
            a picture of the same size.
        audio: Sound file; the video's own best audio stream if ``None``.

    Raises:
        MediaError: If a file cannot be read.
    """
    try:
        with (
            whole_file(out) as partial,
            av.open(existing_file(video)) as source,
            av.open(existing_file(audio or video)) as sound_source,
            av.open(str(partial), 'w') as target,
        ):
            _copy(source, sound_source, target, draw)
    except av.FFmpegError as error:
        raise MediaError(f'{video}: cannot be rewritten: {error}') from error


def _copy(source, sound_source, target, draw):
    pictures = best_stream(source, 'video')
    if pictures is None:
        raise MediaError(f'{source.name}: no video stream')
    pictures.thread_type = 'AUTO'
    written = target.add_stream('libx264', rate=pictures.average_rate or 25)
    written.pix_fmt = 'yuv420p'
    written.options = {'crf': '18', 'preset': 'veryfast'}
    written.codec_context.time_base = Fraction(1, TICKS)
    sound = best_stream(sound_source, 'audio')
    packets = _sound_packets(sound_source, sound, target) if sound else iter(())
    upcoming, zero = None, origin(source)
    for frame in source.decode(pictures):
        picture = draw(upright(frame), frame.time - zero)
        height, width = (side - side % 2 for side in picture.shape[:2])
        if not written.codec_context.is_open:
            written.width, written.height = width, height
            upcoming = next(packets, None)
        # Sound is written beside the pictures, else the container holds all of them back.
        while upcoming is not None and upcoming.dts * upcoming.time_base <= frame.time:
            target.mux(upcoming)
            upcoming = next(packets, None)
        drawn = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture[:height, :width]), 'rgb24')
        drawn.pts = round(frame.time * TICKS)
        drawn.time_base = Fraction(1, TICKS)
        target.mux(written.encode(drawn))
    target.mux(written.encode(None))
    for packet in (*filter(None, (upcoming,)), *packets):
        target.mux(packet)


def _sound_packets(source, stream, target) -> Iterator[av.Packet]:
    """Packets for the target: copied where mp4 can hold them, else encoded as AAC."""
    if stream.codec_context.name.removesuffix('float') in _COPIED:
        return _copied(source, stream, target.add_stream_from_template(stream))
    context = stream.codec_context
    layout = 'mono' if context.channels == 1 else 'stereo'
    written = target.add_stream('aac', rate=context.sample_rate)
    written.codec_context.layout = layout
    to_aac = av.AudioResampler('fltp', layout, context.sample_rate)
    return _encoded(source, stream, written, to_aac)


def _copied(source, stream, written):
    for packet in source.demux(stream):
        if packet.dts is not None:
            packet.stream = written
            yield packet


def _encoded(source, stream, written, resampler):
    for frame in source.decode(stream):
        for piece in resampler.resample(frame):
            yield from written.encode(piece)
    yield from written.encode(None)
