"""Numbers of epochs and their schedules; launchers; how wrong settings end a training."""

import argparse
import re

import pytest
from mmengine.config import Config

from mmssl.apis.runner import prepare_config, set_epochs
from mmssl.cli.ending import BAD_INPUT

from ..conftest import ROOT
from ..doc_pages import shell
from ..warm import run_tool

CONFIG = ROOT / 'configs/mmssl_soundingshapes.py'
PAPER = ROOT / 'configs/mmssl_vggsound.py'


@pytest.mark.parametrize(
    ('path', 'epochs', 'ends'),
    [
        (CONFIG, 1, [1, 2]),  # the cosine would begin after the training
        (CONFIG, 2, [1, 2]),
        (CONFIG, 40, [1, 40]),
        (PAPER, 1, [2, 3]),  # the warm-up is longer than the training
        (PAPER, 3, [2, 3]),
        (ROOT / 'configs/attention_localizer/attention_r18_vggsound.py', 5, []),
    ],
)
def test_schedules_end_with_the_training(path, epochs, ends):
    config = Config.fromfile(path)
    loop = {**config.train_cfg, 'max_epochs': epochs}
    set_epochs(config, epochs)
    assert config.train_cfg == loop
    assert [schedule.end for schedule in config.get('param_scheduler', [])] == ends
    assert all(s.get('begin', 0) < s.end for s in config.get('param_scheduler', []))


def test_a_schedule_alone_is_one_of_a_list():
    schedule = dict(type='CosineAnnealingLR', end=30)
    config = Config(dict(train_cfg=dict(max_epochs=30), param_scheduler=schedule))
    set_epochs(config, 4)
    assert config.param_scheduler.end == 4


STEPS = dict(type='MultiStepLR', milestones=[5])
REFUSED = (
    (dict(train_cfg=dict(max_iters=9)), 2, '--epochs is 2, but the config has no train_cfg.max_e'),
    (dict(test_cfg=dict()), 2, '--epochs is 2, but the config has no train_cfg.max_epochs'),
    (dict(train_cfg=dict(max_epochs=9)), 0, '^--epochs is 0, expected at least 1$'),
    (
        dict(train_cfg=dict(max_epochs=9), param_scheduler=[STEPS]),
        2,
        'param_scheduler has milestones for 9 epochs, expected begin and end alone; set',
    ),
)


@pytest.mark.parametrize(('content', 'epochs', 'said'), REFUSED)
def test_what_has_no_end_to_move_is_refused(content, epochs, said):
    config = Config(content)
    with pytest.raises(ValueError, match=said):
        set_epochs(config, epochs)
    assert config.to_dict() == content


def test_two_numbers_of_epochs_are_refused(tmp_path):
    done = run_tool(
        *('tools/train.py', CONFIG, '--work-dir', tmp_path, '--epochs', 2),
        *('--cfg-options', 'train_cfg.max_epochs=3'),
    )
    assert done.status == BAD_INPUT
    assert done.errors.splitlines()[-1] == (
        'tools/train.py: error: --epochs is 2, and train_cfg.max_epochs of --cfg-options 3: give '
        'one of them'
    )


@pytest.mark.parametrize('epochs', [1, 15])
def test_the_demo_trains_for_its_number_of_epochs(epochs):
    recipe = shell(f'make --dry-run demo EPOCHS={epochs} WORKERS=1 VENV={ROOT}/none', ROOT).output
    assert re.search(rf'tools/train\.py .*--epochs {epochs}\n', recipe.replace('\\\n', ' '))


LAUNCHERS = {
    'pytorch': ('RANK', 'torchrun'),
    'slurm': ('SLURM_PROCID', 'srun'),
    'mpi': ('OMPI_COMM_WORLD_LOCAL_RANK', 'mpirun'),
}


@pytest.mark.parametrize('launcher', LAUNCHERS)
def test_a_launcher_that_has_started_nothing_is_refused(launcher, monkeypatch):
    variable, program = LAUNCHERS[launcher]
    monkeypatch.delenv(variable, raising=False)
    args = argparse.Namespace(config=str(CONFIG), launcher=launcher)
    with pytest.raises(ValueError, match=f'--launcher is {launcher}, .* by {program}, or leave'):
        prepare_config(args)


#: Option, the end of the last line: a test of each kind of check, as a newcomer meets it.
ENDS = {
    'model.cls_head.type=AudioVisualHead': 'did you mean mmssl.AudioVisualHead?',
    'model.cls_head.attention.mode=logits': 'did you mean logit?',
    'model.cls_head.visual_channels=5': 'set model.cls_head.visual_channels=64, or take another '
    'backbone',
    'default_hooks.checkpoint.save_best=loc/pointin': 'did you mean loc/pointing?',
    'train_dataloader.batch_size=17 train_dataloader.drop_last=True': 'set train_dataloader.'
    'batch_size=16, or drop_last=False',
    'model.backbone.in_channels=5': 'MMSSL_TRACEBACK=1 shows where',
}


@pytest.mark.parametrize('options', ENDS)
def test_a_wrong_setting_ends_a_training_before_its_first_step(options, shapes, tmp_path):
    done = run_tool(
        *('-m', 'mmssl', 'train', CONFIG, '--work-dir', tmp_path, '--data-root', shapes),
        *('--cfg-options', *options.split()),
    )
    assert done.status == BAD_INPUT, done.output
    assert done.errors.splitlines()[-1].startswith('mmssl: error: ')
    assert done.errors.splitlines()[-1].endswith(ENDS[options])
    assert 'Traceback' not in done.output
    assert not list(tmp_path.rglob('*.pth'))
