"""Parts of recordings: the same pictures and sound as in the whole, and little else is read."""

import math

import numpy as np
import pytest

from mmssl.media import CachedClip, Clip, MediaError, open_clip, write_video
from mmssl.media.audio import decode_sound
from mmssl.media.pyav_frames import PyAVFrames

RATE = 48000


@pytest.fixture(scope='module')
def recordings(tmp_path_factory):
    """Twenty seconds whose frames and samples all differ."""
    folder = tmp_path_factory.mktemp('recordings')
    count = 400
    frames = np.zeros((count, 32, 48, 3), np.uint8)
    frames[:, :16] = (np.arange(count) // 2 % 250)[:, None, None, None]
    frames[:, 16:] = (np.arange(count) * 7 % 250)[:, None, None, None]
    seconds = np.arange(20 * RATE) / RATE
    samples = np.sin(2 * np.pi * (200 + 40 * seconds) * seconds).astype(np.float32) / 2
    for suffix in ('mp4', 'mkv', 'avi'):
        codec = 'mp3' if suffix == 'avi' else 'aac'
        write_video(folder / f'a.{suffix}', frames, 20, samples, RATE, audio_codec=codec, gop=10)
    return folder


@pytest.mark.parametrize('suffix', ['mp4', 'mkv', 'avi'])
@pytest.mark.parametrize('span', [(0.0, 3.0), (7.3, 9.9), (14.0, math.inf)])
def test_a_part_is_what_the_whole_has_there(recordings, suffix, span):
    path = recordings / f'a.{suffix}'
    whole, part = Clip(path), Clip(path, span=span)
    start, end = span[0], min(span[1], whole.duration)
    assert part.duration == pytest.approx(end - start, abs=0.001)
    times = np.arange(0.05, part.duration, 0.1)
    for found, expected in zip(part.frames(times), whole.frames(start + times), strict=True):
        assert np.array_equal(found, expected)
    found, expected = part.samples(0, 2)[200:-200], whole.samples(start, 2)
    # Times of Matroska are whole milliseconds, and resampling begins anew in a part.
    shifted = [expected[200 + k : len(found) + 200 + k] for k in range(-16, 17)]
    assert min(np.abs(found - other).max() for other in shifted) < 0.2


def test_little_else_is_read(recordings):
    path = str(recordings / 'a.mp4')
    assert len(PyAVFrames(path, (10.0, 11.0)).starts) < 40
    packets = decode_sound(path).repairs.sound_packets
    assert decode_sound(path, until=11.0, since=10.0).repairs.sound_packets < packets / 5


def test_a_part_has_a_cache_of_its_own(recordings, tmp_path):
    path = recordings / 'a.mp4'
    first, second = (
        CachedClip(tmp_path, path, span=span, size=(48, 32)) for span in ((2.0, 4.0), (6.0, 9.0))
    )
    assert [round(clip.duration, 3) for clip in (first, second)] == [2.0, 3.0]
    whole = Clip(path).frames(np.array([2.05, 6.05]), (48, 32))
    for clip, expected in zip((first, second), whole):
        assert np.array_equal(clip.frames(np.array([0.05]))[0], expected)


def test_a_part_behind_the_end_is_refused(recordings):
    with pytest.raises(MediaError, match=r'share 0\.00 s after 30 s'):
        open_clip(recordings / 'a.mp4', span=(30.0, 40.0))
    with pytest.raises(ValueError, match='expected start and end'):
        Clip(recordings / 'a.mp4', span=(5.0, 5.0))
