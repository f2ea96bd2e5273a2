"""The fault catalogue: every kind of clip, both decoders, diagnosis and training."""

import numpy as np
import pytest

from mmssl.media import Clip, MediaError, step_centres, steps_in
from mmssl.media.diagnosis import _faulty_times, diagnose
from mmssl.media.stream_facts import StreamFacts
from mmssl.media.verdict import Limits, Verdict
from mmssl.media.video import open_frames

from ..decoders import DECODERS
from ..fault_catalogue import CASES, PITCH, SECONDS, clip, tone


@pytest.mark.parametrize('decoder', DECODERS)
@pytest.mark.parametrize('name', CASES)
def test_catalogue(tmp_path, name, decoder):
    case = CASES[name]
    video, audio = case.make(tmp_path)
    reads = case.reads and not (case.pyav_only and decoder == 'decord')
    found = diagnose(video, audio, decoder)
    if case.pyav_only and decoder == 'decord':
        assert found.verdict is Verdict.UNREADABLE
        assert "'pyav'" in found.reason
    else:
        assert found.verdict is case.verdict, found.reason
    assert (found.reason == '') == (found.verdict is Verdict.FINE)
    if not reads:
        with pytest.raises(MediaError, match=r'clip|gone|link|cut|sound|picture'):
            read(Clip(video, audio, decoder))
        return
    try:
        opened = Clip(video, audio, decoder)
        read(opened)
    except MediaError as error:
        if decoder == 'decord' and "'pyav'" in str(error):
            return  # it says what reads this file
        raise
    if case.verdict is Verdict.FINE:
        assert_content(opened, moving=not is_still(video))
        # Nothing is said to be mended in a clip without a fault.
        assert (opened.repairs, found.repairs.words()) == ((), ())
        assert found.verdict is not Verdict.FINE or found.intact_seconds == opened.duration


def is_still(video):
    return len(open_frames(video).starts) == 1


def read(opened):
    frames = opened.frames(step_centres(steps_in(opened.duration)), (32, 32))
    samples = opened.samples(0.0, opened.duration)
    assert len(frames) == steps_in(opened.duration)
    assert np.isfinite(samples).all()


def assert_content(opened, moving):
    """The bar is where it should be at its time, and the tone is the tone."""
    assert opened.duration == pytest.approx(SECONDS, abs=0.3)
    if moving:
        times = np.array([0.55, 1.05, 1.55])
        for time, frame in zip(times, opened.frames(times)):
            columns = np.flatnonzero(frame.mean((0, 2)) > 130)
            shown = columns.min() / frame.shape[1] * SECONDS
            # A frame is up to 0.2 s old, and pictures may start 0.2 s late.
            assert -0.45 < shown - time < 0.05
    middle = opened.samples(0.6, 1.0)
    assert np.abs(np.fft.rfft(middle)).argmax() == PITCH
    assert np.abs(middle).max() == pytest.approx(0.4, abs=0.1)


def test_catalogue_is_large_and_covers_every_verdict():
    assert len(CASES) >= 40
    assert {case.verdict for case in CASES.values()} == set(Verdict)


def test_limits_move_the_verdict(tmp_path):
    path = clip(tmp_path / 'clip.mp4', sound=tone(level=0.0005))
    assert diagnose(path).verdict is Verdict.SILENT
    assert diagnose(path, limits=Limits(silence=1e-4)).verdict is Verdict.FINE
    demanding = Limits(silence=1e-4, shortest=3.0)
    found = diagnose(path, limits=demanding)
    assert found.verdict is Verdict.TOO_SHORT
    assert found.reason.startswith(f'{path}: pictures and sound share 2.')
    assert 'at least 3.0 s' in found.reason


def test_reasons_are_plain(tmp_path):
    silent = clip(tmp_path / 'silent.mkv', sound=np.zeros(32000), audio_codec='flac')
    assert diagnose(silent).reason == 'every sample is 0'
    stream = StreamFacts('a.mp4', 'video', starts=[0.0, 0.1], damaged=1)
    fault = next(_faulty_times(stream, Limits()))
    assert fault == (Verdict.UNREADABLE, '1 of 2 pictures is damaged')


def test_diagnosis_tells_what_it_measured(tmp_path):
    found = diagnose(clip(tmp_path / 'clip.mp4'))
    assert found.video_seconds == pytest.approx(2.0, abs=0.01)
    assert found.audio_seconds == pytest.approx(2.0, abs=0.07)
    assert (found.frames, found.width, found.height) == (20, 96, 64)
    assert found.peak == pytest.approx(0.4, abs=0.05)
