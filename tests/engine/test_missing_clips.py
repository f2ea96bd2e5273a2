"""A test of which no clip can be read is refused, and partly missing clips are named."""

import json
import shutil

import pytest

from ..conftest import ROOT
from ..warm import run_tool

CONFIG = 'configs/mmssl/mmssl_soundingshapes_large.py'
WEIGHTS = ROOT / 'mmssl/apis/weights/soundingshapes.pth'


@pytest.fixture
def tested(shapes, tmp_path):
    """A function that tests a model on a collection that lacks clips; the first two are there."""

    def test(there, *options):
        data = tmp_path / 'data'
        shutil.copytree(shapes, data, ignore=shutil.ignore_patterns('videos', 'cache'))
        (data / 'videos').mkdir()
        for path in sorted((shapes / 'videos').glob('test-*'))[:there]:
            (data / 'videos' / path.name).symlink_to(path)
        return run_tool(
            *('tools/test.py', CONFIG, WEIGHTS, '--data-root', data, '--work-dir', tmp_path),
            *('--out', tmp_path / 'metrics.json', *options),
        )  # fmt: skip

    return test


@pytest.mark.parametrize('options', [(), ('--metrics', 'acc')], ids=['all', 'acc'])
def test_nothing_to_read_is_no_result(tested, tmp_path, options):
    done = tested(0, *options)
    assert done.status == 2
    line = done.errors.splitlines()[-1]
    assert line.startswith('tools/test.py: error: none of the 8 clips could be read')
    assert 'no such file' in line
    assert not (tmp_path / 'metrics.json').exists()
    assert 'Traceback' not in done.output


def test_some_that_are_missing_are_told_and_no_fault(tested, tmp_path):
    done = tested(2, '--metrics', 'acc')
    assert done.status == 0, done.output
    assert '6 of 8 clips could not be read and count as wrong. test-' in done.output
    assert 'acc/av_top1' in json.loads((tmp_path / 'metrics.json').read_text())
