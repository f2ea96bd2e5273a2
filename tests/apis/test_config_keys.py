"""Keys of a config that nothing reads are told of, and no others."""

import argparse
import re
from pathlib import Path

import pytest
from mmengine.config import Config

from mmssl.apis.arguments import arguments
from mmssl.apis.config_keys import numbered, unread_keys
from mmssl.apis.runner import add_common_options, prepare_config
from mmssl.cli.ending import BAD_INPUT

from ..conftest import ROOT
from ..warm import run_tool

CONFIG = ROOT / 'configs/mmssl_soundingshapes.py'
CONFIGS = sorted(path for path in (ROOT / 'configs').rglob('*.py') if '_base_' not in path.parts)

#: Option, the end of its line.
TYPING_MISTAKES = {
    'modle.cls_head.num_classes=5': 'nothing reads it, did you mean model?',
    'optim_wraper.optimizer.lr=1': 'nothing reads it, did you mean optim_wrapper?',
    'resume_from=x.pth': 'nothing reads it, did you mean resume?',
    'zzz=1': 'nothing reads it',
    'data_root=x': 'a variable of the config file, whose value has been used by then; set the '
    'keys that got it',
    'train_cfg.max_epoch=1': 'EpochBasedTrainLoop takes no max_epoch, did you mean max_epochs?',
    'model.cls_head.num_clases=5': 'AudioVisualHead takes no num_clases, did you mean num_classes?',
    'model.backbon.depth=18': 'AudioVisualRecognizer takes no backbon, did you mean backbone?',
    'model.backbone.dept=18': 'there is no dept in model.backbone, did you mean depth?',
    'default_hooks.chekpoint.interval=2': 'there is no chekpoint in default_hooks, did you mean '
    'checkpoint?',
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
    *('model.backbone.with_cp=True', 'model.backbone.norm_cfg.requires_grad=True'),
    *('optim_wrapper.clip_grad.max_norm=1', 'optim_wrapper.paramwise_cfg.norm_decay_mult=0'),
    *('default_hooks.other.type=IterTimerHook', 'default_hooks.checkpoint.priority=1'),
    *('train_dataloader.drop_last=True', 'train_dataloader.dataset.indices=4'),
    *('custom_hooks.EpochSeedHook.priority=HIGH', 'param_scheduler.LinearLR.verbose=True'),
    'train_cfg.val_begin=2',
)


def lines_of(*options, config=CONFIG):
    parser = argparse.ArgumentParser()
    parser.add_argument('config')
    add_common_options(parser)
    args = parser.parse_args([str(config), *(['--cfg-options', *options] if options else [])])
    loaded = Config.fromfile(config)
    try:
        return unread_keys(loaded, args.cfg_options or {}, prepare_config(args))
    except ValueError as error:
        return [str(error)]


@pytest.mark.parametrize('config', CONFIGS, ids=lambda path: path.stem)
def test_our_configs_give_none(config):
    assert lines_of(config=config) == []


@pytest.mark.parametrize('option', TYPING_MISTAKES)
def test_an_option_that_nothing_reads_is_told_of_in_one_line(option):
    key = option.partition('=')[0]
    assert lines_of(option) == [f'--cfg-options {key}: {TYPING_MISTAKES[option]}']


@pytest.mark.parametrize('option', READ)
def test_an_option_that_something_reads_is_not(option):
    assert lines_of(option) == []


def test_typing_mistakes_in_a_file(tmp_path):
    path = tmp_path / 'mine.py'
    path.write_text(
        f'_base_ = {str(CONFIG)!r}\n'
        'optim_wraper = dict(optimizer=dict(lr=1.0))\n'
        'train_cfg = dict(max_epoch=3)\n'
        # Variables whose values are found in what is read, or are spelled like nothing.
        'val_dataloaders = dict(batch_size=4)\n'
        'val_dataloader = val_dataloaders\n'
        "ann_file_train, img_norm_cfg, dataset_type = 'x', dict(mean=[1.0]), 'VideoDataset'\n"
    )
    assert sorted(lines_of(config=path)) == [
        'optim_wraper: nothing reads it, did you mean optim_wrapper?',
        'train_cfg.max_epoch: EpochBasedTrainLoop takes no max_epoch, did you mean max_epochs?',
    ]


def test_plain_configs_of_mmaction2_give_none():
    import mmaction

    folder = Path(mmaction.__path__[0]) / '.mim/configs/recognition'
    plain = [
        *('tsn/tsn_imagenet-pretrained-r50_8xb32-1x1x3-100e_kinetics400-rgb.py',),
        *('slowfast/slowfast_r50_8xb8-4x16x1-256e_kinetics400-rgb.py',),
        *('swin/swin-tiny-p244-w877_in1k-pre_8xb8-amp-32x2x1-30e_kinetics400-rgb.py',),
    ]
    for name in plain:
        config = Config.fromfile(folder / name)
        assert unread_keys(config, {}, config) == []


class Parent:
    def __init__(self, first, *, second=2):
        pass


class HandsOn(Parent):
    def __init__(self, own, **kwargs):
        super().__init__(own, **kwargs)


class Drops(Parent):
    def __init__(self, own, **kwargs):
        super().__init__(own)


class Keeps(Parent):
    def __init__(self, own, **kwargs):
        self.kept = kwargs
        super().__init__(own)


class Nothing:
    pass


def test_arguments_of_classes():
    assert arguments(Parent) == {'first', 'second'}
    assert arguments(HandsOn) == {'own', 'first', 'second'}
    assert arguments(Drops) == {'own'}
    assert arguments(Keeps) is None
    assert arguments(Nothing) == set()


@pytest.mark.parametrize('option', ['custom_hooks.19.type=x', 'train_cfg.max_epochs.most=3'])
def test_an_option_that_cannot_be_merged_is_refused_in_one_line(option):
    (line,) = lines_of(option)
    assert re.match(r'--cfg-options: (Index 19 exceeds|max_epochs=)', line)


REFUSED = {
    'model.cls_head.foo=1': 'model.cls_head.foo: AudioVisualHead takes no foo',
    'train_cfg.max_epochs=abc': "train_cfg.max_epochs: 'abc' is not a number, but "
    'EpochBasedTrainLoop expects one',
    'train_cfg.max_epochs': 'train_cfg.max_epochs: expected KEY=VALUE',
}


@pytest.mark.parametrize('tool', ['tools/train.py', 'tools/test.py'])
@pytest.mark.parametrize('option', REFUSED)
def test_an_option_that_stops_the_building_is_refused_in_one_line(tool, option, tmp_path):
    weights = ROOT / 'mmssl/apis/weights/soundingshapes.pth'
    words = [tool, CONFIG, *([] if 'train' in tool else [weights]), '--work-dir', tmp_path]
    done = run_tool(*words, '--cfg-options', option)
    assert done.status == BAD_INPUT, done.output
    assert done.errors.splitlines()[-1] == f'{tool}: error: --cfg-options {REFUSED[option]}'
    assert 'Traceback' not in done.output


def test_items_of_lists_are_named_by_type():
    pipeline = [{'type': 'mmssl.OpenClip'}, {'type': 'Flip'}, {'type': 'Flip'}]
    config = {'loader': {'pipeline': pipeline}, 'Flip': {}}
    for key, expected in (
        ('loader.pipeline.OpenClip.size', 'loader.pipeline.0.size'),
        ('loader.pipeline.2.flip_ratio', 'loader.pipeline.2.flip_ratio'),
        ('Flip.pipeline.Flip', 'Flip.pipeline.Flip'),
        ('new.OpenClip', 'new.OpenClip'),
    ):
        assert numbered(key, config) == expected
    known = 'expected 1; give a number or a type of 0 OpenClip, 1 Flip, 2 Flip'
    for name, count, near in (('OpenClp', 0, ', did you mean OpenClip?'), ('Flip', 2, '')):
        key = f'loader.pipeline.{name}.size'
        with pytest.raises(ValueError, match='--cfg-options') as refused:
            numbered(key, config)
        assert str(refused.value) == (
            f'--cfg-options {key}: {count} items of loader.pipeline have the type {name}, {known}'
            f'{near}'
        )


def test_an_option_by_type_sets_one_step():
    config = Config.fromfile(CONFIG)
    steps = config.train_dataloader.dataset.pipeline
    steps[1].frame_interval = 20
    args = argparse.Namespace(
        config=str(CONFIG), local_rank=0, launcher='none', work_dir=None, data_root=None,
        cfg_options={'train_dataloader.dataset.pipeline.DecodeClip.frame_interval': 20},
    )  # fmt: skip
    assert prepare_config(args).train_dataloader == config.train_dataloader


@pytest.mark.parametrize('tool', ['tools/train.py', 'tools/test.py', '-m mmssl moments'])
def test_the_tools_tell_before_they_begin(tool, tmp_path):
    """They end there, because the data are not there."""
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
