"""Sound as a player plays it: any channels, any rates, damage, and what is appended."""

import subprocess
import sys

import numpy as np
import pytest
import soundfile

from mmssl.media import MediaError, read_sound
from mmssl.media.audio import decode_sound
from mmssl.media.diagnosis import Verdict, diagnose
from mmssl.media.files import open_container

from ..fault_catalogue import PITCH, clip, encode_sound, tone

HALF = 0.5


def pitch(samples, rate=16000):
    """Strongest frequency of half a second of samples, in Hz."""
    part = samples[: round(HALF * rate)]
    return np.abs(np.fft.rfft(part * np.hanning(len(part)))).argmax() / HALF


@pytest.mark.parametrize('channels', [1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 16, 24])
def test_any_number_of_channels_is_averaged(tmp_path, channels):
    samples = np.random.default_rng(channels).uniform(-0.5, 0.5, (16000, channels))
    soundfile.write(tmp_path / 'many.wav', samples, 16000, 'FLOAT')
    found = read_sound(tmp_path / 'many.wav')
    assert np.allclose(found, samples.astype(np.float32).mean(1), atol=1e-6)


@pytest.mark.parametrize('channels', [1, 2])
def test_samples_of_16_bits_are_converted_as_ffmpeg_converts_them(tmp_path, channels):
    rng = np.random.default_rng(0)
    values = rng.integers(-32768, 32768, (20000, channels)).astype(np.int16)
    soundfile.write(tmp_path / 'short.wav', values, 16000)
    soundfile.write(tmp_path / 'float.wav', values.astype(np.float32) / 32768, 16000, 'FLOAT')
    found = read_sound(tmp_path / 'short.wav')
    assert np.array_equal(found, read_sound(tmp_path / 'float.wav'))
    assert np.array_equal(found, values.mean(1, dtype=np.float32) / np.float32(32768))


@pytest.mark.parametrize('place', [None, 2_000_000])
def test_a_wav_file_is_searched_for_dts_only_where_frames_of_it_may_begin(tmp_path, place):
    values = np.random.default_rng(0).integers(-9999, 9999, 2_000_000).astype(np.int16)
    sync = np.frombuffer(b'\x7f\xfe\x80\x01', np.int16)
    for number in range(4 if place else 0):
        values[place // 2 + 1000 * number :][:2] = sync
    soundfile.write(tmp_path / 'sound.wav', values, 16000)
    with open_container(tmp_path / 'sound.wav') as container:
        packets = sum(1 for packet in container.demux() if packet.size)
    # FFmpeg's own packets hold 2 kB here.
    assert packets == (1954 if place else 245)
    assert np.array_equal(read_sound(tmp_path / 'sound.wav'), values / np.float32(32768))


@pytest.mark.parametrize(
    ('codec', 'suffix'), [('aac', '.mp4'), ('flac', '.flac'), ('pcm_s16le', '.mkv')]
)
def test_seven_point_one_is_averaged(tmp_path, codec, suffix):
    level = np.linspace(0.1, 0.8, 8)[:, None]
    encode_sound(tmp_path / f'many{suffix}', level * tone(rate=48000) / 0.4, 48000, '7.1', codec)
    found = read_sound(tmp_path / f'many{suffix}')[8000:16000]
    assert pitch(found) == PITCH
    # AAC keeps only the lowest frequencies of the last channel but four.
    assert np.abs(found).max() == pytest.approx(0.45, abs=0.1)


@pytest.mark.parametrize('rates', [(48000, 22050), (48000, 44100), (16000, 48000), (8000, 16000)])
def test_a_rate_that_changes_keeps_pitch_and_time(tmp_path, rates):
    """Broadcasts and recordings that were joined byte by byte."""
    joined = b''
    for index, rate in enumerate(rates):
        path = tmp_path / f'{index}.aac'
        encode_sound(path, tone(1.0 + index, rate), rate, 'mono', 'aac')
        joined += path.read_bytes()
    (tmp_path / 'joined.aac').write_bytes(joined)
    found = read_sound(tmp_path / 'joined.aac')
    assert len(found) / 16000 == pytest.approx(3.0, abs=0.3)
    assert pitch(found[4000:]) == PITCH
    assert pitch(found[32000:]) == PITCH


def test_channels_that_change_are_all_heard(tmp_path):
    joined = b''
    for layout, channels in (('stereo', 2), ('mono', 1)):
        path = tmp_path / f'{layout}.aac'
        encode_sound(path, tone(1.0, 16000, channels), 16000, layout, 'aac')
        joined += path.read_bytes()
    (tmp_path / 'joined.aac').write_bytes(joined)
    found = read_sound(tmp_path / 'joined.aac')
    for start in (4000, 20000):
        assert np.abs(found[start : start + 8000]).max() == pytest.approx(0.4, abs=0.05)


@pytest.mark.parametrize('codec', ['OPUS', 'VORBIS'])
def test_chained_ogg_is_heard_one_after_the_other(tmp_path, codec):
    """Internet radio: each piece starts anew at time 0."""
    joined = b''
    for octave in (1, 2):
        path = tmp_path / f'{octave}.ogg'
        samples = np.sin(2 * np.pi * PITCH * octave * np.arange(2 * 48000) / 48000)
        soundfile.write(path, 0.4 * samples, 48000, codec, format='OGG')
        joined += path.read_bytes()
    (tmp_path / 'chain.ogg').write_bytes(joined)
    found = read_sound(tmp_path / 'chain.ogg')
    assert len(found) / 16000 == pytest.approx(4.0, abs=0.1)
    assert pitch(found[8000:]) == PITCH
    assert pitch(found[40000:]) == 2 * PITCH


def test_a_file_chained_to_itself_is_fine(tmp_path):
    """Both pieces have one serial number."""
    soundfile.write(tmp_path / 'loop.ogg', tone(1.0, 48000).T, 48000)
    (tmp_path / 'chain.ogg').write_bytes(2 * (tmp_path / 'loop.ogg').read_bytes())
    found = diagnose(clip(tmp_path / 'clip.mp4'), tmp_path / 'chain.ogg')
    assert found.verdict is Verdict.FINE, found.reason


@pytest.mark.parametrize('value', [np.nan, np.inf, -np.inf, 1e30, 32767.0])
def test_samples_that_cannot_be_meant_are_refused_by_name(tmp_path, value):
    samples = tone()[0]
    samples[20000] = value
    soundfile.write(tmp_path / 'odd.wav', samples, 16000, 'FLOAT')
    with pytest.raises(MediaError, match=r'odd\.wav: .*the sound holds .* at 1\.2500 s'):
        read_sound(tmp_path / 'odd.wav')
    found = diagnose(clip(tmp_path / 'clip.mp4'), tmp_path / 'odd.wav')
    assert found.verdict is Verdict.UNREADABLE
    assert 'at 1.2500 s' in found.reason


def test_sound_above_full_scale_is_heard(tmp_path):
    """Lossy codecs overshoot."""
    soundfile.write(tmp_path / 'loud.wav', 3 * tone()[0], 16000, 'FLOAT')
    assert np.abs(read_sound(tmp_path / 'loud.wav')).max() == pytest.approx(1.2, abs=0.01)


@pytest.mark.parametrize(('suffix', 'codec'), [('.m4a', 'aac'), ('.mp3', 'libmp3lame')])
def test_damaged_packets_are_left_silent_and_counted(tmp_path, suffix, codec):
    path = tmp_path / f'sound{suffix}'
    encode_sound(path, tone(4.0, 48000), 48000, 'mono', codec)
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 300] = np.random.default_rng(0).bytes(300)
    path.write_bytes(content)
    found = decode_sound(path)
    assert found.repairs.damaged_sound_packets > 0
    assert len(found.samples) / 16000 == pytest.approx(4.0, abs=0.1)
    assert pitch(found.samples[4000:]) == PITCH
    assert pitch(found.samples[-16000:]) == PITCH


def test_a_sound_whose_end_is_damaged_keeps_its_length(tmp_path):
    encode_sound(tmp_path / 'whole.ts', tone(4.0, 48000), 48000, 'mono', 'aac')
    encode_sound(tmp_path / 'other.ts', tone(4.0, 48000), 48000, 'mono', 'ac3')
    # The second half is of a codec that the container's tables do not announce.
    halves = [(tmp_path / f'{name}.ts').read_bytes() for name in ('whole', 'other')]
    (tmp_path / 'joined.ts').write_bytes(b''.join(halves))
    found = decode_sound(tmp_path / 'joined.ts')
    assert found.repairs.damaged_sound_packets > 10
    assert len(found.samples) / 16000 == pytest.approx(8.0, abs=0.2)
    assert np.median(np.abs(found.samples[-32000:])) == 0


def test_no_more_is_decoded_than_is_asked_for(tmp_path):
    soundfile.write(tmp_path / 'long.wav', np.zeros(60 * 48000, np.int16), 48000)
    found = read_sound(tmp_path / 'long.wav', until=4.0)
    assert 4.0 <= len(found) / 16000 < 6.0


def test_memory_of_a_long_sound_is_little_above_its_samples(tmp_path):
    path = tmp_path / 'hour.flac'
    with soundfile.SoundFile(path, 'w', 48000, 2, 'PCM_16') as file:
        for _ in range(60):
            file.write(np.zeros((60 * 48000, 2), np.int16))
    code = (
        'import resource, sys\n'
        'from mmssl.media import read_sound\n'
        'before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n'
        'samples = read_sound(sys.argv[1])\n'
        'print(samples.nbytes // 1024, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)'
    )
    done = subprocess.run(
        [sys.executable, '-c', code, path], capture_output=True, text=True, check=True
    )
    held, peak = map(int, done.stdout.split())
    assert held == 3600 * 16000 * 4 // 1024
    assert peak < 1.3 * held
