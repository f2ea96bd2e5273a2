"""The written video: it agrees with the clock, and browsers play it, whatever the source held."""

from fractions import Fraction

import av
import numpy as np
import pytest
import soundfile

from mmssl.media import Clip
from mmssl.media.pyav_frames import PyAVFrames
from mmssl.media.remux import ENCODERS, VideoOptions, overlay_video

from ..fault_catalogue import encode, move, pictures, remux, tone
from ..media_files import RATE, display_matrix, flash_and_click

EVENTS, DURATION = (1.0, 2.2), 3.0
PLAYED = ('aac', 'mp3', 'opus', 'flac', 'mp3float')


def film(path, **options):
    return flash_and_click(path, EVENTS, DURATION, 25, **options)


def rewritten(source, tmp_path, audio=None, draw=lambda picture, time: picture):
    out = tmp_path / 'out.mp4'
    overlay_video(source, out, draw, audio=audio)
    return out


def seen_and_heard(path, audio=None):
    """When the flashes and the clicks begin, in seconds of the clock."""
    opened = Clip(path, audio)
    times = np.arange(round(opened.duration * 100)) / 100
    bright = np.array([frame.mean() for frame in opened.frames(times, (8, 8))]) > 128
    loud = np.abs(opened.samples(0.0, opened.duration)) > 0.25
    heard = np.flatnonzero(loud) / 16000
    first_of_each = np.diff(heard, prepend=-1) > 0.5
    return times[np.flatnonzero(np.diff(bright.astype(int)) == 1) + 1], heard[first_of_each]


def assert_in_step(path, frame=0.04):
    seen, heard = seen_and_heard(path)
    assert len(seen) == len(heard) == len(EVENTS)
    assert np.abs(seen - heard).max() <= frame + 0.02
    return seen


@pytest.mark.parametrize('suffix', ['.ts', '.mkv', '.mp4', '.mov'])
@pytest.mark.parametrize('start', [0, 1.4, 36000])
def test_the_written_video_begins_at_zero(tmp_path, suffix, start):
    if start:
        moved = tmp_path / f'moved{suffix}'
        source = remux(film(tmp_path / 'film.mp4'), moved, lambda packet: move(packet, start))
    else:
        source = film(tmp_path / f'film{suffix}')
    out = rewritten(source, tmp_path)
    with av.open(str(out)) as container:
        assert 0 <= container.start_time / 1e6 < 0.05
        assert container.duration / 1e6 == pytest.approx(DURATION, abs=0.1)
    assert np.allclose(assert_in_step(out), seen_and_heard(source)[0], atol=0.045)


def test_pictures_and_sound_of_files_that_begin_at_other_times(tmp_path):
    source = film(tmp_path / 'film.ts')
    clicks = np.zeros(round(DURATION * RATE), np.float32)
    for time in EVENTS:
        clicks[round(time * RATE) :][:480] = 0.9
    soundfile.write(tmp_path / 'sound.wav', clicks, RATE)
    out = rewritten(source, tmp_path, audio=tmp_path / 'sound.wav')
    assert_in_step(out)


@pytest.mark.parametrize(
    'codec', [*('aac', 'ac3', 'eac3', 'alac', 'pcm_u8', 'mp2', 'libopus', 'flac')]
)
def test_browsers_play_the_sound(tmp_path, codec):
    out = rewritten(film(tmp_path / 'film.mkv', audio_codec=codec), tmp_path)
    with av.open(str(out)) as container:
        assert container.streams.audio[0].codec_context.name in PLAYED
    assert_in_step(out)


@pytest.mark.parametrize(('rate', 'channels'), [(192000, 1), (22222, 2), (6000, 1), (48000, 8)])
def test_sound_that_aac_lacks_is_made_into_what_it_has(tmp_path, rate, channels):
    source = film(tmp_path / 'film.mp4')
    soundfile.write(tmp_path / 'sound.wav', tone(DURATION, rate, channels).T, rate)
    out = rewritten(source, tmp_path, audio=tmp_path / 'sound.wav')
    with av.open(str(out)) as container:
        assert container.streams.audio[0].codec_context.name == 'aac'
        assert container.streams.audio[0].codec_context.channels == min(channels, 2)
    heard = Clip(out).samples(1.0, 1.0)
    assert np.abs(np.fft.rfft(heard)).argmax() == 440


@pytest.mark.parametrize(('way', 'shape'), [((1, 0, 0, 1), '4:3'), ((0, 1, -1, 0), '3:4')])
def test_the_shape_of_pixels_is_kept(tmp_path, way, shape):
    source = tmp_path / 'wide.mp4'
    with av.open(str(source), 'w') as container:
        stream = container.add_stream('libx264', rate=10)
        stream.width, stream.height, stream.pix_fmt = 96, 64, 'yuv420p'
        stream.codec_context.sample_aspect_ratio = Fraction(4, 3)
        for index, picture in enumerate(pictures(10)):
            frame = av.VideoFrame.from_ndarray(picture, 'rgb24')
            frame.pts, frame.time_base = index, Fraction(1, 10)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    display_matrix(source, way)
    with av.open(str(rewritten(source, tmp_path))) as container:
        found = container.streams.video[0]
        assert found.sample_aspect_ratio == Fraction(*map(int, shape.split(':')))
        assert (found.width, found.height) == ((96, 64) if way[0] else (64, 96))


@pytest.mark.parametrize('size', [(96, 64), (1280, 720)])
def test_colours_are_kept_and_named(tmp_path, size):
    picture = np.zeros((size[1], size[0], 3), np.uint8)
    for part, colour in enumerate([(200, 60, 50), (40, 180, 60), (50, 60, 220), (128, 128, 128)]):
        picture[:, part * size[0] // 4 : (part + 1) * size[0] // 4] = colour
    source = encode(tmp_path / 'colours.mp4', [picture] * 10, 'libx264', 'yuv444p')
    out = rewritten(source, tmp_path)
    before, after = (Clip(path).frames([0.5])[0].astype(int) for path in (source, out))
    middle = np.abs(before - after)[:, size[0] // 8 :: size[0] // 4]
    assert middle.max() <= 4
    with av.open(str(out)) as container:
        context = container.streams.video[0].codec_context
        named = context.colorspace, context.color_primaries, context.color_trc
        assert named == (6, 1, 1)  # The matrix of BT.601, which FFmpeg takes where none is named
        assert context.color_range == 1  # luma from 16 to 235


def test_time_stamps_that_ffmpeg_refuses_are_mended(tmp_path):
    def twice(packet):
        if packet.stream.type == 'audio' and packet.pts and packet.pts % 3 == 0:
            packet.dts = packet.pts = packet.pts - 25
        return packet

    source = remux(film(tmp_path / 'film.mp4'), tmp_path / 'odd.mkv', twice)
    assert_in_step(rewritten(source, tmp_path))


def test_a_size_that_changes_on_the_way(tmp_path):
    """A recording that changes its resolution, joined byte by byte."""
    parts = [
        encode(tmp_path / f'{width}.ts', pictures(20, size=(width, 64)), 'libx264', 'yuv420p')
        for width in (96, 128)
    ]
    (tmp_path / 'joined.ts').write_bytes(b''.join(part.read_bytes() for part in parts))
    with av.open(str(rewritten(tmp_path / 'joined.ts', tmp_path))) as container:
        assert {(f.width, f.height) for f in container.decode(video=0)} == {(96, 64)}


def test_metadata_that_is_not_utf8(tmp_path):
    """Old muxers write Latin-1."""
    path = tmp_path / 'old.mkv'
    with av.open(str(film(tmp_path / 'film.mp4'))) as old, av.open(str(path), 'w') as new:
        new.metadata['title'] = 'cafe concert'
        taken = [new.add_stream_from_template(stream) for stream in old.streams]
        for packet in old.demux():
            if packet.dts is not None:
                packet.stream = taken[packet.stream.index]
                new.mux(packet)
    content = path.read_bytes()
    assert b'cafe concert' in content
    path.write_bytes(content.replace(b'cafe concert', b'caf\xe9 concert'))
    assert_in_step(rewritten(path, tmp_path))


def test_wmv(tmp_path):
    """Its sound has packets without a time of decoding."""
    source = encode(tmp_path / 'clip.wmv', pictures(20), 'wmv2', 'yuv420p', audio_codec='wmav2')
    heard = Clip(rewritten(source, tmp_path)).samples(0.5, 1.0)
    assert np.abs(np.fft.rfft(heard)).argmax() == 440


@pytest.mark.parametrize(
    ('options', 'size', 'frames'),
    [
        ((96, 30, 18), (96, 54), 60),
        ((1280, 10, 18), (160, 90), 20),
        ((1280, 29.97, 18), (160, 90), 60),
    ],
)
def test_large_pictures_and_high_rates_are_made_smaller(tmp_path, options, size, frames):
    source = encode(tmp_path / 'fast.mp4', pictures(120, 60, (160, 90)), 'libx264', 'yuv420p', 60)
    out = tmp_path / 'out.mp4'
    seen = []
    overlay_video(
        *(source, out, lambda picture, time: picture),
        options=VideoOptions(*options),
        progress=lambda frames, total: seen.append(total) or frames,
    )
    with av.open(str(out)) as container:
        found = list(container.decode(video=0))
    assert {(frame.width, frame.height) for frame in found} == {size}
    assert abs(len(found) - frames) <= 1
    assert seen == [len(found)]


@pytest.mark.parametrize('options', [dict(side=0), dict(rate=0), dict(quality=52)])
def test_numbers_that_make_no_sense(options):
    with pytest.raises(ValueError, match=f'video {next(iter(options))} is'):
        VideoOptions(**options)


def test_another_encoder_is_used_where_it_is_asked_for(tmp_path, monkeypatch):
    """An encoder that every machine has stands for one that needs hardware."""
    monkeypatch.setitem(ENCODERS, 'libx265', lambda quality: {'x265-params': 'log-level=none'})
    source = film(tmp_path / 'clip.mp4')
    overlay_video(
        *(source, tmp_path / 'out.mp4', lambda picture, time: picture),
        options=VideoOptions(encoder='libx265'),
    )
    with av.open(str(tmp_path / 'out.mp4')) as container:
        assert container.streams.video[0].codec_context.name == 'hevc'
    assert seen_and_heard(tmp_path / 'out.mp4')[0] == pytest.approx(EVENTS, abs=0.041)


def test_an_encoder_that_is_not_there_is_refused(monkeypatch):
    with pytest.raises(ValueError, match="encoder is 'vlc', expected one of libx264, h264_nvenc"):
        VideoOptions(encoder='vlc')
    monkeypatch.setitem(ENCODERS, 'h264_nothing', lambda quality: {})
    with pytest.raises(ValueError, match=r'h264_nothing cannot be used here .* use libx264'):
        VideoOptions(encoder='h264_nothing')


@pytest.mark.parametrize('codec', ['libx264', 'libx265', 'mpeg4', 'libvpx-vp9'])
def test_frames_that_are_left_out_change_none_of_the_others(tmp_path, codec):
    options = {'bf': '2', 'x265-params': 'log-level=none', 'b-pyramid': 'none'}
    source = encode(tmp_path / 'fast.mkv', pictures(120, 60), codec, 'yuv420p', 60, options)
    reader = PyAVFrames(str(source))
    dense = {time: frame.to_ndarray() for time, frame in reader.all()}
    some = {time: frame.to_ndarray() for time, frame in reader.all(30)}
    assert (len(dense), len(some)) == (120, 60)
    assert all(np.array_equal(dense[time], picture) for time, picture in some.items())
