"""Networks of a checkpoint in a new model: taken, frozen, or refused by name."""

import copy
import logging

import pytest
import torch
from mmengine.config import Config
from mmengine.logging import MMLogger
from mmengine.registry import MODELS, init_default_scope

from mmssl.models.checkpoint_families import family

from .. import torchvision_files
from ..conftest import ROOT
from ..zoo import METHODS, built, random_file

SMALL = {
    'paper': 'mmssl_soundingshapes.py',
    'attention': 'attention_localizer/attention_r18_soundingshapes.py',
    **{name: f'{name.replace("-", "_")}/{name}_r18-small_soundingshapes.py' for name in METHODS},
}
#: Methods whose head compares features as they are.
WITHOUT_HEAD = ('lvs', 'ssl-tie')
NETWORKS = ('backbone', 'audio_backbone')


@pytest.fixture(autouse=True)
def _scope():
    init_default_scope('mmaction')


def model(name: str, path=None, **changes) -> torch.nn.Module:
    """A small model, initialized, with both networks of a checkpoint."""
    config = Config.fromfile(ROOT / 'configs' / SMALL[name])
    weights = dict.fromkeys(NETWORKS, str(path)) if path else None
    config.merge_from_dict({f'model.{key}': value for key, value in changes.items()})
    config.model.pop('weights', None)
    network = MODELS.build({**config.model, 'weights': weights})
    network.init_weights()
    return network


def kept(network, path):
    torch.save({'state_dict': network.state_dict(), 'meta': {}}, path)
    return path


@pytest.fixture
def lines(monkeypatch):
    """What is logged."""
    said = []
    logger = MMLogger.get_current_instance()
    monkeypatch.setattr(logger, 'handle', lambda record: said.append(record.getMessage()))
    logger.setLevel(logging.INFO)
    return said


@pytest.mark.parametrize('name', SMALL)
def test_both_networks_are_taken_and_the_head_is_new(name, lines, tmp_path):
    first = model(name)
    # What training would change.
    for value in first.state_dict().values():
        value.add_(1)
    second = model(name, kept(first, tmp_path / 'first.pth'))
    old, new = first.state_dict(), second.state_dict()
    for key, value in new.items():
        part = key.removeprefix('momentum_copies.').partition('.')[0]
        same = torch.equal(value, old[key])
        # The copies of SLAVC begin as the networks do.
        assert same == (part in NETWORKS), key
    taken = ', '.join(
        f'{part} ({sum(key.startswith(f"{part}.") for key in old)} weights)' for part in NETWORKS
    )
    assert f'loaded: {taken}; left out: ' in lines[-2]
    assert lines[-2].endswith('left out: nothing') == (name in WITHOUT_HEAD)
    assert lines[-1].startswith('not from a checkpoint: ')
    assert ('cls_head (' in lines[-1]) == (name not in WITHOUT_HEAD)


@pytest.mark.parametrize('name', METHODS)
def test_networks_of_released_files_are_taken(name, tmp_path):
    path = random_file(name, tmp_path / 'best.pth')
    assert name in family(torch.load(path))
    network = built(name)
    network.weights = dict.fromkeys(NETWORKS, str(path))
    network.init_weights()
    released = torch.load(path)
    theirs = next(value for value in released.values() if isinstance(value, dict))
    first = next(v for k, v in theirs.items() if k.endswith('imgnet.layer1.0.conv1.weight'))
    assert torch.equal(network.backbone.layer1[0].conv1.conv.weight, first)


@pytest.mark.parametrize('name', [name for name in SMALL if name not in WITHOUT_HEAD])
def test_frozen_networks_and_their_statistics_stay(name):
    network = model(name, frozen=NETWORKS).train()
    before = copy.deepcopy(network.state_dict())
    pictures, sounds = (
        torch.randn(4, *shape[1:]) for shape in (network.trial['imgs'], network.trial['audios'])
    )
    feats, _ = network.extract_feat({'imgs': pictures, 'audios': sounds})
    if name == 'slavc':
        network.targets({'imgs': pictures, 'audios': sounds})
    assert not any(features.requires_grad for features in feats)
    after = network.state_dict()
    assert all(torch.equal(after[key], before[key]) for key in after if 'backbone.' in key)
    assert any(parameter.requires_grad for parameter in network.cls_head.parameters())


@pytest.mark.parametrize('name', WITHOUT_HEAD)
def test_a_model_in_which_nothing_would_be_trained_is_refused(name):
    with pytest.raises(ValueError, match='frozen is backbone, audio_backbone, and SimilarityHead'):
        model(name, frozen=NETWORKS)


def wider(tmp_path):
    return kept(model('paper', **{'audio_backbone.width': 0.25, 'cls_head.audio_channels': 128}),
                tmp_path / 'x.pth')  # fmt: skip


def other_networks(tmp_path):
    return kept(model('attention'), tmp_path / 'x.pth')


def of_authors(tmp_path):
    return random_file('ez-vsl', tmp_path / 'x.pth')


def of_torchvision(tmp_path):
    torch.save(torchvision_files.resnet18(), tmp_path / 'x.pth')
    return tmp_path / 'x.pth'


def of_nobody(tmp_path):
    torch.save({'encoder.a': torch.zeros(1)}, tmp_path / 'x.pth')
    return tmp_path / 'x.pth'


REFUSED = {
    wider: r'audio_backbone\.layers\.conv1\.conv\.weight is \(16, 1, \S+ \d+\) in the file and '
    r'\(8, 1, .*\) in the model; the file looks like one of mmssl\.AudioVisualRecognizer, expected',
    other_networks: r'backbone\.\S+ is .* one of mmssl\.AttentionLocalizer, expected a file of the',
    of_authors: r'backbone\.conv1\.conv\.weight is \(64, 3, 7, 7\) in the file and \(16, 3, 1, 7, '
    r'7\) in the model; the file looks like one of ez-vsl or fnac, expected a file',
    of_torchvision: r"holds no 'backbone', it has .*conv1, .*one of torchvision's ResNets \(tools",
    of_nobody: r"x\.pth: holds no 'backbone', it has encoder$",
}


@pytest.mark.parametrize('make', REFUSED)
def test_files_that_do_not_fit_are_refused_by_name(make, tmp_path):
    path = make(tmp_path)
    with pytest.raises(ValueError, match=REFUSED[make]) as refused:
        model('paper', path)
    assert str(refused.value).startswith(f'{path}: ')
    assert '\n' not in str(refused.value)


def test_a_released_file_is_named_where_another_model_should_load_it(tmp_path):
    content = torch.load(random_file('ez-vsl', tmp_path / 'best.pth'), weights_only=False)
    with pytest.raises(ValueError, match=r'a file of ez-vsl or fnac.*configs/ez_vsl/'):
        model('paper').load_state_dict(content)
