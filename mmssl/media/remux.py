"""Draw on the frames of a video and keep its sound."""

import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from operator import itemgetter
from typing import cast

import av
import numpy as np
from av.container import InputContainer, OutputContainer
from av.video.reformatter import VideoReformatter

from ..files import StrPath
from .audio import SoundBlocks
from .files import (
    MediaError,
    best_stream,
    create_container,
    existing_file,
    media_errors,
    open_container,
    origin,
    reason,
)
from .pictures import orientation
from .planar import PlanarPicture, matrix_of, planar
from .pyav_frames import PyAVFrames
from .writer import RESULT, TICKS, add_pictures, add_sound, encoder_options

#: Sound codecs that browsers play from an mp4 file.
_COPIED = ('aac', 'mp3', 'opus', 'flac')

#: Profiles of AAC that browsers play.
_AAC_PROFILES = ('LC', 'HE-AAC', 'HE-AACv2')

#: Containers that store the parameters of a sound once, so that they cannot change within it.
_SETTLED = ('mov,mp4,m4a,3gp,3g2,mj2', 'matroska,webm', 'flac')

#: Sample rates of AAC.
_AAC_RATES = (
    *(96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000),
    7350,
)

#: FFmpeg's numbers for the primaries of HD video, and for the luma range of 16 to 235.
_BT709, _LIMITED = 1, 1


#: A function that draws on a picture, given its time in seconds.
Draw = Callable[[PlanarPicture, float], None]
#: Packets of pictures, and the time in seconds up to which they are complete.
PicturePackets = Iterator[tuple[float, list[av.Packet]]]

#: Encoders of H.264: x264, and those of GPUs and other hardware, with the options for quality.
ENCODERS: dict[str, Callable[[int], dict[str, str]]] = {
    'libx264': encoder_options,
    'h264_nvenc': lambda quality: {'rc': 'vbr', 'cq': str(quality)},
    'h264_qsv': lambda quality: {'global_quality': str(max(1, quality))},
    'h264_amf': lambda quality: {'rc': 'cqp', 'qp_i': str(quality), 'qp_p': str(quality)},
}


@dataclass(frozen=True)
class VideoOptions:
    """Settings of a written video.

    Attributes:
        side: Largest width or height in pixels; larger pictures are made smaller.
        rate: Largest number of frames per second.
        quality: Constant quality, from 0 (best) to 51.
        encoder: One of :data:`ENCODERS`. All but the first need hardware.

    Raises:
        ValueError: If a number is out of range, or the encoder cannot be used here.
    """

    side: int = 1280
    rate: float = 30.0
    quality: int = 18
    encoder: str = 'libx264'

    def __post_init__(self) -> None:
        _require_encoder(self.encoder)
        for name, value, least, most in (
            ('side', self.side, 2, 16384),
            ('rate', self.rate, 0.1, 1000),
            ('quality', self.quality, 0, 51),
        ):
            if not least <= value <= most:
                raise ValueError(f'video {name} is {value}, expected {least} to {most}')


def _require_encoder(name: str) -> None:
    """Try an encoder on a small picture, because its hardware may be missing."""
    if name not in ENCODERS:
        raise ValueError(f'encoder is {name!r}, expected one of {", ".join(ENCODERS)}')
    if name == 'libx264':
        return
    try:
        context = cast(av.VideoCodecContext, av.CodecContext.create(name, 'w'))
        context.width, context.height, context.pix_fmt = 256, 256, 'yuv420p'
        context.time_base = Fraction(1, 25)
        context.encode(av.VideoFrame(256, 256, 'yuv420p'))
    except Exception as error:
        raise ValueError(
            f'encoder {name} cannot be used here ({reason(error)}): its hardware or driver is '
            'missing; use libx264, the default'
        ) from error


def overlay_video(
    video: StrPath,
    out: StrPath,
    draw: Draw,
    *,
    audio: StrPath | None = None,
    options: VideoOptions | None = None,
    columns: int = 1,
    progress: Callable[[Iterable, int], Iterable] = lambda frames, total: frames,
) -> None:
    """Write a copy of a video with drawings on its pictures, in a form that browsers play.

    Pictures and sound keep their times from time 0 of the clock, and pixels
    keep their shape. Large pictures are made smaller, and frames beyond the
    requested rate are left out. The sound is copied packet by packet where
    browsers can play it; other sound is encoded as AAC, mono or stereo.

    Args:
        video: Source; its best video stream is used, upright.
        out: mp4 file.
        draw: Called with a picture and its time in seconds, to draw on it.
        audio: Sound file; the video's own best audio stream if ``None``.
        options: Size, rate and quality; the defaults if ``None``.
        columns: Number of copies of each picture, side by side, before it is drawn on.
        progress: Wraps the frames, given with their number, to show the progress.

    Raises:
        MediaError: If a file cannot be read.
    """
    source = existing_file(audio or video)
    with (
        media_errors(video, 'the video cannot be rewritten'),
        open_container(source) as sounds,
        create_container(out) as target,
    ):
        options = options or VideoOptions()
        reader = PyAVFrames(existing_file(video))
        frames = reader.all(options.rate)
        first = next(frames, None)
        if first is None:
            raise MediaError(f'{video}: not a single frame can be decoded')
        written = _picture_stream(target, first[1], reader, options, columns)
        rest = progress(itertools.chain([first], frames), len(reader.thinned(options.rate)))
        pictures = _picture_packets(written, rest, draw, columns)
        target.metadata['comment'] = RESULT
        _interleave(target, pictures, _sound_packets(sounds, target))


def _picture_stream(
    target: OutputContainer,
    frame: av.VideoFrame,
    reader: PyAVFrames,
    options: VideoOptions,
    columns: int,
) -> av.VideoStream:
    """A stream for pictures like the first frame, upright, in a number of columns."""
    turned = orientation(frame).transposed
    shown = (frame.height, frame.width) if turned else (frame.width, frame.height)
    # Formats store rates as fractions of small numbers.
    rate = min(reader.rate, Fraction(options.rate).limit_denominator(1001))
    stream = add_pictures(target, options.encoder, rate, ENCODERS[options.encoder](options.quality))
    scale = min(1.0, options.side / max(columns * shown[0], shown[1]))
    # 4:2:0 pictures have even sides.
    width, height = (max(2, int(side * scale) // 2 * 2) for side in shown)
    stream.width, stream.height = columns * width, height
    context = stream.codec_context
    context.time_base = Fraction(1, TICKS)
    context.colorspace = matrix_of(frame)
    context.color_primaries = context.color_trc = _BT709
    context.color_range = _LIMITED
    if reader.aspect:
        context.sample_aspect_ratio = 1 / reader.aspect if turned else reader.aspect
    return stream


def _picture_packets(
    stream: av.VideoStream,
    frames: Iterable[tuple[float, av.VideoFrame]],
    draw: Draw,
    columns: int,
) -> PicturePackets:
    """Encode pictures, drawn on."""
    reformatter, time = VideoReformatter(), 0.0
    size, matrix = (stream.width // columns, stream.height), int(stream.codec_context.colorspace)
    for time, frame in frames:
        picture = planar(frame, size, orientation(frame), matrix, reformatter)
        if columns > 1:
            picture = picture.repeated(columns)
        draw(picture, max(time, 0.0))
        picture.frame.pts, picture.frame.time_base = round(time * TICKS), Fraction(1, TICKS)
        yield time, stream.encode(picture.frame)
    yield time, stream.encode(None)


def _interleave(
    target: OutputContainer, pictures: PicturePackets, sounds: Iterator[av.Packet]
) -> None:
    """Interleave sound and pictures; otherwise the container holds all pictures back."""
    upcoming = next(sounds, None)
    for time, packets in pictures:
        while upcoming is not None and (upcoming.dts or 0) * upcoming.time_base <= time:
            target.mux(upcoming)
            upcoming = next(sounds, None)
        target.mux(packets)
    for packet in (*filter(None, [upcoming]), *sounds):
        target.mux(packet)


def _sound_packets(source: InputContainer, target: OutputContainer) -> Iterator[av.Packet]:
    """Packets for the target: copied where browsers play them, otherwise encoded as AAC."""
    stream = best_stream(source, 'audio')
    if stream is None:
        return iter(())
    if _is_copied(source, stream):
        return _copied(source, stream, target.add_stream_from_template(stream))
    layout = 'mono' if stream.codec_context.channels == 1 else 'stereo'
    rate = stream.codec_context.sample_rate
    written = add_sound(target, 'aac', rate if rate in _AAC_RATES else 48000, layout)
    return _encoded(SoundBlocks(source, stream, layout), written)


def _is_copied(source: InputContainer, stream: av.AudioStream) -> bool:
    name = stream.codec_context.name.removesuffix('float')
    played = name in _COPIED and (name != 'aac' or stream.profile in _AAC_PROFILES)
    return played and source.format.name in _SETTLED


def _copied(
    source: InputContainer, stream: av.AudioStream, written: av.AudioStream
) -> Iterator[av.Packet]:
    """Packets at the same times of the clock, in ascending order."""
    shift, latest = None, None
    for packet in source.demux(stream):
        # Sound is not reordered: a packet has both times or neither.
        if packet.dts is None or packet.pts is None:
            continue
        if shift is None:
            shift = round(origin(source) / packet.time_base)
        packet.dts, packet.pts = packet.dts - shift, packet.pts - shift
        if latest is not None and packet.dts <= latest:
            packet.dts = latest + 1
            packet.pts = max(packet.pts, packet.dts)
        latest = packet.dts
        packet.stream = written
        yield packet


def _encoded(blocks: SoundBlocks, stream: av.AudioStream) -> Iterator[av.Packet]:
    """AAC packets of blocks that follow each other on the clock."""
    position, context = 0, stream.codec_context
    for piece in _resampled(blocks, context.layout, context.sample_rate):
        piece.pts, piece.time_base = position, Fraction(1, piece.sample_rate)
        position += piece.samples
        yield from stream.encode(piece)
    yield from stream.encode(None)


def _resampled(blocks: SoundBlocks, layout: av.AudioLayout, rate: int) -> Iterator[av.AudioFrame]:
    for native, group in itertools.groupby(blocks, itemgetter(1)):
        resampler = av.AudioResampler('fltp', layout, rate)
        for block, _ in group:
            frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(block.T), 'fltp', layout)
            frame.sample_rate = native
            yield from resampler.resample(frame)
        yield from resampler.resample(None)
