"""The written video plays in Chromium, with sound, whatever the source held."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from mmssl.media.remux import overlay_video

from ..browser import chromium, needed
from ..fault_catalogue import encode, move, pictures, remux, tone
from ..media_files import display_matrix

SECONDS = 2.0


def film(path, codec='libx264', options=None, sound='aac', channels=1):
    samples = tone(rate=48000, channels=channels)
    return encode(*(path, pictures(50, 25), codec, 'yuv420p', 25, options, sound), samples, 48000)


def mirrored(path):
    film(path)
    display_matrix(path, (-1, 0, 0, 1))
    return path


def turned(path):
    film(path)
    display_matrix(path, (0, 1, -1, 0))
    return path


def joined(path):
    piece = film(path).read_bytes()
    path.write_bytes(piece + piece)
    return path


def moved(path):
    return remux(film(path.with_name('whole.mp4')), path, lambda packet: move(packet, 100))


#: Names of files, and what renders them.
SOURCES = {
    'ac3.mkv': lambda path: film(path, sound='ac3'),
    'alac.mov': lambda path: film(path, sound='alac'),
    'aac_7_1.mp4': lambda path: film(path, channels=8),
    'mp3.avi': lambda path: film(path, 'mpeg4', {'bf': '2'}, 'libmp3lame'),
    'flac.mkv': lambda path: film(path, sound='flac'),
    'wma.wmv': lambda path: film(path, 'wmv2', sound='wmav2'),
    'hevc.mkv': lambda path: film(path, 'libx265', {'x265-params': 'log-level=none'}),
    'late.ts': film,
    'joined.ts': joined,
    'from_100_s.mkv': moved,
    'mirrored.mp4': mirrored,
    'turned.mp4': turned,
}

#: Plays a file from the middle on, and tells what was seen and heard.
SCRIPT = """
const [address, done] = arguments, video = document.createElement('video');
const tell = (error) => done({
  error, time: video.currentTime, width: video.videoWidth, height: video.videoHeight,
  duration: video.duration, sound: video.webkitAudioDecodedByteCount,
  pictures: video.getVideoPlaybackQuality().totalVideoFrames,
  end: video.seekable.length ? video.seekable.end(0) : 0});
video.onerror = () => tell(video.error.message);
video.onloadedmetadata = () => { video.currentTime = video.duration / 2; };
video.onseeked = () => video.play().catch((error) => tell(String(error)));
video.ontimeupdate = () => {
  if (!video.paused && video.currentTime > video.duration / 2 + 0.1) { video.pause(); tell(null); }
};
video.src = address;
"""


@pytest.fixture(scope='module')
def browser(tmp_path_factory):
    needed()
    folder = tmp_path_factory.mktemp('browser')
    (folder / 'page.html').write_text('<!DOCTYPE html><title>player</title>')
    with chromium(folder / 'profile', 'allow-file-access-from-files') as driver:
        driver.get((folder / 'page.html').as_uri())
        driver.set_script_timeout(10)
        yield driver


def played(browser, path: Path) -> dict:
    return browser.execute_async_script(SCRIPT, path.as_uri())


def written(source, tmp_path, audio=None):
    overlay_video(source, tmp_path / 'out_localized.mp4', lambda image, time: image, audio=audio)
    return tmp_path / 'out_localized.mp4'


def assert_plays(found, seconds, size):
    assert found['error'] is None
    assert (found['width'], found['height']) == size
    assert found['duration'] == pytest.approx(seconds, abs=0.15)
    assert found['end'] == pytest.approx(found['duration'])
    assert found['time'] > seconds / 2
    assert found['sound'] > 0
    assert found['pictures'] > 0


@pytest.mark.parametrize('name', SOURCES)
def test_it_plays(browser, tmp_path, name):
    out = written(SOURCES[name](tmp_path / name), tmp_path)
    seconds = 2 * SECONDS if name == 'joined.ts' else SECONDS
    assert_plays(played(browser, out), seconds, (64, 96) if name == 'turned.mp4' else (96, 64))


@pytest.mark.parametrize(('rate', 'channels'), [(192000, 2), (48000, 8)])
def test_it_plays_with_a_sound_file(browser, tmp_path, rate, channels):
    soundfile.write(tmp_path / 'sound.wav', tone(SECONDS, rate, channels).T, rate)
    source = film(tmp_path / 'film.mp4')
    out = written(source, tmp_path, audio=tmp_path / 'sound.wav')
    assert_plays(played(browser, out), SECONDS, (96, 64))


def test_a_video_without_sound_is_told_from_one_with_it(browser, tmp_path):
    source = film(tmp_path / 'film.mp4')
    mute = remux(source, tmp_path / 'mute.mp4', lambda p: p if p.stream.type == 'video' else None)
    assert played(browser, source)['sound'] > 0
    assert not played(browser, mute)['sound']


def test_a_file_that_is_no_video_is_an_error(browser, tmp_path):
    (tmp_path / 'no.mp4').write_bytes(np.random.default_rng(0).bytes(1000))
    assert played(browser, tmp_path / 'no.mp4')['error']
