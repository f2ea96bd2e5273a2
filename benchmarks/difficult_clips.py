"""Valid clips that are difficult to read, with pictures and sounds that encode the time.

Each picture shows its number as a code of black and white fields; the sound is a sweep. A maker
renders a clip into a folder and returns its files; :data:`KINDS` has all makers by name.
"""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import soundfile

from mmssl.media import write_video
from tests.fault_catalogue import encode, encode_sound, move, remux, time_of
from tests.media.test_frames import add_cover
from tests.media_files import display_matrix, together

FPS, SECONDS, RATE, BITS = 25, 4.0, 48000, 8
COUNT = round(FPS * SECONDS)
SIZE = 96, 64


@dataclass(frozen=True)
class Kind:
    """A kind of clip.

    Attributes:
        group: Heading of its section.
        make: Renders the clip; returns the file of the pictures, and the file of the sound or
            ``None``.
        shown: Number of the visible picture at a time in seconds.
        slack: Uncertainty of the sound's start in the file, in seconds.
    """

    group: str
    make: Callable[[Path], tuple[Path, Path | None]]
    shown: Callable[[float], int]
    slack: float = 0.0


KINDS: dict[str, Kind] = {}


def _usual(time: float) -> int:
    return int(time * FPS)


def kind(group: str, name: str, shown: Callable[[float], int] = _usual, slack: float = 0.0):
    """Register a maker in the table."""

    def enter(make):
        KINDS[name] = Kind(group, make, shown, slack)
        return make

    return enter


def picture(number: int, size: tuple[int, int] = SIZE) -> np.ndarray:
    """Fields for the bits of a number, white for 1, above fields of the inverted bits."""
    bits = (number >> np.arange(BITS)) & 1
    fields = 40 + 175 * np.stack([bits, 1 - bits]).astype(np.uint8)
    grey = cv2.resize(fields, size, interpolation=cv2.INTER_NEAREST)
    return np.repeat(grey[..., None], 3, 2)


def number(image: np.ndarray) -> int | None:
    """The number in a picture; ``None`` if it has none."""
    grey = cv2.resize(image.mean(2).astype(np.float32), (BITS, 2), interpolation=cv2.INTER_AREA)
    if (np.abs(grey[0] - grey[1]) < 40).any():
        return None
    return int(((grey[0] > grey[1]) << np.arange(BITS)).sum())


def pictures(count=COUNT, size=SIZE, first=0):
    """Pictures of consecutive numbers."""
    return [picture(first + index, size) for index in range(count)]


def sweep(rate: int = RATE, channels: int = 1, start: float = 0.0, end: float = SECONDS):
    """Samples ``(channels, S)``, the same in all channels, from 300 Hz up by 500 Hz a second."""
    time = np.arange(round(start * rate), round(end * rate)) / rate
    wave = 0.4 * np.sin(2 * np.pi * (300 * time + 250 * time**2))
    return np.tile(wave, (channels, 1)).astype(np.float32)


def film(path, codec='libx264', pixels='yuv420p', options=None, sound='aac', **more):
    """A clip of all pictures and the sweep."""
    given = {'frames': pictures(), 'samples': sweep(more.get('rate', RATE)), 'rate': RATE, **more}
    frames = given.pop('frames')
    return encode(path, frames, codec, pixels, FPS, options, sound, **given)


def _film(group, name, suffix, *args, **options):
    kind(group, name)(lambda folder: (film(folder / f'clip{suffix}', *args, **options), None))


# --- order and times of pictures -----------------------------------------------------------

ORDER = 'Which picture'
_film(ORDER, 'H.264, pyramid of B-frames, mp4', '.mp4', options={'bf': '8', 'b-pyramid': 'normal'})
_film(ORDER, 'H.264, open GOP, mp4', '.mp4', options={'g': '12', 'x264-params': 'open-gop=1'})
_film(ORDER, 'H.264, B-frames, AVI', '.avi', options={'bf': '3'}, sound='pcm_s16le')
_film(ORDER, 'H.264, intra refresh, MPEG-TS', '.ts', options={'intra-refresh': '1'})
_film(ORDER, 'H.264, interlaced, Matroska', '.mkv', options={'flags': '+ildct+ilme'})
_film(ORDER, 'H.264, fragmented mp4', '.mp4', movflags='frag_keyframe+empty_moov')
_film(ORDER, 'H.264, FLV', '.flv', rate=44100)
_X265 = 'log-level=none:keyint=12:min-keyint=12:open-gop='
_film(ORDER, 'HEVC, open GOP, mp4', '.mp4', 'libx265', options={'x265-params': f'{_X265}1'})
_film(ORDER, 'HEVC, MPEG-TS', '.ts', 'libx265', options={'x265-params': f'{_X265}0'})
_film(ORDER, 'AV1, mp4', '.mp4', 'libsvtav1', options={'preset': '12'})
_HIDDEN = {'auto-alt-ref': '1', 'lag-in-frames': '16', 'deadline': 'realtime'}
_film(ORDER, 'VP9, hidden frames, WebM', '.webm', 'libvpx-vp9', options=_HIDDEN, sound='libopus')
_film(ORDER, 'MPEG-4 Part 2, AVI', '.avi', 'mpeg4', options={'bf': '2'}, sound='libmp3lame')
_film(ORDER, 'MPEG-2, MPEG-PS', '.mpg', 'mpeg2video', options={'bf': '2'}, sound='mp2')
_film(ORDER, 'Motion JPEG, AVI', '.avi', 'mjpeg', 'yuvj420p', sound='pcm_s16le')
_film(ORDER, 'WMV', '.wmv', 'wmv2', sound='wmav2')
_film(ORDER, 'MXF', '.mxf', 'mpeg2video', options={'bf': '2'}, sound='pcm_s16le')


@kind(
    ORDER, 'variable frame rate, mp4', lambda time: int(np.searchsorted(_SLOWING, time + 1e-3)) - 1
)
def variable_rate(folder):
    write_video(folder / 'clip.mp4', pictures(), FPS, sweep(), RATE, times=_SLOWING)
    return folder / 'clip.mp4', None


#: Start times of the pictures in a clip that slows down.
_SLOWING = np.round(SECONDS * (np.arange(COUNT) / COUNT) ** 1.3, 3)


@kind(ORDER, 'cut by an edit list, mp4')
def edit_list(folder):
    """Cut without encoding: the part before the cut is stored, but not shown."""
    source = film(
        folder / 'whole.mkv', options={'g': '100', 'bf': '3'}, sound='pcm_s16le',
        frames=[*pictures(12, first=200), *pictures()],
        samples=np.pad(sweep(), ((0, 0), (round(0.48 * RATE), 0))),
    )  # fmt: skip
    written = {'avoid_negative_ts': 'disabled', 'use_editlist': '1'}
    return remux(source, folder / 'clip.mov', lambda p: move(p, -0.48), **written), None


# --- where the clock begins ----------------------------------------------------------------

START = 'Where the clock begins'


@kind(START, 'time stamps from 100 s, Matroska')
def from_100_s(folder):
    source = film(folder / 'whole.mp4')
    return remux(source, folder / 'clip.mkv', lambda packet: move(packet, 100)), None


@kind(START, 'pictures 0.4 s after the sound, mp4', lambda time: max(0, int((time - 0.4) * FPS)))
def late_pictures(folder):
    def later(packet):
        return move(packet, 0.4) if packet.stream.type == 'video' else packet

    return remux(film(folder / 'whole.mp4'), folder / 'clip.mp4', later), None


@kind(START, 'time stamps that wrap at 2^33, MPEG-TS')
def wrapped(folder):
    return _wrapped(film(folder / 'whole.mp4'), folder / 'clip.ts'), None


@kind(START, 'time stamps that wrap at 2^33, MPEG-PS')
def wrapped_program_stream(folder):
    source = film(folder / 'whole.mpg', 'mpeg2video', options={'bf': '2'}, sound='mp2')
    return _wrapped(source, folder / 'clip.mpg'), None


def _wrapped(source, target):
    return remux(source, target, lambda packet: move(packet, 2**33 / 90000 - 2.0))


@kind(START, 'two recordings joined byte by byte, MPEG-TS')
def joined(folder):
    half = COUNT // 2
    for index in range(2):
        part = {'start': index * SECONDS / 2, 'end': (index + 1) * SECONDS / 2}
        frames = pictures(half, first=index * half)
        film(folder / f'{index}.ts', frames=frames, samples=sweep(**part))
    return _joined(folder, '.ts'), None


def _joined(folder, suffix):
    path = folder / f'clip{suffix}'
    path.write_bytes(b''.join((folder / f'{i}{suffix}').read_bytes() for i in range(2)))
    return path


# --- how a picture looks --------------------------------------------------------------------

LOOK = 'How a picture looks'


@kind(LOOK, 'turned by 90 degrees, mp4')
def turned(folder):
    frames = [np.ascontiguousarray(np.rot90(image)) for image in pictures()]
    film(folder / 'clip.mp4', frames=frames)
    display_matrix(folder / 'clip.mp4', (0, 1, -1, 0))
    return folder / 'clip.mp4', None


@kind(LOOK, 'mirrored, mp4')
def mirrored(folder):
    film(folder / 'clip.mp4', frames=[image[:, ::-1].copy() for image in pictures()])
    display_matrix(folder / 'clip.mp4', (-1, 0, 0, 1))
    return folder / 'clip.mp4', None


@kind(LOOK, 'size that changes on the way, MPEG-TS')
def resized(folder):
    frames = [*pictures(COUNT // 2), *pictures(COUNT // 2, (160, 112), COUNT // 2)]
    for index in range(2):
        path = folder / f'{index}.mp4'
        film(path, frames=frames[index * 50 : index * 50 + 50], samples=sweep()[:, :1024])
    film(folder / 'sound.mp4')
    return _one_after_the_other(folder), None


def _one_after_the_other(folder):
    """Pictures of both halves at their times, with their headers in the stream, and the sound."""
    with av.open(str(folder / 'clip.ts'), 'w') as out:
        sources = [av.open(str(folder / name)) for name in ('0.mp4', '1.mp4', 'sound.mp4')]
        video = out.add_stream_from_template(sources[0].streams.video[0])
        audio = out.add_stream_from_template(sources[2].streams.audio[0])
        for index, source in enumerate(sources):
            stream = source.streams.audio[0] if index == 2 else source.streams.video[0]
            chosen = audio if index == 2 else video
            annexb = None if index == 2 else av.BitStreamFilterContext('h264_mp4toannexb', stream)
            for packet in source.demux(stream):
                if packet.dts is None:
                    continue
                moved = move(packet, 2.0) if index == 1 else packet
                for part in annexb.filter(moved) if annexb else [moved]:
                    part.stream = chosen
                    out.mux(part)
        for source in sources:
            source.close()
    return folder / 'clip.ts'


_film(LOOK, '10 bits, HDR (PQ), mp4', '.mp4', 'libx265', 'yuv420p10le', options={
    'x265-params': 'log-level=none:colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc'
})  # fmt: skip
_film(LOOK, '4:4:4, odd size, mp4', '.mp4', pixels='yuv444p', frames=pictures(size=(97, 63)))
_film(LOOK, 'alpha, ProRes 4444, mov', '.mov', 'prores_ks', 'yuva444p10le', sound='pcm_s24le')


@kind(LOOK, 'film beside a larger cover, Matroska')
def covered(folder):
    cover = cv2.imencode('.jpg', np.full((300, 300, 3), 200, np.uint8))[1].tobytes()
    add_cover(film(folder / 'film.mp4'), folder / 'clip.mkv', cover)
    return folder / 'clip.mkv', None


def _animation(name, suffix, codec, pixels, container=None):
    @kind(LOOK, f'{name}, sound in a file of its own')
    def make(folder):
        path = folder / f'clip{suffix}'
        with av.open(str(path), 'w', format=container) as target:
            stream = target.add_stream(codec, rate=FPS)
            stream.pix_fmt, (stream.width, stream.height) = pixels, SIZE
            for index, image in enumerate(pictures()):
                frame = av.VideoFrame.from_ndarray(image, 'rgb24')
                frame.pts, frame.time_base = index, Fraction(1, FPS)
                target.mux(stream.encode(frame.reformat(format=pixels)))
            target.mux(stream.encode(None))
        return path, _own_sound(folder)


def _own_sound(folder, **written):
    soundfile.write(folder / 'sound.wav', sweep()[0], RATE, **written)
    return folder / 'sound.wav'


_animation('animated GIF', '.gif', 'gif', 'rgb8')
_animation('animated WebP', '.webp', 'libwebp_anim', 'yuv420p')
_animation('animated PNG', '.png', 'apng', 'rgb24', 'apng')
_animation('MPEG-2 without a container', '.m2v', 'mpeg2video', 'yuv420p')


# --- sound ----------------------------------------------------------------------------------

SOUND = 'Sound'
_film(SOUND, 'AAC with priming, mp4', '.mp4', sound='aac')
_film(SOUND, 'Opus, WebM', '.webm', 'libvpx', options={'deadline': 'realtime'}, sound='libopus')
_film(SOUND, 'MP3, mp4', '.mp4', sound='libmp3lame')
_film(SOUND, 'AC-3, MPEG-TS', '.ts', sound='ac3')
_film(SOUND, 'E-AC-3, mp4', '.mp4', sound='eac3')
_film(SOUND, 'PCM of 24 bits, mov', '.mov', sound='pcm_s24le')
_film(SOUND, 'ADPCM, AVI', '.avi', 'mpeg4', sound='adpcm_ms')
_film(SOUND, '8 kHz, mu-law, mov', '.mov', sound='pcm_mulaw', rate=8000)
_film(SOUND, '8 kHz, AMR, 3gp', '.3gp', sound='libopencore_amrnb', rate=8000)
_film(SOUND, '7.1, AAC, mp4', '.mp4', samples=sweep(channels=8))


@kind(SOUND, 'sound 0.3 s after the pictures, mp4')
def late_sound(folder):
    sound = sweep(start=0.3)[0]
    write_video(folder / 'clip.mp4', pictures(), FPS, sound, RATE, audio_delay=0.3)
    return folder / 'clip.mp4', None


@kind(SOUND, 'gap of 0.5 s in the sound, Matroska')
def gap(folder):
    def lose(packet):
        lost = packet.stream.type == 'audio' and 1.5 < time_of(packet) < 2.0
        return None if lost else packet

    return remux(film(folder / 'whole.mp4'), folder / 'clip.mkv', lose), None


@kind(SOUND, 'rate that changes on the way, AAC file', slack=0.08)
def rates(folder):
    for index, rate in enumerate((48000, 22050)):
        part = sweep(rate, start=index * SECONDS / 2, end=(index + 1) * SECONDS / 2)
        encode_sound(folder / f'{index}.aac', part, rate, 'mono', 'aac')
    return film(folder / 'pictures.mp4'), _joined(folder, '.aac')


@kind(SOUND, 'chained Ogg, Vorbis file')
def chained(folder):
    for index in range(2):
        part = sweep(start=index * SECONDS / 2, end=(index + 1) * SECONDS / 2)[0]
        soundfile.write(folder / f'{index}.ogg', part, RATE)
    return film(folder / 'pictures.mp4'), _joined(folder, '.ogg')


@kind(SOUND, 'a second sound that nothing decodes, mov')
def undecodable(folder):
    """A second sound stream without a decoder, like Apple's spatial sound (APAC) on phones."""
    encode_sound(folder / 'other.mp4', sweep(channels=2), RATE, 'stereo', 'alac')
    together(folder / 'clip.mov', film(folder / 'film.mp4'), folder / 'other.mp4')
    content = (folder / 'clip.mov').read_bytes()
    (folder / 'clip.mov').write_bytes(content.replace(b'alac', b'apac'))
    return folder / 'clip.mov', None


@kind(SOUND, 'wav of 64-bit numbers in an RF64 file')
def rf64(folder):
    return film(folder / 'pictures.mp4'), _own_sound(folder, subtype='DOUBLE', format='RF64')
