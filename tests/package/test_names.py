"""Any name that the file system holds."""

import json
import os
import subprocess
import sys

import pytest

from mmssl.apis.inferencer import SoundLocalizationInferencer
from mmssl.datasets.annotations import read_ids
from mmssl.media import Clip, write_video
from mmssl.media.files import atomic_file, write_text

from ..conftest import ROOT
from ..fault_catalogue import clip, pictures, tone

#: Without their ending. The last but one is Latin-1, the last as long as Linux allows.
NAMES = (
    *('Live: concert', 'concat:one|two', 'pipe:1', 'http:', '%d', '%03d', '[0-9]', '~', '-'),
    *("it's", '"quoted"', '$HOME', '$\\foo{ 7$', '日本 🐶', 'é', 'ends in a dot.'),
    *(os.fsdecode(b'caf\xe9'), 'x' * 251),
)


@pytest.fixture
def folder(tmp_path):
    place = tmp_path / 'clips'
    place.mkdir()
    first = clip(place / f'{NAMES[0]}.mp4')
    for name in NAMES[1:]:
        os.link(first, place / f'{name}.mp4')
    return place


def test_clips_of_any_name_are_read(folder, monkeypatch):
    monkeypatch.chdir(folder)
    for name in NAMES:
        assert Clip(f'{name}.mp4').duration == pytest.approx(2.0, abs=0.1)


def test_files_of_any_name_are_written(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in NAMES:
        write_video(f'{name}.mp4', pictures(5), 10, tone(0.5))
        write_text(f'{name}.txt', name)
    assert len(list(tmp_path.iterdir())) == 2 * len(NAMES)


def test_a_partial_file_has_room_for_its_name(tmp_path):
    path = tmp_path / ('日' * 85)
    with atomic_file(path) as partial:
        partial.write_text('whole')
    assert path.read_text() == 'whole'


def test_check_reports_clips_of_any_name(folder, tmp_path):
    done = subprocess.run(
        [sys.executable, '-W', 'ignore', 'tools/data/check.py', folder, '--out', tmp_path / 'out'],
        cwd=ROOT, capture_output=True, text=True, errors='surrogateescape',
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert set(read_ids(tmp_path / 'out/clean.txt')) == set(NAMES)
    assert (tmp_path / 'out/report.csv').stat().st_size > 0


def test_results_of_inputs_of_any_name(folder, tmp_path):
    found = SoundLocalizationInferencer('soundingshapes', show_progress=False)(
        str(folder), out_dir=tmp_path / 'out', outputs=['boxes', 'video']
    )
    assert not found['failed']
    assert len(found['visualization']) == len(NAMES)
    for files in found['visualization']:
        assert json.loads(files['boxes'].read_text())['duration'] > 1.9
        assert files['video'].stat().st_size > 0


def test_results_are_no_inputs_of_the_next_run(tmp_path):
    clip(tmp_path / 'clip.mp4')
    clip(tmp_path / 'own_localized.mp4')  # of another program
    find = SoundLocalizationInferencer('soundingshapes', show_progress=False)
    runs = [
        find(str(tmp_path), out_dir=tmp_path, outputs=['boxes', 'video'])['visualization']
        for _ in range(3)
    ]
    names = [[files['video'].name for files in run] for run in runs]
    assert names == [['clip_localized.mp4', 'own_localized_localized.mp4']] * 3
