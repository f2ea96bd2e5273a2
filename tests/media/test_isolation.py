"""A decoder that crashes or hangs costs one clip, in every command."""

import csv
import gc
import json
import os
import signal
import time
from pathlib import Path

import cv2
import numpy as np
import pytest
from mmaction.registry import DATASETS
from mmengine.registry import init_default_scope
from torch.utils.data import DataLoader

from mmssl.apis.inferencer import SoundLocalizationInferencer
from mmssl.media import Clip, MediaError, isolation, open_clip
from mmssl.media.isolation import run_isolated, start_isolation
from mmssl.threads import SHARING

from ..conftest import ROOT
from ..fault_catalogue import clip
from ..test_end_to_end import short_training
from ..warm import run_words, wait_until, warm

HERE = os.getpid()


class FragileClip(Clip):
    """A clip whose name says over what its decoder fails."""

    def __init__(self, video, *args):
        if os.getpid() == HERE:
            raise AssertionError('the clip is read in the process that must not crash')
        self._name = Path(video).stem
        if 'crash-open' in self._name:
            os.kill(os.getpid(), signal.SIGSEGV)
        if 'hang' in self._name:
            time.sleep(1000)
        if 'surprise' in self._name:
            raise IndexError('list index out of range')
        super().__init__(video, *args)

    def frames(self, *args):
        if 'crash-frames' in self._name:
            os.abort()
        return super().frames(*args)


@pytest.fixture
def fragile(monkeypatch):
    """Readers that are forked from now on fail over some names."""
    # Readers of earlier tests are given back before.
    gc.collect()
    monkeypatch.setattr(isolation, 'Clip', FragileClip)
    monkeypatch.setattr(isolation, '_starter', None)
    monkeypatch.setattr(isolation, '_idle', [])


@pytest.fixture
def source(tmp_path):
    return clip(tmp_path / 'source.mp4')


def test_a_readers_work_counts_as_this_process_s_own(source):
    isolated = open_clip(source)
    reader = isolated._remote
    assert reader._process in SHARING.helpers
    reader._end()
    assert reader._process not in SHARING.helpers


def test_a_clip_is_the_same_in_another_process(source):
    plain, isolated = Clip(source), open_clip(source)
    assert (isolated.duration, isolated.is_still, isolated.peak, isolated.repairs) == (
        *(plain.duration, plain.is_still, plain.peak, plain.repairs),
    )
    times = np.array([0.05, 1.15, 0.35])
    assert np.array_equal(isolated.frames(times, (32, 24)), plain.frames(times, (32, 24)))
    assert np.array_equal(isolated.samples(0.5, 1.0), plain.samples(0.5, 1.0))
    with pytest.raises(ValueError, match='start is -1 s'):
        isolated.samples(-1, 1.0)
    assert np.array_equal(isolated.samples(0.5, 1.0), plain.samples(0.5, 1.0))
    with pytest.raises(ValueError, match="decoder is 'vlc'"):
        open_clip(source, decoder='vlc')


def test_paths_are_of_the_folder_that_asks(source, tmp_path, monkeypatch):
    start_isolation()
    (tmp_path / 'other').mkdir()
    for folder in ('other', '.'):
        monkeypatch.chdir(tmp_path / folder)
        path = os.path.relpath(source)
        assert open_clip(path).duration == pytest.approx(2.0, abs=0.1)
        with pytest.raises(MediaError, match=r'^gone\.mp4: no such file$'):
            open_clip('gone.mp4')


@pytest.mark.parametrize('at', ['open', 'frames'])
def test_a_crash_is_an_error_of_the_clip(fragile, source, at):
    bad = source.rename(source.with_name(f'crash-{at}.mp4'))
    with pytest.raises(MediaError, match=rf'crash-{at}\.mp4: the decoder crashed$'):
        open_clip(bad).frames(np.array([0.0]))
    good = clip(source)
    assert len(open_clip(good).frames(np.array([0.0, 1.0]))) == 2


def test_a_hang_is_an_error_of_the_clip(fragile, source, monkeypatch):
    monkeypatch.setattr(isolation, 'PATIENCE', 0.2)
    bad = source.rename(source.with_name('hang.mp4'))
    with pytest.raises(MediaError, match=r'hang\.mp4: the decoder hangs, no answer for 0.2 s'):
        open_clip(bad)


def test_whatever_reading_raises_is_an_error_of_the_clip(fragile, source):
    bad = source.rename(source.with_name('surprise.mp4'))
    with pytest.raises(MediaError, match=r'surprise\.mp4: IndexError: list index out of range'):
        open_clip(bad)


def process_of(opened):
    return opened._remote._process


def state_of(process):
    """Letter of a process's state and its parent, ``None`` if it has ended."""
    try:
        _, _, rest = Path(f'/proc/{process}/stat').read_text().rpartition(') ')
    except FileNotFoundError:
        return None
    state, parent, *_ = rest.split()
    return state, int(parent)


def test_an_idle_reader_that_ends_is_replaced(source):
    opened = open_clip(source)
    idle = process_of(opened)
    del opened
    gc.collect()
    os.kill(idle, signal.SIGKILL)
    wait_until(lambda: state_of(idle) is None)
    assert process_of(open_clip(source)) != idle


def test_readers_are_used_again_and_end_with_their_user(fragile, source):
    used = {process_of(open_clip(source)) for _ in range(3)}
    assert len(used) == 1
    held = [open_clip(source) for _ in range(3)]
    used.update(map(process_of, held))
    assert len(used) == 3
    _, starter = state_of(process_of(held[0]))
    del held
    assert len(isolation._idle) == 3
    # A reader ends with its connection, the starter when nobody can ask it any more.
    isolation._idle.clear()
    isolation._starter.close()
    wait_until(lambda: not any(map(state_of, used)))
    wait_until(lambda: (state_of(starter) or 'Z')[0] == 'Z')


def test_a_starter_that_was_killed_is_replaced(fragile, source):
    _, starter = state_of(process_of(open_clip(source)))
    isolation._idle.clear()
    os.kill(starter, signal.SIGKILL)
    wait_until(lambda: state_of(starter)[0] == 'Z')
    assert open_clip(source).duration == pytest.approx(2.0, abs=0.1)


def count(name, items, progress):
    for _ in progress(range(items), items):
        if name == 'crash':
            os.abort()
    return name * 2


def test_progress_of_another_process_is_shown_here():
    seen = []

    def progress(steps, total):
        seen.append(total)
        for step in steps:
            seen.append(step)
            yield step

    assert run_isolated(count, 'ab', 3, progress=progress) == 'abab'
    assert seen == [3, None, None, None]
    with pytest.raises(MediaError, match='crash: the decoder crashed'):
        run_isolated(count, 'crash', 3, progress=progress)


def test_localizing_goes_on_past_a_crash(fragile, tmp_path):
    names = ['a', 'crash-open', 'crash-frames', 'b']
    videos = [str(clip(tmp_path / f'{name}.mp4')) for name in names]
    found = SoundLocalizationInferencer('soundingshapes', show_progress=False)(
        videos, out_dir=tmp_path / 'out'
    )
    assert [Path(name).stem for name, _ in found['failed']] == names[1:3]
    assert [len(files) for files in found['visualization']] == [4, 0, 0, 4]


def dies(video, out, draw, **options):
    Path(out).write_bytes(b'half')
    os.abort()


def test_a_crash_while_the_video_is_written_leaves_the_other_files(
    fragile, source, tmp_path, monkeypatch
):
    monkeypatch.setattr('mmssl.apis.overlays.overlay_video', dies)
    found = SoundLocalizationInferencer('soundingshapes', show_progress=False)(
        str(source), out_dir=tmp_path / 'out'
    )
    assert found['failed'] == [(str(source), f'{source}: the decoder crashed')]
    assert sorted(path.suffix for path in (tmp_path / 'out').iterdir()) == ['.json', '.npz', '.png']


@pytest.fixture
def collection(shapes, tmp_path):
    """The tiny collection with a clip of every split that crashes the decoder."""
    (tmp_path / 'videos').mkdir()
    for entry in shapes.iterdir():
        if entry.name not in ('videos', 'cache'):
            (tmp_path / entry.name).symlink_to(entry)
    for entry in (shapes / 'videos').iterdir():
        (tmp_path / 'videos' / entry.name).symlink_to(entry)
    return tmp_path


class CrashingClip(Clip):
    """A clip of which the second of every split crashes the decoder."""

    def __init__(self, video, *args):
        if '000001_' in os.path.basename(video):
            os.kill(os.getpid(), signal.SIGSEGV)
        super().__init__(video, *args)


def crash_and_run(words):
    isolation.Clip = CrashingClip
    run_words(words)


@pytest.mark.parametrize('workers', [0, 2])
def test_data_loaders_go_on_past_a_crash(fragile, collection, monkeypatch, workers):
    monkeypatch.setattr(isolation, 'Clip', CrashingClip)
    init_default_scope('mmaction')
    # OpenCV's threads are not in a fork, which must not wait for them.
    cv2.GaussianBlur(np.zeros((2000, 2000, 3), np.uint8), (31, 31), 0)
    settings = short_training(collection).train_dataloader.dataset
    dataset = DATASETS.build(settings)
    loaded = list(DataLoader(dataset, None, num_workers=workers))
    lost = [dict(item['data_samples'].get('skipped', ())) for item in loaded]
    assert len(loaded) == 16
    assert 'the decoder crashed' in lost[1]['train000001_000000']
    assert sum(map(bool, lost)) == 1


def test_training_and_mining_go_on_past_a_crash(collection, tmp_path):
    settings = short_training(collection)
    settings.train_dataloader.num_workers = settings.test_dataloader.num_workers = 2
    config, work = tmp_path / 'config.py', tmp_path / 'work'
    settings.dump(config)
    words = ['python', 'tools/train.py', str(config), '--work-dir', str(work)]
    done = warm(crash_and_run, words, folder=ROOT)
    assert done.status == 0, done.output
    rows = list(csv.reader((work / 'skipped.csv').open()))[1:]
    assert [name for name, _ in rows] == ['train000001_000000']
    words = ['mmssl', 'boxes', str(config), str(work / 'epoch_2.pth'), '--out', 'boxes.json']
    done = warm(crash_and_run, words, folder=tmp_path)
    assert done.status == 1, done.output
    assert 'the decoder crashed' in (tmp_path / 'boxes.json.unreadable.csv').read_text()
    assert len(json.loads((tmp_path / 'boxes.json').read_text())) == 15
