"""What constructors and the first step refuse is said in one line that names the setting."""

import copy

import pytest
from mmaction.registry import DATASETS, MODELS
from mmengine.registry import DefaultScope
from mmengine.runner import BaseLoop

from mmssl.apis.config import naming_settings
from mmssl.datasets.annotations import AnnotationError

from ...config_checks import CONFIG, read

SHOWN = '; MMSSL_TRACEBACK=1 shows where'
#: Setting and value that a network refuses, and what is said.
OF_MODELS = {
    ('backbone', 'depth', 19): 'model.backbone (ResNet3d): KeyError: '
    f"'invalid depth 19 for resnet'{SHOWN}",
    # MMAction2 asserts without a word.
    ('backbone', 'out_indices', (9,)): 'model.backbone (ResNet3d): AssertionError: assert '
    f'max(out_indices) < num_stages{SHOWN}',
    ('cls_head', 'fc', 'x'): "model.cls_head (mmssl.AudioVisualHead): fc is 'x', expected one of "
    "('individual', 'shared', 'joint')",
    ('cls_head', 'type', 'x'): "model.cls_head (x): 'x' is not the name of a model; a type of your "
    'own needs its module in custom_imports',
    ('cls_head', 'type', None): 'model.cls_head (None): the type is missing, expected that of a '
    'model',
}  # fmt: skip


def refusal(work):
    """What is said when work with a config fails."""
    config = copy.deepcopy(read(CONFIG))
    scope = DefaultScope.overwrite_default_scope('mmaction')
    try:
        with scope, naming_settings(config):
            work(config)
    except ValueError as error:
        return str(error)
    raise AssertionError('nothing was refused')


@pytest.mark.parametrize('setting', OF_MODELS, ids=str)
def test_a_network_that_cannot_be_built(setting):
    part, name, value = setting

    def build(config):
        config.model[part][name] = value
        MODELS.build(config.model)

    assert refusal(build) == OF_MODELS[setting]


@pytest.mark.parametrize('loop', ['train', 'val'])
def test_a_step_of_the_pipeline_is_named_of_the_loop_that_was_built(loop):
    def build_train_loop(config):
        DATASETS.build(config.train_dataloader.dataset)

    def build_val_loop(config):
        DATASETS.build(config.val_dataloader.dataset)

    def build(config):
        for loader in (config.train_dataloader, config.val_dataloader):
            loader.dataset.pipeline[1] = dict(type='mmssl.DecodeClip', frame_interval=0)
        {'train': build_train_loop, 'val': build_val_loop}[loop](config)

    assert refusal(build) == (
        f'{loop}_dataloader.dataset.pipeline.1 (mmssl.DecodeClip): frame_interval is 0, expected '
        'at least 1'
    )


def test_long_errors_are_cut():
    def fail(config):
        raise TypeError(f'cannot use {config.to_dict()}')

    assert refusal(fail).startswith('TypeError: cannot use {')
    assert len(refusal(fail)) < 450


class Loop(BaseLoop):
    """A loop that fails at a step."""

    def __init__(self, fails_at):
        self.fails_at, self.iter = fails_at, 0

    def run(self):
        while self.iter < self.fails_at:
            self.iter += 1
        raise RuntimeError('shapes differ')


def test_the_first_step_is_part_of_the_settings_and_no_later_one():
    assert refusal(lambda config: Loop(0).run()) == (
        f'not one step was done: RuntimeError: shapes differ{SHOWN}'
    )
    with pytest.raises(RuntimeError, match='shapes differ'), naming_settings(read(CONFIG)):
        Loop(1).run()


@pytest.mark.parametrize('error', [AnnotationError('a.csv: empty'), FileNotFoundError('a.csv')])
def test_what_names_a_file_is_left_as_it_is(error):
    with pytest.raises(type(error)) as raised, naming_settings(read(CONFIG)):
        raise error
    assert raised.value is error
