"""Every kind of clip that real collections hold, rendered here, with its verdict.

A case renders into a folder and returns the clip's picture file and, where the
sound lies in a file of its own, that file. ``FINE`` cases are read and their
content is compared; all others must be refused or named by the diagnosis.
"""

import os
import struct
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import soundfile

from mmssl.media import write_video
from mmssl.media.diagnosis import Verdict

from .media_files import rotate

SECONDS = 2.0
PITCH = 440


@dataclass(frozen=True)
class Case:
    """A kind of clip.

    Attributes:
        make: Renders it.
        verdict: What the diagnosis must say.
        reads: Whether training can read it (a silent clip is read all the same).
        pyav_only: Whether decord refuses what PyAV reads.
    """

    make: Callable[[Path], tuple[Path, Path | None]]
    verdict: Verdict
    reads: bool
    pyav_only: bool = False


CASES: dict[str, Case] = {}


def case(verdict: Verdict, *, reads: bool | None = None, pyav_only: bool = False):
    """Enter a maker of files into the catalogue under its name."""
    reads = verdict is Verdict.FINE if reads is None else reads

    def enter(make):
        CASES[make.__name__] = Case(make, verdict, reads, pyav_only)
        return make

    return enter


def pictures(count, fps=10, size=(96, 64)):
    """A bright bar that is at x = width * time / SECONDS."""
    for index in range(count):
        frame = np.full((size[1], size[0], 3), 40, np.uint8)
        left = round(size[0] * (index / float(fps)) / SECONDS)
        frame[:, left : left + 12] = 220
        yield frame


def tone(seconds=SECONDS, rate=16000, channels=1, level=0.4):
    """A sine of :data:`PITCH`, ``(channels, samples)``."""
    time = np.arange(round(seconds * rate)) / rate
    return np.tile(level * np.sin(2 * np.pi * PITCH * time), (channels, 1)).astype(np.float32)


def clip(path, *, fps=10, seconds=SECONDS, sound=None, rate=16000, size=(96, 64), **options):
    """A plain clip; ``sound=False`` leaves the stream out."""
    sound = None if sound is False else tone(rate=rate) if sound is None else sound
    count = round(seconds * float(fps))
    write_video(path, pictures(count, fps, size), fps, sound, rate, **options)
    return path


def encode(
    path, frames, codec, pixels, fps=10, options=None, audio_codec='aac', samples=None, rate=16000,
    **muxing,
):  # fmt: skip
    """Pictures of any codec and pixel format, with the tone or other samples ``(channels, S)``."""
    samples = tone(rate=rate) if samples is None else samples
    layout = {1: 'mono', 2: 'stereo', 6: '5.1', 8: '7.1'}[len(samples)]
    with av.open(str(path), 'w', options=muxing) as container:
        video = container.add_stream(codec, rate=fps)
        video.pix_fmt, video.options = pixels, options or {}
        # With several threads libvpx hangs now and then.
        video.codec_context.thread_count = 1 if codec == 'libvpx' else 0
        sound = container.add_stream(audio_codec, rate=48000 if 'opus' in audio_codec else rate)
        sound.bit_rate = 64000
        sound.codec_context.layout = layout
        for index, picture in enumerate(frames):
            if not index:
                video.height, video.width = picture.shape[:2]
            frame = av.VideoFrame.from_ndarray(picture, 'rgb24')
            frame.pts, frame.time_base = index, Fraction(1, fps)
            container.mux(video.encode(frame.reformat(format=pixels)))
        container.mux(video.encode(None))
        _encode_sound(container, sound, samples, rate, layout)
    return path


def encode_sound(path, samples, rate, layout, codec):
    """Samples ``(channels, S)`` in a file without pictures."""
    with av.open(str(path), 'w') as container:
        sound = container.add_stream(codec, rate=rate)
        sound.codec_context.layout = layout
        _encode_sound(container, sound, samples, rate, layout)
    return path


def _encode_sound(container, stream, samples, rate, layout):
    # Interleaved, for PyAV reads past the end of 8 or more planes.
    packed = np.ascontiguousarray(samples.T, np.float32).reshape(1, -1)
    piece = av.AudioFrame.from_ndarray(packed, 'flt', layout)
    piece.sample_rate, piece.pts = rate, 0
    context = stream.codec_context
    resampler = av.AudioResampler(context.format, layout, context.sample_rate)
    position = 0
    for part in [*resampler.resample(piece), *resampler.resample(None)]:
        part.pts, part.time_base = position, Fraction(1, context.sample_rate)
        position += part.samples
        container.mux(stream.encode(part))
    container.mux(stream.encode(None))


def remux(source, target, change=lambda packet: packet, streams=None, **options):
    """Copy packets, changed or (where ``change`` gives ``None``) left out."""
    with av.open(str(source)) as old, av.open(str(target), 'w', options=options) as new:
        taken = {s.index: new.add_stream_from_template(s) for s in streams or old.streams}
        for packet in old.demux(streams or None):
            if packet.dts is not None and (packet := change(packet)) is not None:
                packet.stream = taken[packet.stream.index]
                new.mux(packet)
    return target


def move(packet, seconds):
    """A packet at a later time."""
    ticks = round(seconds / packet.time_base)
    packet.pts, packet.dts = packet.pts + ticks, packet.dts + ticks
    return packet


def time_of(packet):
    """When a packet is shown or heard, in seconds."""
    return float(packet.pts * packet.time_base)


def cut(source, target, share):
    """The first part of a file's bytes."""
    content = source.read_bytes()
    target.write_bytes(content[: round(len(content) * share)])
    return target


# --- unusual, and fine ---------------------------------------------------------------------


def _plain(name, suffix='.mp4', pyav_only=False, **options):
    def make(folder):
        return clip(folder / f'clip{suffix}', **options), None

    make.__name__ = name
    case(Verdict.FINE, pyav_only=pyav_only)(make)


_plain('plain')
_plain('five_fps', fps=5)
_plain('fifteen_fps', fps=15)
_plain('ntsc_fps', fps=Fraction(30000, 1001))
_plain('sixty_fps', fps=60)
_plain('sound_8_khz', sound=tone(rate=8000), rate=8000)
_plain('sound_22_khz', sound=tone(rate=22050), rate=22050)
_plain('sound_48_khz_stereo', sound=tone(rate=48000, channels=2), rate=48000)
_plain('sound_5_1', sound=tone(rate=48000, channels=6), rate=48000)
_plain('sound_mp3', audio_codec='libmp3lame')
_plain('sound_flac', audio_codec='flac')
_plain('sound_pcm', '.mkv', audio_codec='pcm_s16le')
_plain('vp8_opus', '.webm', video_codec='libvpx', audio_codec='libopus')
_plain('vp9_opus', '.webm', video_codec='libvpx-vp9', audio_codec='libopus')
_plain('sound_starts_late', sound=tone(SECONDS - 0.3), audio_delay=0.3)
_plain('all_key_frames', gop=1)
_plain('one_key_frame', gop=250)
_plain('spaces_and_quotes', ' "a" \'b\'.mp4')
_plain('not_ascii', 'é ü 日本.mp4')
_plain('quicktime', '.mov')
_plain('mpeg_ts', '.ts', pyav_only=True)


@case(Verdict.FINE)
def leading_dash(folder):
    return clip(folder / '-dash.mp4'), None


@case(Verdict.FINE)
def variable_frame_rate(folder):
    count = 30
    times = SECONDS * (np.arange(count) / count) ** 1.2
    frames = []
    for time in times:
        frame = np.full((64, 96, 3), 40, np.uint8)
        left = round(96 * time / SECONDS)
        frame[:, left : left + 12] = 220
        frames.append(frame)
    write_video(folder / 'clip.mp4', frames, 15, tone(), times=times)
    return folder / 'clip.mp4', None


@case(Verdict.FINE)
def ten_bit(folder):
    return encode(folder / 'clip.mp4', pictures(20), 'libx264', 'yuv420p10le'), None


@case(Verdict.FINE)
def odd_size(folder):
    frames = pictures(20, size=(97, 63))
    return encode(folder / 'clip.mp4', frames, 'libx264', 'yuv444p'), None


@case(Verdict.FINE)
def grey_pictures(folder):
    return encode(folder / 'clip.mp4', pictures(20), 'libx264', 'gray'), None


@case(Verdict.FINE, pyav_only=True)
def mpeg4_in_mkv(folder):
    return encode(folder / 'clip.mkv', pictures(20), 'mpeg4', 'yuv420p'), None


@case(Verdict.FINE)
def motion_jpeg(folder):
    return encode(folder / 'clip.mkv', pictures(20), 'mjpeg', 'yuvj420p'), None


@case(Verdict.FINE)
def no_reordered_frames(folder):
    frames = pictures(20)
    return encode(folder / 'clip.mp4', frames, 'libx264', 'yuv420p', options={'bf': '0'}), None


@case(Verdict.FINE)
def turned_upside_down(folder):
    # A bar that moves the other way when the file is shown upright.
    frames = [np.ascontiguousarray(f[::-1, ::-1]) for f in pictures(20)]
    write_video(folder / 'clip.mp4', frames, 10, tone())
    rotate(folder / 'clip.mp4', 180)
    return folder / 'clip.mp4', None


@case(Verdict.FINE)
def sound_file_wav(folder):
    soundfile.write(folder / 'clip.wav', tone().T, 16000)
    return clip(folder / 'clip.mp4', sound=False), folder / 'clip.wav'


@case(Verdict.FINE)
def sound_file_from_a_pipe(folder):
    """The recorder cannot go back to write the length, so it announces the most that fits."""
    soundfile.write(folder / 'whole.wav', tone(rate=48000).T, 48000)
    content = bytearray((folder / 'whole.wav').read_bytes())
    place = content.find(b'data') + 4
    content[place : place + 4] = struct.pack('<I', 0x80000000)
    (folder / 'clip.wav').write_bytes(content)
    return clip(folder / 'clip.mp4', sound=False), folder / 'clip.wav'


@case(Verdict.FINE)
def sound_file_instead_of_own(folder):
    soundfile.write(folder / 'clip.flac', tone(rate=44100).T, 44100)
    return clip(folder / 'clip.mp4', sound=np.zeros(32000)), folder / 'clip.flac'


@case(Verdict.FINE)
def sound_file_vorbis(folder):
    soundfile.write(folder / 'clip.ogg', tone(rate=44100).T, 44100)
    return clip(folder / 'clip.mp4', sound=False), folder / 'clip.ogg'


@case(Verdict.FINE)
def picture_file_and_sound(folder):
    cv2.imwrite(str(folder / 'clip.png'), next(pictures(1)))
    soundfile.write(folder / 'clip.wav', tone().T, 16000)
    return folder / 'clip.png', folder / 'clip.wav'


@case(Verdict.FINE)
def time_stamps_from_100_s(folder):
    clip(folder / 'clip.mp4')
    return remux(folder / 'clip.mp4', folder / 'moved.mkv', lambda p: move(p, 100)), None


@case(Verdict.FINE)
def pictures_start_late(folder):
    def later(packet):
        return move(packet, 0.2) if packet.stream.type == 'video' else packet

    clip(folder / 'clip.mp4')
    return remux(folder / 'clip.mp4', folder / 'late.mkv', later), None


@case(Verdict.FINE)
def two_sounds_two_pictures(folder):
    first = clip(folder / 'first.mp4')
    clip(folder / 'second.mp4', size=(48, 32), sound=tone(level=0.1))
    with (
        av.open(str(first)) as big,
        av.open(str(folder / 'second.mp4')) as small,
        av.open(str(folder / 'clip.mkv'), 'w') as out,
    ):
        taken = [
            (source, {s.index: out.add_stream_from_template(s) for s in source.streams})
            for source in (big, small)
        ]
        for source, streams in taken:
            for packet in source.demux():
                if packet.dts is not None:
                    packet.stream = streams[packet.stream.index]
                    out.mux(packet)
    return folder / 'clip.mkv', None


# --- not there, or not a clip --------------------------------------------------------------


@case(Verdict.MISSING)
def missing(folder):
    return folder / 'gone.mp4', None


@case(Verdict.MISSING)
def dangling_link(folder):
    os.symlink(folder / 'gone.mp4', folder / 'link.mp4')
    return folder / 'link.mp4', None


@case(Verdict.MISSING)
def folder_instead_of_file(folder):
    (folder / 'clip.mp4').mkdir()
    return folder / 'clip.mp4', None


@case(Verdict.MISSING)
def sound_file_missing(folder):
    return clip(folder / 'clip.mp4'), folder / 'clip.wav'


@case(Verdict.UNREADABLE)
def empty(folder):
    (folder / 'clip.mp4').touch()
    return folder / 'clip.mp4', None


@case(Verdict.UNREADABLE)
def error_page(folder):
    (folder / 'clip.mp4').write_text('<!DOCTYPE html><html><body>Video unavailable</body></html>')
    return folder / 'clip.mp4', None


@case(Verdict.UNREADABLE)
def random_bytes(folder):
    (folder / 'clip.mp4').write_bytes(np.random.default_rng(0).bytes(50000))
    return folder / 'clip.mp4', None


@case(Verdict.UNREADABLE)
def zeros_of_a_full_disk(folder):
    (folder / 'clip.mp4').write_bytes(bytes(50000))
    return folder / 'clip.mp4', None


@case(Verdict.UNREADABLE)
def picture_file_cut(folder):
    picture_file_and_sound(folder)
    cut(folder / 'clip.png', folder / 'cut.png', 0.3)
    return folder / 'cut.png', folder / 'clip.wav'


@case(Verdict.NO_SOUND)
def picture_file_alone(folder):
    cv2.imwrite(str(folder / 'clip.png'), next(pictures(1)))
    return folder / 'clip.png', None


@case(Verdict.UNREADABLE)
def sound_file_empty(folder):
    (folder / 'clip.wav').touch()
    return clip(folder / 'clip.mp4'), folder / 'clip.wav'


@case(Verdict.UNREADABLE)
def sound_file_is_text(folder):
    (folder / 'clip.wav').write_text('no sound')
    return clip(folder / 'clip.mp4'), folder / 'clip.wav'


# --- broken --------------------------------------------------------------------------------


@case(Verdict.UNREADABLE)
def cut_before_its_index(folder):
    return cut(clip(folder / 'whole.mp4'), folder / 'clip.mp4', 0.6), None


@case(Verdict.TRUNCATED, reads=True)
def cut_mkv(folder):
    return cut(clip(folder / 'whole.mkv'), folder / 'clip.mkv', 0.6), None


def _index_first(folder):
    clip(folder / 'whole.mp4')
    with (
        av.open(str(folder / 'whole.mp4')) as old,
        av.open(str(folder / 'first.mp4'), 'w', options={'movflags': 'faststart'}) as new,
    ):
        taken = {s.index: new.add_stream_from_template(s) for s in old.streams}
        for packet in old.demux():
            if packet.dts is not None:
                packet.stream = taken[packet.stream.index]
                new.mux(packet)
    return folder / 'first.mp4'


@case(Verdict.TRUNCATED, reads=True)
def cut_with_index_first(folder):
    return cut(_index_first(folder), folder / 'clip.mp4', 0.6), None


@case(Verdict.TRUNCATED, reads=True)
def cut_wav(folder):
    soundfile.write(folder / 'whole.wav', tone().T, 16000)
    return clip(folder / 'clip.mp4'), cut(folder / 'whole.wav', folder / 'clip.wav', 0.5)


@case(Verdict.UNREADABLE)
def middle_zeroed(folder):
    content = bytearray(_index_first(folder).read_bytes())
    begin = content.find(b'mdat') + 8
    third = (len(content) - begin) // 3
    content[begin + third : begin + 2 * third] = bytes(third)
    (folder / 'clip.mp4').write_bytes(content)
    return folder / 'clip.mp4', None


@case(Verdict.UNREADABLE)
def index_damaged(folder):
    content = bytearray(clip(folder / 'whole.mp4').read_bytes())
    begin = content.find(b'stco')
    content[begin + 8 : begin + 16] = b'\xff' * 8
    (folder / 'clip.mp4').write_bytes(content)
    return folder / 'clip.mp4', None


@case(Verdict.NO_SOUND)
def mute(folder):
    return clip(folder / 'clip.mp4', sound=False), None


@case(Verdict.NO_VIDEO)
def sound_only(folder):
    soundfile.write(folder / 'clip.wav', tone().T, 16000)
    return folder / 'clip.wav', None


@case(Verdict.NO_VIDEO)
def sound_only_in_mp4(folder):
    clip(folder / 'whole.mp4')
    with av.open(str(folder / 'whole.mp4')) as old, av.open(str(folder / 'clip.mp4'), 'w') as new:
        stream = old.streams.audio[0]
        taken = new.add_stream_from_template(stream)
        for packet in old.demux(stream):
            if packet.dts is not None:
                packet.stream = taken
                new.mux(packet)
    return folder / 'clip.mp4', None


# --- read, but not to be trained on ---------------------------------------------------------


@case(Verdict.SILENT, reads=True)
def digital_silence(folder):
    return clip(folder / 'clip.mp4', sound=np.zeros(32000)), None


@case(Verdict.SILENT, reads=True)
def hiss_of_minus_80_db(folder):
    hiss = 1e-4 * np.random.default_rng(0).standard_normal(32000)
    return clip(folder / 'clip.mkv', sound=hiss, audio_codec='flac'), None


@case(Verdict.FROZEN, reads=True)
def frozen(folder):
    frame = next(pictures(1))
    write_video(folder / 'clip.mp4', [frame] * 20, 10, tone())
    return folder / 'clip.mp4', None


@case(Verdict.TOO_SHORT)
def third_of_a_second(folder):
    return clip(folder / 'clip.mp4', seconds=0.3, sound=tone(0.3)), None


@case(Verdict.FINE)
def one_picture(folder):
    return clip(folder / 'clip.mp4', seconds=0.1), None


@case(Verdict.LENGTHS_DIFFER, reads=True)
def sound_ends_early(folder):
    return clip(folder / 'clip.mp4', sound=tone(0.8)), None


@case(Verdict.LENGTHS_DIFFER, reads=True)
def pictures_end_early(folder):
    return clip(folder / 'clip.mp4', seconds=0.8), None


@case(Verdict.LENGTHS_DIFFER, reads=True)
def sound_begins_very_late(folder):
    return clip(folder / 'clip.mkv', sound=tone(0.8), audio_delay=1.2), None


@case(Verdict.BROKEN_TIMES, reads=True)
def hole_in_the_pictures(folder):
    clip(folder / 'whole.mp4', gop=1, seconds=4, sound=tone(4))

    def hole(packet):
        lost = packet.stream.type == 'video' and 1 < time_of(packet) < 3
        return None if lost else packet

    return remux(folder / 'whole.mp4', folder / 'clip.mkv', hole), None


@case(Verdict.BROKEN_TIMES, reads=True)
def hole_in_the_sound(folder):
    clip(folder / 'whole.mp4', seconds=4, sound=tone(4))

    def hole(packet):
        lost = packet.stream.type == 'audio' and 1 < time_of(packet) < 3
        return None if lost else packet

    return remux(folder / 'whole.mp4', folder / 'clip.mkv', hole), None


@case(Verdict.BROKEN_TIMES)
def sound_jumps_by_an_hour(folder):
    clip(folder / 'whole.mp4')

    def jump(packet):
        late = packet.stream.type == 'audio' and time_of(packet) > 1
        return move(packet, 3600) if late else packet

    return remux(folder / 'whole.mp4', folder / 'clip.mkv', jump), None


@case(Verdict.TRUNCATED, reads=True)
def header_promises_too_much(folder):
    soundfile.write(folder / 'whole.wav', tone().T, 16000)
    content = bytearray((folder / 'whole.wav').read_bytes())
    place = content.find(b'data') + 4
    content[place : place + 4] = struct.pack('<I', 16000 * 2 * 60)
    (folder / 'clip.wav').write_bytes(content)
    return clip(folder / 'clip.mp4'), folder / 'clip.wav'
