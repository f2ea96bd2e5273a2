"""Options reach their place in a config, or are refused in one line."""

import argparse

import pytest
from mmengine.config import Config

from mmssl.apis.config import numbered
from mmssl.apis.runner import prepare_config
from mmssl.cli.ending import BAD_INPUT

from ...config_checks import CONFIG, checked
from ...conftest import ROOT
from ...warm import run_tool

REFUSED = {
    'model.cls_head.foo=1': 'model.cls_head.foo: AudioVisualHead takes no foo',
    'train_cfg.max_epochs=abc': "train_cfg.max_epochs: 'abc' is given, "
    'EpochBasedTrainLoop expects a whole number',
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


STEPS = 'train_dataloader.dataset.pipeline'
NOWHERE = {
    f'{STEPS}.19.x=0': f'{STEPS} has 9 items, expected a number or a type of 0 OpenClip, 1 Deco',
    f'{STEPS}.0=x': 'an item of a list cannot be replaced, expected a key below it, as in '
    f'{STEPS}.0.type=..., or the whole list',
    'optim_wrapper.optimizer.betas.0=0.5': 'optim_wrapper.optimizer.betas is (0.9, 0.99), '
    'expected a dict to set 0 in',
    'train_cfg.max_epochs.most=3': 'train_cfg.max_epochs is 15, expected a dict to set most in',
    'model.type.x=3': "model.type is 'mmssl.AudioVisualRecognizer', expected a dict to set x in",
}


@pytest.mark.parametrize('option', NOWHERE)
def test_an_option_without_a_place_is_refused(option):
    (line,) = checked(option)
    assert line.startswith(f'--cfg-options {option.partition("=")[0]}: {NOWHERE[option]}')


@pytest.mark.parametrize('word', ['train_cfg.max_epochs', '=3', 'model..x=1', '.model=1'])
def test_what_is_no_pair_is_refused(word):
    assert checked(word) == [f'--cfg-options {word}: expected KEY=VALUE']


def test_open_brackets_are_refused():
    assert checked('model.frozen=[1,2') == [
        '--cfg-options model.frozen=[1,2: Imbalanced brackets exist in [1,2'
    ]


def test_options_that_exclude_each_other_are_refused():
    (line,) = checked('model=abc', 'model.cls_head.x=1')
    assert line.startswith('--cfg-options model model.cls_head.x cannot be set together')


def test_a_dict_is_set_by_its_keys():
    option = "model.weights=dict(backbone='a.pth', audio_backbone='b.pth')"
    assert checked(option) == [
        f'--cfg-options {option}: expected a list of plain values; what is in a dict is set by a '
        'key each, as in model.weights.NAME=VALUE'
    ]
