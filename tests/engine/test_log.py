"""A training's log: what a person reads, and that nothing is lost."""

import json
import re
from types import SimpleNamespace

import pytest
from mmengine.runner import LogProcessor as MMEngineLogProcessor

from mmssl.engine import LogProcessor

from ..conftest import ROOT
from ..warm import run_tool

CONFIG = ROOT / 'configs/mmssl_soundingshapes.py'


def names_in(line):
    return re.findall(r'(\S+): ', line.partition(' - INFO - ')[2])


@pytest.fixture(scope='module')
def work(shapes, tmp_path_factory):
    """A training of two epochs with a validation after each."""
    folder = tmp_path_factory.mktemp('log')
    options = ('train_cfg.val_interval=1', 'train_dataloader.batch_size=8')
    done = run_tool(
        *('tools/train.py', CONFIG, '--work-dir', folder, '--data-root', shapes, '--epochs', 2),
        *('--cfg-options', *options),
    )
    assert done.status == 0, done.output
    return folder


def test_the_log_of_a_training_is_short(work):
    (log,) = work.glob('*/*.log')
    lines = log.read_text().splitlines()
    assert all(re.match(r'\S+ \S+ - mmengine - INFO - \S', line) for line in lines)
    trained, validated = (
        [line for line in lines if f'Epoch({mode})' in line] for mode in ('train', 'val')
    )
    assert len(trained) == len(validated) == 2
    for line in trained:
        assert names_in(line) == ['lr', 'eta', 'time', 'data_time', 'loss', 'av_top1_acc']
    for line in validated:
        assert names_in(line) == [
            *('acc/av_top1', 'acc/audio_top1', 'acc/visual_top1'),
            *('loc/ciou', 'loc/auc', 'loc/pointing', 'data_time', 'time'),
        ]
    # Cores, precision and where checkpoints go; each epoch saves one, and the best is told of.
    assert len(lines) <= 3 + 2 * 4


def test_all_numbers_and_the_config_are_in_files(work):
    (scalars,) = work.glob('*/vis_data/scalars.json')
    train, val, *_ = map(json.loads, scalars.read_text().splitlines())
    assert {'loss', 'loss_visual', 'visual_top1_acc', 'grad_norm', 'lr', 'time'} <= set(train)
    assert {'acc/audio_mean1', 'loc/ciou_adaptive', 'loc/ceiling/auc', 'loc/samples'} <= set(val)
    assert 'max_epochs=2' in (work / CONFIG.name).read_text()


def test_debugging_logs_the_rest(work, shapes, tmp_path):
    (checkpoint,) = work.glob('epoch_2.pth')
    tool = ('tools/test.py', CONFIG, checkpoint, '--data-root', shapes, '--work-dir')
    quiet = run_tool(*tool, tmp_path / 'quiet')
    loud = run_tool(*tool, tmp_path / 'loud', '--cfg-options', 'log_level=DEBUG')
    for text in ('System environment:', 'Hooks will be executed', "default_scope = 'mmaction'"):
        assert text in loud.printed
        assert text not in quiet.printed


@pytest.mark.parametrize(
    ('hidden', 'line'),
    [
        (r'b/.+|c', 'Epoch(val)  [3][4/4]  eta: 1 day, 2:00:00  a: 1.0'),
        ('', 'Epoch(val)  [3][4/4]  eta: 1 day, 2:00:00  a: 1.0  b/x: 2.0  c: 3'),
    ],
)
def test_hidden_names_are_left_out(hidden, line, monkeypatch):
    full = 'Epoch(val)  [3][4/4]  eta: 1 day, 2:00:00  a: 1.0  b/x: 2.0  c: 3'
    numbers = {'a': 1.0, 'b/x': 2.0, 'c': 3}
    for name in ('get_log_after_iter', 'get_log_after_epoch'):
        monkeypatch.setattr(MMEngineLogProcessor, name, lambda *_: (numbers, full))
    made = LogProcessor(hidden=hidden)
    assert made.get_log_after_iter(SimpleNamespace(), 0, 'val') == (numbers, line)
    assert made.get_log_after_epoch(SimpleNamespace(), 0, 'val') == (numbers, line)
