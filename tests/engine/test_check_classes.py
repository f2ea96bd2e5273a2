"""A head with fewer classes than the data set is refused before the first step."""

from types import SimpleNamespace

import pytest

from mmssl.engine import CheckClassesHook


def runner(known, classes):
    dataset = SimpleNamespace(metainfo={'classes': classes})
    loader = SimpleNamespace(dataset=dataset)
    network = SimpleNamespace(cls_head=SimpleNamespace(num_classes=known))
    return SimpleNamespace(
        model=network, train_dataloader=loader, val_dataloader=loader, test_dataloader=loader
    )


@pytest.mark.parametrize('moment', ['before_train', 'before_val', 'before_test'])
def test_more_classes_than_the_head_has(moment):
    with pytest.raises(ValueError, match=r'head has 4 classes, the data set 8: .*num_classes=8'):
        getattr(CheckClassesHook(), moment)(runner(4, list('abcdefgh')))


@pytest.mark.parametrize('classes', [list('abcd'), list('abc'), [], None])
def test_as_many_or_fewer_are_fine(classes):
    CheckClassesHook().before_train(runner(4, classes))


def test_configs_have_the_hook():
    from mmengine.config import Config

    from ..conftest import ROOT

    hooks = Config.fromfile(ROOT / 'configs/mmssl_soundingshapes.py').custom_hooks
    assert 'mmssl.CheckClassesHook' in [hook['type'] for hook in hooks]
