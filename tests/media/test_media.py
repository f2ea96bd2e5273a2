"""One clock for picture and sound, on files rendered here."""

from fractions import Fraction

import cv2
import librosa
import numpy as np
import pytest
import torch

from mmssl.media import (
    CachedClip,
    Clip,
    MediaError,
    frames_at,
    log_mel,
    log_mel_chunks,
    open_frames,
    read_sound,
    step_at,
    step_centre,
    step_centres,
    steps_in,
    write_video,
)
from mmssl.media.remux import overlay_video

from ..decoders import DECODERS, needs_decord
from ..media_files import RATE, flash_and_click, rotate

EVENTS = (0.5, 3.0, 5.5)
DURATION = 6.0


def offsets(path, decoder):
    """Sound minus picture at every flash, in seconds."""
    clip = Clip(path, decoder=decoder)
    times = np.arange(0, DURATION, 0.001)
    reader = open_frames(path, decoder)
    bright = np.array([f.mean() > 120 for f in frames_at(reader, times)])
    flashes = times[1:][bright[1:] & ~bright[:-1]]
    samples = np.abs(clip.samples(0, clip.duration))
    loud = np.flatnonzero(samples > 0.25) / 16000
    clicks = loud[np.r_[True, np.diff(loud) > 0.2]]
    assert len(flashes) == len(clicks) == len(EVENTS)
    return clicks - flashes


@pytest.mark.parametrize('decoder', DECODERS)
@pytest.mark.parametrize(
    ('suffix', 'codec'),
    [('.mp4', 'aac'), ('.webm', 'libopus'), ('.mp4', 'libmp3lame'), ('.mkv', 'pcm_s16le')],
)
def test_synchrony_of_codecs(tmp_path, decoder, suffix, codec):
    options = {'video_codec': 'libvpx'} if suffix == '.webm' else {}
    path = flash_and_click(
        tmp_path / f'clip{suffix}', EVENTS, DURATION, 25, audio_codec=codec, **options
    )
    assert np.abs(offsets(path, decoder)).max() < 0.02


@pytest.mark.parametrize('decoder', DECODERS)
@pytest.mark.parametrize('fps', [10, 24, Fraction(30000, 1001), 30])
def test_synchrony_of_frame_rates(tmp_path, decoder, fps):
    path = flash_and_click(tmp_path / 'clip.mp4', EVENTS, DURATION, fps)
    assert np.abs(offsets(path, decoder)).max() < 0.02


@pytest.mark.parametrize('decoder', DECODERS)
@pytest.mark.parametrize('suffix', ['.mp4', '.mkv'])
def test_synchrony_of_sound_that_starts_late(tmp_path, decoder, suffix):
    path = flash_and_click(tmp_path / f'clip{suffix}', EVENTS, DURATION, 25, delay=0.3)
    assert np.abs(offsets(path, decoder)).max() < 0.02
    assert not np.abs(read_sound(path)[: round(0.25 * 16000)]).max() > 0.01


def shift(path, out, seconds):
    """Copy the packets of a file with later time stamps."""
    import av

    with av.open(str(path)) as source, av.open(str(out), 'w') as target:
        streams = {s.index: target.add_stream_from_template(s) for s in source.streams}
        for packet in source.demux():
            if packet.dts is not None:
                move = round(seconds / packet.time_base)
                packet.pts, packet.dts = packet.pts + move, packet.dts + move
                packet.stream = streams[packet.stream.index]
                target.mux(packet)
    return out


@pytest.mark.parametrize(
    ('decoder', 'suffix'),
    [pytest.param('decord', '.mkv', marks=needs_decord), ('pyav', '.mkv'), ('pyav', '.ts')],
)
def test_time_stamps_may_begin_anywhere(tmp_path, decoder, suffix):
    """As in broadcast streams and cut files."""
    path = flash_and_click(tmp_path / 'clip.mp4', EVENTS, DURATION, 25)
    moved = shift(path, tmp_path / f'moved{suffix}', 100.0)
    assert np.abs(offsets(moved, decoder)).max() < 0.02
    assert Clip(moved, decoder=decoder).duration == pytest.approx(DURATION, abs=0.1)
    drawn = []
    overlay_video(moved, tmp_path / 'out.mp4', lambda p, time: drawn.append(time) or p)
    assert drawn[0] == pytest.approx(0, abs=0.1)
    assert drawn[-1] == pytest.approx(DURATION, abs=0.1)


@needs_decord
def test_decoders_give_the_same_frames(tmp_path):
    path = flash_and_click(tmp_path / 'clip.mp4', EVENTS, DURATION, Fraction(30000, 1001))
    times = step_centres(60)
    first, second = (Clip(path, decoder=b).frames(times) for b in ('decord', 'pyav'))
    assert np.array_equal(first, second)


@pytest.mark.parametrize(
    ('suffix', 'codec'),
    [('.mp4', 'libx264'), ('.mp4', 'libx265'), ('.mp4', 'mpeg4'), ('.webm', 'libvpx-vp9')],
)
def test_frames_do_not_depend_on_which_others_are_asked_for(tmp_path, suffix, codec):
    """Frames that no other needs are not decoded by PyAV: what is left must not change."""
    rng = np.random.default_rng(0)
    frames = rng.integers(0, 256, (1, 90, 160, 3)) // 2 + np.arange(90)[:, None, None, None]
    path = tmp_path / f'clip{suffix}'
    write_video(
        path, frames.astype(np.uint8), 30, np.zeros(48000) + 0.1, video_codec=codec,
        audio_codec='libopus' if suffix == '.webm' else 'aac',
    )  # fmt: skip
    reader = open_frames(path, 'pyav')
    dense = reader.pictures(np.arange(90))
    for some in (np.arange(1, 90, 3), np.array([0, 7, 8, 50]), np.array([44]), np.array([60, 89])):
        assert np.array_equal(reader.pictures(some), [dense[i] for i in some])


def averaged(picture, size):
    """OpenCV's average of areas."""
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA).astype(int)


@pytest.mark.parametrize(
    ('decoder', 'accepted'), [('pyav', 3.0), pytest.param('decord', 4.0, marks=needs_decord)]
)
def test_frames_that_shrink_are_averages(tmp_path, decoder, accepted):
    rng = np.random.default_rng(0)
    coarse = rng.integers(0, 256, (20, 9, 16, 3), np.uint8)
    frames = [cv2.resize(picture, (320, 180)) for picture in coarse]
    path = tmp_path / 'clip.mp4'
    write_video(path, frames, 10, np.zeros(32000) + 0.1, crf=1)
    times = step_centres(20)
    for size in ((56, 56), (112, 60)):
        expected = np.stack([averaged(picture, size) for picture in frames])
        found = np.stack(Clip(path, decoder=decoder).frames(times, size))
        assert found.shape == (20, *size[::-1], 3)
        assert np.abs(found - expected).mean() < accepted
        # PyAV's way is not darker than the picture, as rounding down three times would be.
        assert decoder != 'pyav' or abs((found - expected).mean()) < 0.3
    larger = Clip(path, decoder='pyav').frames(times[:1], (640, 360))[0]
    assert np.array_equal(larger, cv2.resize(Clip(path).frames(times[:1])[0], (640, 360)))


@pytest.mark.parametrize('decoder', DECODERS)
def test_the_frame_at_a_time_is_the_one_shown(tmp_path, decoder):
    levels = np.linspace(20, 230, 20).astype(np.uint8)
    frames = [np.full((32, 32, 3), level) for level in levels]
    write_video(tmp_path / 'ramp.mp4', frames, 10, np.zeros(32000) + 0.1)
    clip = Clip(tmp_path / 'ramp.mp4', decoder=decoder)
    shown = [int(f.mean()) for f in clip.frames([0.0, 0.099, 0.1, 0.55, 1.95])]
    assert shown == pytest.approx([levels[i] for i in (0, 0, 1, 5, 19)], abs=3)


@pytest.mark.parametrize('decoder', DECODERS)
@pytest.mark.parametrize('degrees', [90, 180, 270])
def test_rotated_video_is_upright(tmp_path, decoder, degrees):
    picture = np.full((64, 96, 3), 40, np.uint8)
    picture[:32, :48] = 220  # bright top left corner, as stored
    path = tmp_path / 'phone.mp4'
    write_video(path, [picture] * 10, 10, np.zeros(16000) + 0.1)
    rotate(path, degrees)
    frame = Clip(path, decoder=decoder).frames([0.5])[0]
    # A player turns the stored picture clockwise by the angle.
    expected = np.rot90(picture, -degrees // 90)
    assert frame.shape == expected.shape
    assert np.abs(frame.astype(int) - expected).mean() < 8
    size = (24, 40)
    small = Clip(path, decoder=decoder).frames([0.5], size)[0]
    assert np.abs(small - averaged(np.ascontiguousarray(expected), size)).mean() < 8


def test_sound_file_beside_the_video(tmp_path):
    path = flash_and_click(tmp_path / 'clip.mp4', EVENTS, DURATION, 25)
    tone = 0.5 * np.sin(2 * np.pi * 440 * np.arange(6 * RATE) / RATE)
    import soundfile

    soundfile.write(tmp_path / 'tone.wav', tone, RATE)
    samples = Clip(path, tmp_path / 'tone.wav').samples(1.0, 1.0)
    assert len(samples) == 16000
    spectrum = np.abs(np.fft.rfft(samples))
    assert spectrum.argmax() == 440


def test_channels_are_averaged_and_rates_converted(tmp_path):
    time = np.arange(2 * 44100) / 44100
    left, right = 0.6 * np.sin(2 * np.pi * 500 * time), np.zeros_like(time)
    write_video(
        tmp_path / 'stereo.mkv',
        [np.zeros((32, 32, 3), np.uint8)] * 20,
        10,
        np.stack([left, right]),
        44100,
        audio_codec='pcm_s16le',
    )
    samples = read_sound(tmp_path / 'stereo.mkv')
    expected = 0.3 * np.sin(2 * np.pi * 500 * np.arange(32000) / 16000)
    assert np.abs(samples[500:-500] - expected[500:-500]).max() < 1e-3


def test_a_window_beyond_the_end_repeats_the_clip(tmp_path):
    path = flash_and_click(tmp_path / 'clip.mp4', (0.5,), 2.0, 10)
    clip = Clip(path)
    period = round(clip.duration * 16000)
    samples = clip.samples(1.0, 3.0)
    assert len(samples) == 48000
    assert np.array_equal(samples[period:], samples[: 48000 - period])
    first, again = clip.frames([0.55, 0.55 + clip.duration])
    assert np.array_equal(first, again)


def test_cache_gives_what_the_clip_gives(tmp_path):
    path = flash_and_click(tmp_path / 'clip.mp4', EVENTS, DURATION, 25)
    plain = Clip(path)
    times, size = step_centres(30, 1.0), (32, 24)
    for _ in range(2):  # written, then read
        kept = CachedClip(tmp_path / 'cache', path, size=size)
        assert np.array_equal(kept.frames(times, size), plain.frames(times, size))
        assert np.allclose(kept.samples(1.0, 3.0), plain.samples(1.0, 3.0))
        assert kept.duration == pytest.approx(plain.duration, abs=1e-3)
    assert len(list((tmp_path / 'cache').iterdir())) == 2


def test_refusals_name_file_and_reason(tmp_path):
    with pytest.raises(MediaError, match=r'gone\.mp4: no such file'):
        Clip(tmp_path / 'gone.mp4')
    mute = tmp_path / 'mute.mp4'
    write_video(mute, [np.zeros((32, 32, 3), np.uint8)] * 20, 10)
    with pytest.raises(MediaError, match=r'mute\.mp4: no audio stream'):
        Clip(mute)
    short = flash_and_click(tmp_path / 'short.mp4', (0.1,), 0.3, 10)
    with pytest.raises(MediaError, match=r'share 0\.\d+ s, expected at least 0\.5 s'):
        Clip(short)
    with pytest.raises(ValueError, match="decoder is 'cv2'"):
        open_frames(short, 'cv2')


@pytest.mark.parametrize('decoder', DECODERS)
def test_refusals_of_a_decoder_name_the_file(tmp_path, decoder):
    (tmp_path / 'text.mp4').write_text('not a video')
    with pytest.raises(MediaError, match=r'text\.mp4'):
        Clip(tmp_path / 'text.mp4', decoder=decoder)


def test_log_mel_equals_librosa():
    rng = np.random.default_rng(0)
    samples = (0.1 * rng.standard_normal(160000)).astype(np.float32)
    samples[40000:60000] = 0
    mel = librosa.feature.melspectrogram(
        y=samples, sr=16000, n_fft=512, win_length=400, hop_length=160, n_mels=80
    )
    expected = np.log(np.maximum(mel, 1e-6)).T[:1000]
    found = log_mel(samples)
    assert found.shape == (1000, 80)
    assert np.abs(found.numpy() - expected).max() < 1e-4
    assert torch.equal(log_mel_chunks(samples)[0].flatten(0, 1), found)


def test_log_mel_refuses_part_of_a_second():
    with pytest.raises(ValueError, match=r'1\.500 s, expected a whole number'):
        log_mel_chunks(np.zeros(24000, np.float32))


def test_clock():
    assert step_centres(3).tolist() == pytest.approx([0.05, 0.15, 0.25])
    assert [step_at(i / 10) for i in range(100)] == list(range(100))
    assert step_at(0.0999) == 0
    assert step_centre(49) == pytest.approx(4.95)
    assert steps_in(5.0) == 50
    assert steps_in(0.04) == 1


def test_overlay_keeps_sound_and_times(tmp_path):
    import av

    path = flash_and_click(tmp_path / 'clip.mp4', EVENTS, DURATION, Fraction(30000, 1001))

    def negative(picture, time):
        for plane, most in zip(picture.planes, (251, 255, 255), strict=True):
            plane[:] = most - plane

    overlay_video(path, tmp_path / 'out.mp4', negative)
    before, after = (Clip(p).frames([2.0])[0] for p in (path, tmp_path / 'out.mp4'))
    assert np.abs(255 - before.astype(int) - after).mean() < 6
    assert np.array_equal(read_sound(path), read_sound(tmp_path / 'out.mp4'))
    first, second = open_frames(path), open_frames(tmp_path / 'out.mp4')
    assert len(first.starts) == len(second.starts)
    assert np.allclose(first.starts, second.starts, atol=1e-3)
    with av.open(str(tmp_path / 'out.mp4')) as container:
        assert container.duration / 1e6 == pytest.approx(DURATION, abs=0.1)


@pytest.mark.parametrize('codec', ['pcm_s16le', 'flac'])
def test_overlay_of_other_sound_formats(tmp_path, codec):
    path = flash_and_click(tmp_path / 'clip.mkv', EVENTS, DURATION, 10, audio_codec=codec)
    overlay_video(path, tmp_path / 'out.mp4', lambda picture, time: picture)
    before, after = read_sound(path), read_sound(tmp_path / 'out.mp4')
    loud = [np.flatnonzero(np.abs(s) > 0.25)[0] / 16000 for s in (before, after)]
    assert loud[0] == pytest.approx(loud[1], abs=0.02)
