"""Each frame that is asked for is the one that plain decoding shows, whatever holds it."""

import gc
from fractions import Fraction

import av
import cv2
import numpy as np
import pytest
import soundfile

from mmssl.media import Clip, MediaError, open_frames

from ..decoders import DECODERS
from ..fault_catalogue import clip, encode, tone
from ..media_files import display_matrix

FPS, COUNT = 25, 50

#: Container, encoder and its options.
FILES = {
    'h264_mp4': ('.mp4', 'libx264', {}),
    'h264_pyramid_mp4': ('.mp4', 'libx264', {'bf': '8', 'b-pyramid': 'normal', 'refs': '8'}),
    'h264_avi': ('.avi', 'libx264', {'bf': '3'}),
    'h264_intra_refresh_ts': ('.ts', 'libx264', {'intra-refresh': '1'}),
    'h264_interlaced_mkv': ('.mkv', 'libx264', {'flags': '+ildct+ilme'}),
    'h264_open_gop_mp4': ('.mp4', 'libx264', {'g': '12', 'x264-params': 'open-gop=1'}),
    'h264_intra_refresh_mp4': ('.mp4', 'libx264', {'intra-refresh': '1', 'g': '12', 'bf': '0'}),
    'h264_flv': ('.flv', 'libx264', {}),
    'hevc_mp4': ('.mp4', 'libx265', {'x265-params': 'log-level=none'}),
    'hevc_open_gop_mkv': ('.mkv', 'libx265', {'x265-params': 'log-level=none:keyint=12'}),
    'hevc_ts': ('.ts', 'libx265', {'x265-params': 'log-level=none'}),
    'av1_svt_mp4': ('.mp4', 'libsvtav1', {'preset': '12'}),
    'av1_svt_webm': ('.webm', 'libsvtav1', {'preset': '12'}),
    'av1_aom_mkv': ('.mkv', 'libaom-av1', {'cpu-used': '8'}),
    'vp8_webm': ('.webm', 'libvpx', {'auto-alt-ref': '1', 'lag-in-frames': '16'}),
    'vp9_webm': ('.webm', 'libvpx-vp9', {'auto-alt-ref': '1', 'lag-in-frames': '16'}),
    'mpeg4_avi': ('.avi', 'mpeg4', {'bf': '2'}),
    'mpeg4_mp4': ('.mp4', 'mpeg4', {'bf': '2'}),
    'mpeg2_mpg': ('.mpg', 'mpeg2video', {'bf': '2'}),
    'mpeg2_ts': ('.ts', 'mpeg2video', {'bf': '2'}),
    'wmv': ('.wmv', 'wmv2', {}),
    'motion_jpeg_avi': ('.avi', 'mjpeg', {}),
    'ffv1_mkv': ('.mkv', 'ffv1', {}),
    'prores_mov': ('.mov', 'prores_ks', {}),
}
#: Pixel format and sound of those that take no others.
PIXELS = {'mjpeg': 'yuvj420p', 'prores_ks': 'yuv422p10le'}
SOUNDS = {'.webm': 'libopus', '.wmv': 'wmav2', '.mpg': 'mp2', '.avi': 'pcm_s16le'}


def numbered(count):
    """Pictures of which no two are alike, with motion in both directions."""
    noise = np.random.default_rng(0).integers(0, 60, (64, 96, 3), np.uint8)
    for index in range(count):
        picture = np.roll(noise, (index, 3 * index), (0, 1))
        picture[:, (7 * index) % 84 : (7 * index) % 84 + 12] = 220
        yield np.ascontiguousarray(picture)


def plainly_decoded(path):
    with av.open(str(path)) as container:
        return [frame.to_ndarray(format='rgb24') for frame in container.decode(video=0)]


@pytest.fixture(params=FILES)
def file(request, tmp_path):
    suffix, codec, options = FILES[request.param]
    if codec not in av.codecs_available:
        pytest.skip(f'PyAV has no {codec} here')
    pixels = PIXELS.get(codec, 'yuv420p')
    sound = SOUNDS.get(suffix, 'aac')
    return encode(tmp_path / f'clip{suffix}', numbered(COUNT), codec, pixels, FPS, options, sound)


@pytest.mark.parametrize('decoder', DECODERS)
def test_each_frame_is_the_one_that_plain_decoding_shows(file, decoder):
    expected = plainly_decoded(file)
    reader = opened(file, decoder)
    if reader is None:
        return
    assert len(reader.starts) == len(expected) == COUNT
    assert np.allclose(np.diff(reader.starts), 1 / FPS, atol=2e-3)
    tolerance = 0 if decoder == 'pyav' else 12  # decord converts colours by another matrix
    for index in [*range(COUNT - 1, 0, -7), *range(0, COUNT, 5)]:
        found = reader.pictures(np.array([index]))[0]
        assert np.abs(found.astype(int) - expected[index]).mean() <= tolerance, index
    some = np.array([3, 4, 19, 20, 48])
    for index, found in zip(some, open_frames(file, decoder).pictures(some)):
        assert np.abs(found.astype(int) - expected[index]).mean() <= tolerance, index


def opened(file, decoder):
    """A reader; ``None`` if decord refuses, which it may, but it may not show other frames."""
    if decoder == 'pyav':
        return open_frames(file, decoder)
    try:
        return open_frames(file, decoder)
    except MediaError as error:
        assert "'pyav'" in str(error)  # noqa: PT017
        return None


#: All ways to show a picture, as (a, b, c, d) of the matrix, and what each makes of an array.
WAYS = {
    (1, 0, 0, 1): lambda p: p,
    (0, 1, -1, 0): lambda p: np.rot90(p, -1),
    (-1, 0, 0, -1): lambda p: np.rot90(p, 2),
    (0, -1, 1, 0): lambda p: np.rot90(p, 1),
    (-1, 0, 0, 1): lambda p: p[:, ::-1],
    (1, 0, 0, -1): lambda p: p[::-1],
    (0, 1, 1, 0): lambda p: p.swapaxes(0, 1),
    (0, -1, -1, 0): lambda p: np.rot90(p, 2).swapaxes(0, 1),
}


@pytest.mark.parametrize('decoder', DECODERS)
@pytest.mark.parametrize('way', WAYS)
def test_pictures_are_shown_as_their_display_matrix_asks(tmp_path, way, decoder):
    path = clip(tmp_path / 'clip.mp4')
    plain = open_frames(path).pictures(np.array([5]))[0]
    display_matrix(path, way)
    if decoder == 'decord' and np.linalg.det(np.reshape(way, (2, 2))) < 0:
        with pytest.raises(MediaError, match='does not mirror'):
            open_frames(path, decoder)
        return
    reader = open_frames(path, decoder)
    expected = WAYS[way](plain)
    shown = reader.pictures(np.array([5]))[0]
    assert shown.shape == expected.shape
    # decord converts colours by another matrix.
    assert np.abs(shown.astype(int) - expected).mean() < (0.01 if decoder == 'pyav' else 3)
    small = reader.pictures(np.array([5]), (24, 16))[0]
    reference = cv2.resize(np.ascontiguousarray(expected), (24, 16), interpolation=cv2.INTER_AREA)
    assert np.abs(small.astype(int) - reference).mean() < 3


def test_decoded_frames_are_freed_without_a_collection(tmp_path):
    """A cycle of references kept a gigabyte of frames of a long video."""
    path = clip(tmp_path / 'long.mp4')

    def frames_in_memory():
        return sum(type(thing) is av.VideoFrame for thing in gc.get_objects())

    reader = open_frames(path)
    gc.collect()
    gc.disable()
    try:
        before = frames_in_memory()
        pictures = reader.pictures(np.arange(10), (32, 24))
        assert len(pictures) == 10
        del pictures
        assert frames_in_memory() == before
    finally:
        gc.enable()


@pytest.mark.parametrize('suffix', ['.tif', '.jp2', '.gif', '.png', '.avif'])
def test_a_file_of_one_picture_is_shown_for_as_long_as_the_sound(tmp_path, suffix):
    picture = next(numbered(1))
    path = tmp_path / f'still{suffix}'
    if suffix == '.gif':
        from PIL import Image

        Image.fromarray(picture).save(path)
    elif suffix == '.avif':
        if 'libaom-av1' not in av.codecs_available:
            pytest.skip('PyAV has no libaom-av1 here')
        encode_still(path, picture)
    else:
        cv2.imwrite(str(path), picture[..., ::-1])
    soundfile.write(tmp_path / 'sound.wav', tone().T, 16000)
    opened = Clip(path, tmp_path / 'sound.wav')
    assert opened.duration == pytest.approx(2.0)
    first, last = opened.frames([0.0, 1.9])
    assert np.array_equal(first, last)
    assert np.abs(first.astype(int) - picture).mean() < 30


def test_an_animation_is_known_by_its_content(tmp_path):
    from PIL import Image

    pictures = [Image.fromarray(picture) for picture in numbered(4)]
    path = tmp_path / 'animation.jpg'
    pictures[0].save(
        path, format='webp', save_all=True, append_images=pictures[1:], duration=500, lossless=True
    )
    assert np.allclose(open_frames(path).starts, [0.0, 0.5, 1.0, 1.5])


def test_a_jpeg_is_decoded_once(tmp_path, monkeypatch):
    def refuse(content):
        raise AssertionError('decoded as an animation')

    monkeypatch.setattr(cv2, 'imdecodeanimation', refuse)
    cv2.imwrite(str(tmp_path / 'still.jpg'), next(numbered(1)))
    assert len(open_frames(tmp_path / 'still.jpg').starts) == 1


def encode_still(path, picture):
    with av.open(str(path), 'w') as container:
        stream = container.add_stream('libaom-av1', rate=1, options={'still-picture': '1'})
        stream.pix_fmt, stream.width, stream.height = 'yuv420p', 96, 64
        frame = av.VideoFrame.from_ndarray(picture, 'rgb24')
        frame.pts, frame.time_base = 0, Fraction(1, 1)
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def test_a_film_is_taken_before_a_cover(tmp_path):
    """Taggers put the cover of an album or a film beside its streams, at a larger size."""
    path = clip(tmp_path / 'film.mp4')
    cover = cv2.imencode('.jpg', np.full((300, 300, 3), 200, np.uint8))[1].tobytes()
    with_cover = tmp_path / 'covered.mkv'
    add_cover(path, with_cover, cover)
    reader = open_frames(with_cover)
    assert len(reader.starts) == 20
    assert reader.pictures(np.array([0]))[0].shape == (64, 96, 3)


def test_the_cover_of_a_sound_file_is_a_still_picture(tmp_path):
    cover = cv2.imencode('.jpg', np.full((30, 40, 3), 200, np.uint8))[1].tobytes()
    add_cover(clip(tmp_path / 'clip.mp4'), tmp_path / 'song.mkv', cover, kinds=['audio'])
    opened = Clip(tmp_path / 'song.mkv')
    assert opened.duration == pytest.approx(2.0, abs=0.15)
    assert opened.frames([1.5])[0].shape == (30, 40, 3)


def add_cover(source, target, cover, kinds=('video', 'audio')):
    """Copy streams into a Matroska file, with a cover as FFmpeg attaches it."""
    with av.open(str(source)) as old, av.open(str(target), 'w') as new:
        taken = {s.index: new.add_stream_from_template(s) for s in old.streams if s.type in kinds}
        picture = new.add_stream('mjpeg', rate=1)
        picture.width, picture.height, picture.pix_fmt = 40, 30, 'yuvj420p'
        picture.disposition = av.stream.Disposition.attached_pic
        picture.metadata.update(filename='cover.jpg', mimetype='image/jpeg')
        packet = av.Packet(cover)
        packet.stream, packet.pts, packet.dts = picture, 0, 0
        new.mux(packet)
        for packet in old.demux():
            if packet.dts is not None and packet.stream.index in taken:
                packet.stream = taken[packet.stream.index]
                new.mux(packet)
