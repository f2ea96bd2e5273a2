"""Keys of a config that nothing reads are told of, and no others."""

import pytest

from mmssl.apis.config import check_config, read_config
from mmssl.cli.ending import BAD_INPUT

from ...config_checks import CONFIG, CONFIGS, checked
from ...conftest import ROOT
from ...warm import run_tool

#: Option, the end of its line.
TYPING_MISTAKES = {
    'modle.cls_head.num_classes=5': 'nothing reads it, did you mean model?',
    'optim_wraper.optimizer.lr=1': 'nothing reads it, did you mean optim_wrapper?',
    'resume_from=x.pth': 'nothing reads it, did you mean resume?',
    'zzz=1': 'nothing reads it',
    'batch_size=3': 'nothing reads it, did you mean train_dataloader.batch_size?',
    'data_root=x': 'a variable of the config file, whose value has been used by then; set the '
    'keys that got it',
    'train_cfg.max_epoch=1': 'EpochBasedTrainLoop takes no max_epoch, did you mean max_epochs?',
    'model.cls_head.num_clases=5': 'AudioVisualHead takes no num_clases, did you mean num_classes?',
    'model.backbon.depth=18': 'AudioVisualRecognizer takes no backbon, did you mean backbone?',
    'model.backbone.dept=18': 'there is no dept in model.backbone, did you mean depth?',
    'default_hooks.chekpoint.interval=2': 'the type is missing, expected that of a hook, did you '
    'mean checkpoint?',
    'custom_hooks.0.interval=1': 'EpochSeedHook takes no interval',
    'custom_hooks.EpochSeedHook.interval=1': 'EpochSeedHook takes no interval',
    'train_dataloader.bach_size=2': 'DataLoader takes no bach_size, did you mean batch_size?',
    'train_dataloader.dataset.pipeline.OpenClip.sise=1': 'OpenClip takes no sise, did you mean '
    'size?',
    'randomness.sed=1': 'set_randomness takes no sed, did you mean seed?',
    'auto_scale_lr.enabled=True': 'MMEngine takes no enabled, did you mean enable?',
    'optim_wrapper.optimizer.lrr=1': 'AdamW takes no lrr, did you mean lr?',
    'param_scheduler.LinearLR.start_fctor=1': 'LinearLR takes no start_fctor, did you mean '
    'start_factor?',
}  # fmt: skip

#: Keys that are not in the config, and are read.
READ = (
    *('load_from=x.pth', 'work_dir=x', 'sync_bn=torch', 'experiment_name=x', 'launcher=none'),
    *('model.backbone.with_cp=True', 'model.backbone.norm_cfg.type=BN3d'),
    *('optim_wrapper.clip_grad.max_norm=1', 'optim_wrapper.paramwise_cfg.norm_decay_mult=0'),
    *('default_hooks.other.type=IterTimerHook', 'default_hooks.checkpoint.priority=1'),
    *('train_dataloader.drop_last=True', 'train_dataloader.dataset.indices=4'),
    *('custom_hooks.EpochSeedHook.priority=HIGH', 'param_scheduler.LinearLR.verbose=True'),
    'train_cfg.val_begin=2',
)


@pytest.mark.parametrize('config', CONFIGS, ids=lambda path: path.stem)
def test_our_configs_give_none(config):
    assert checked(config=config) == []


@pytest.mark.parametrize('option', TYPING_MISTAKES)
def test_an_option_that_nothing_reads_is_told_of_in_one_line(option):
    key = option.partition('=')[0]
    assert checked(option) == [f'--cfg-options {key}: {TYPING_MISTAKES[option]}']


@pytest.mark.parametrize('option', READ)
def test_an_option_that_something_reads_is_not(option):
    assert checked(option) == []


def test_typing_mistakes_in_a_file(tmp_path):
    path = tmp_path / 'mine.py'
    path.write_text(
        f'_base_ = {str(CONFIG)!r}\n'
        'optim_wraper = dict(optimizer=dict(lr=1.0))\n'
        'auto_scale_lr = dict(enabled=True)\n'
        # Variables whose values are found in what is read, or are spelled like nothing.
        'val_dataloaders = dict(batch_size=4)\n'
        'val_dataloader = val_dataloaders\n'
        "ann_file_train, img_norm_cfg, dataset_type = 'x', dict(mean=[1.0]), 'VideoDataset'\n"
    )
    assert checked(config=path) == [
        f'{path}: optim_wraper: nothing reads it, did you mean optim_wrapper?',
        f'{path}: auto_scale_lr.enabled: MMEngine takes no enabled, did you mean enable?',
    ]


def test_an_argument_that_is_not_taken_is_refused_in_a_file(tmp_path):
    path = tmp_path / 'mine.py'
    path.write_text(f'_base_ = {str(CONFIG)!r}\ntrain_cfg = dict(max_epoch=3)\n')
    assert checked(config=path) == [
        f'{path}: train_cfg.max_epoch: EpochBasedTrainLoop takes no max_epoch, did you mean '
        'max_epochs?'
    ]


def test_of_a_loop_that_the_run_has_not_a_file_is_told_of_at_most(tmp_path):
    path = tmp_path / 'mine.py'
    path.write_text(f'_base_ = {str(CONFIG)!r}\ntest_dataloader = dict(bach_size=3)\n')
    line = 'test_dataloader.bach_size: DataLoader takes no bach_size, did you mean batch_size?'
    with pytest.raises(ValueError, match='takes no bach_size'):
        check(path, ('test',))
    assert check(path, ('train', 'val')) == [f'{path}: {line}']


def check(path, loops):
    config = read_config(path)
    return check_config(config, {}, config, loops)


@pytest.mark.parametrize('tool', ['tools/train.py', 'tools/test.py', '-m mmssl moments'])
def test_the_tools_tell_before_they_begin(tool, tmp_path):
    """They end there, because the data are not there."""
    (tmp_path / 'gone').mkdir()
    weights = ROOT / 'mmssl/apis/weights/soundingshapes.pth'
    place = ['--out', tmp_path / 'out.json'] if 'moments' in tool else ['--work-dir', tmp_path]
    done = run_tool(
        *(*tool.split(), CONFIG, *([] if 'train' in tool else [weights]), *place),
        *('--data-root', tmp_path / 'gone', '--cfg-options', 'modle.cls_head.num_classes=5'),
    )
    assert done.status == BAD_INPUT
    told = [line for line in done.output.splitlines() if 'modle' in line and 'did you mean' in line]
    assert len(told) == 1
    assert 'gone' in done.output[done.output.index(told[0]) :]
