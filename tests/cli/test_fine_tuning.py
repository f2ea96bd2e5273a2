"""A training that begins with the networks of a checkpoint."""

import shlex
from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmengine.registry import MODELS, init_default_scope

from mmssl.cli import train
from mmssl.cli.ending import BAD_INPUT
from mmssl.cli.parser import Parser

from ..conftest import ROOT
from ..warm import run_tool

CONFIG = ROOT / 'configs/mmssl_soundingshapes.py'
NETWORKS = ('backbone', 'audio_backbone')


def settings(*words, config=CONFIG, **changes) -> Config:
    """The config of a training with options."""
    parser = Parser()
    train.add_options(parser)
    args = parser.parse_args([str(config), *words])
    read = Config.fromfile(config)
    read.merge_from_dict({'work_dir': 'none', **(args.cfg_options or {}), **changes})
    train.settings(args, read)
    return read


@pytest.fixture(scope='module')
def of_five(tmp_path_factory):
    """A checkpoint of the demo's networks with a head of five classes."""
    init_default_scope('mmaction')
    config = Config.fromfile(CONFIG)
    config.model.cls_head.num_classes = 5
    path = tmp_path_factory.mktemp('five') / 'five.pth'
    state = MODELS.build(config.model).state_dict()
    torch.save({'state_dict': state, 'meta': {'cfg': config.pretty_text}}, path)
    return path


def test_both_networks_come_from_the_checkpoint_and_the_head_learns_faster():
    config = settings('--init-from', 'a.pth')
    assert config.model.weights == dict.fromkeys(NETWORKS, 'a.pth')
    assert config.optim_wrapper.paramwise_cfg == {'custom_keys': {'cls_head': {'lr_mult': 10}}}
    assert not config.model.get('frozen')


def test_rates_of_the_config_stay():
    key = 'optim_wrapper.paramwise_cfg.custom_keys.cls_head.lr_mult'
    config = settings('--init-from', 'a.pth', '--cfg-options', f'{key}=0.5')
    assert config.optim_wrapper.paramwise_cfg.custom_keys.cls_head.lr_mult == 0.5


def test_checkpoints_that_a_config_starts_from_are_replaced():
    path = ROOT / 'configs/attention_localizer/attention_r18_soundingshapes.py'
    assert settings(config=path).model.weights.backbone != 'a.pth'
    config = settings('--init-from', 'a.pth', config=path)
    assert config.model.weights == dict.fromkeys(NETWORKS, 'a.pth')
    # They are weights that may be frozen as well.
    assert settings('--freeze-backbones', config=path).model.frozen == [*NETWORKS]


def test_the_head_over_frozen_networks_learns_faster_too():
    config = settings('--init-from', 'a.pth', '--freeze-backbones')
    assert config.model.frozen == [*NETWORKS]
    assert config.optim_wrapper.paramwise_cfg.custom_keys.cls_head.lr_mult == 10
    # Without a new head, the rate is the config's.
    assert 'paramwise_cfg' not in settings('--freeze-backbones', '--resume').optim_wrapper


STARTS = {
    '--init-from a.pth --resume': '^--init-from is a.pth, and --resume continues another training',
    '--init-from a.pth --resume b.pth': '^--init-from is a.pth, and --resume continues',
    '--init-from a.pth --cfg-options load_from=b.pth': 'but load_from is b.pth and would replace',
    '--init-from a.pth --cfg-options model.weights.backbone=b.pth': 'but model.weights.backbone na',
    '--freeze-backbones': 'model.backbone has random weights: add --init-from CHECKPOINT',
    '--freeze-backbones --cfg-options model.backbone.pretrained=b.pth': 'model.audio_backbone has',
}


@pytest.mark.parametrize('words', STARTS)
def test_starts_that_exclude_each_other_are_refused(words):
    with pytest.raises(ValueError, match=STARTS[words]):
        settings(*words.split())


@pytest.mark.parametrize('words', ['--resume', '--cfg-options load_from=b.pth'])
def test_networks_of_other_starts_may_be_frozen(words):
    assert settings('--freeze-backbones', *words.split()).model.frozen == [*NETWORKS]


def test_a_distiller_begins_with_its_teacher():
    path = ROOT / 'configs/audio_distiller/audio_distill_r18_soundingshapes.py'
    with pytest.raises(ValueError, match='AudioDistiller starts from its teacher: set'):
        settings('--init-from', 'a.pth', config=path)


def test_the_refusal_of_another_head_can_be_pasted_and_works(of_five, shapes, tmp_path):
    common = ['--data-root', shapes, '--work-dir', tmp_path, '--epochs', 1, '--no-validate']
    refused = run_tool(
        *('-m', 'mmssl', 'train', CONFIG, *common, '--cfg-options', f'load_from={of_five}')
    )
    assert refused.status == BAD_INPUT, refused.output
    (line,) = [line for line in refused.errors.splitlines() if ': error: ' in line]
    assert 'cls_head.fc_av.weight is (5, 128) in the file and (8, 128) in the model' in line
    command = shlex.split(line.partition(' on its networks: ')[2])
    assert command == ['mmssl', 'train', str(CONFIG), '--init-from', str(of_five)]
    done = run_tool('-m', *command, *common, '--freeze-backbones')
    assert done.status == 0, done.output
    assert 'loaded: backbone (90 weights), audio_backbone (54 weights); left out: cls_head' in (
        done.output
    )
    trained = torch.load(Path(tmp_path) / 'epoch_1.pth', weights_only=False)['state_dict']
    begun = torch.load(of_five)['state_dict']
    for name, value in trained.items():
        assert torch.equal(value, begun[name]) == name.startswith(NETWORKS), name


def test_a_resumed_training_goes_on_as_it_began(of_five, shapes, tmp_path):
    common = [CONFIG, '--data-root', shapes, '--work-dir', tmp_path, '--no-validate']
    command = ['tools/train.py', *common]
    begun = run_tool(*command, '--epochs', 1, '--init-from', of_five)
    assert begun.status == 0, begun.output
    assert 'the head learns at 10 times the rate of the networks' in begun.output
    assert 'paramwise_options' not in begun.output
    done = run_tool(*command, '--epochs', 2, '--resume')
    assert done.status == 0, done.output
    assert "paramwise_cfg is {'custom_keys': {'cls_head': {'lr_mult': 10}}}, as in" in done.output
    kept = torch.load(tmp_path / 'epoch_2.pth', weights_only=False)
    fast = [group['lr_mult'] for group in kept['optimizer']['param_groups'] if 'lr_mult' in group]
    assert fast == [10] * 6  # the weights of the head


def test_a_test_of_another_head_names_the_file(of_five, shapes, tmp_path):
    done = run_tool(
        *('tools/test.py', CONFIG, of_five, '--data-root', shapes, '--work-dir', tmp_path)
    )
    assert done.status == BAD_INPUT
    assert f'error: {of_five}: the checkpoint has another head' in done.errors.splitlines()[-1]
    assert done.errors.splitlines()[-1].endswith(f'--init-from {of_five}')
