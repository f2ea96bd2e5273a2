"""Uses of decord are refused if it is not installed; everything else works without it."""

import json
import sys

import pytest

from mmssl.apis.inferencer import SoundLocalizationInferencer
from mmssl.collection.check import check_clips
from mmssl.collection.clip_files import ClipFolder, find_clips
from mmssl.collection.prepare import prepare_clips
from mmssl.media import Clip, MediaError, open_frames
from mmssl.media.diagnosis import diagnose
from mmssl.registry import TRANSFORMS

from ..conftest import ROOT
from ..fault_catalogue import clip
from ..warm import run_words, warm

SAID = r"decoder 'decord' is not installed \(.*\): use 'pyav', the default, or pip install decord"


@pytest.fixture
def clips(tmp_path):
    folder = tmp_path / 'raw'
    folder.mkdir()
    for name in 'abc':
        clip(folder / f'{name}.mp4')
    return folder


def localize(path):
    inferencer = SoundLocalizationInferencer('soundingshapes', show_progress=False)
    return inferencer(path, decoder='decord', out_dir=path.parent / 'out')


@pytest.mark.parametrize(
    'use',
    [
        lambda path: open_frames(path / 'a.mp4', 'decord'),
        lambda path: Clip(path / 'a.mp4', decoder='decord'),
        lambda path: diagnose(path / 'gone.mp4', decoder='decord'),
        lambda path: ClipFolder(path, 'decord'),
        lambda path: check_clips(find_clips(path), path.parent / 'out', decoder='decord'),
        lambda path: prepare_clips(find_clips(path), path.parent / 'out', decoder='decord'),
        lambda path: TRANSFORMS.build({'type': 'mmssl.OpenClip', 'decoder': 'decord'}),
        localize,
    ],
    ids=['frames', 'clip', 'diagnosis', 'folder', 'check', 'prepare', 'training', 'localizing'],
)
def test_a_choice_of_decord_is_refused_before_anything_is_done(clips, monkeypatch, use):
    monkeypatch.setitem(sys.modules, 'decord', None)  # makes the import fail
    with pytest.raises(ValueError, match=SAID) as caught:
        use(clips)
    # A MediaError would be skipped and counted as a damaged clip.
    assert not isinstance(caught.value, MediaError)
    assert not (clips.parent / 'out').exists()


def without_decord(folder, words):
    """Run a tool; it and its workers find a package named decord that fails to import."""
    sys.path.insert(0, folder)
    run_words(words)


@pytest.fixture
def run(tmp_path):
    """Run a tool without decord, and return its exit status and output."""
    package = tmp_path / 'path/decord/__init__.py'
    package.parent.mkdir(parents=True)
    package.write_text('raise ImportError("there is no decord here")')

    def run_tool(*arguments):
        words = ['python', *map(str, arguments)]
        done = warm(without_decord, str(tmp_path / 'path'), words, folder=ROOT)
        return done.status, done.output

    return run_tool


def test_whole_folders_are_read_without_decord(clips, tmp_path, run):
    status, said = run('tools/data/check.py', clips, '--out', tmp_path / 'out', '--workers', 2)
    assert status == 0, said
    summary = json.loads((tmp_path / 'out/summary.json').read_text())
    assert (summary['clips'], summary['clean'], summary['verdicts']) == (3, 3, {'fine': 3})
    status, said = run('tools/data/prepare.py', clips, '--out', tmp_path / 'out', '--workers', 2)
    assert status == 0, said
    assert len(list((tmp_path / 'out/videos').glob('*.mp4'))) == 3


def test_tools_refuse_decord_in_one_line(clips, tmp_path, run):
    out = tmp_path / 'out'
    status, said = run('tools/data/check.py', clips, '--out', out, '--decoder', 'decord')
    assert status == 2
    assert said == (
        "tools/data/check.py: error: decoder 'decord' is not installed (there is no decord here): "
        "use 'pyav', the default, "
        'or pip install decord; it has builds for x86-64 Linux and Windows only\n'
    )
    assert not out.exists()
