"""The image classifier's object maps, beside the audio-visual ones."""

import re

import pytest
import torch
from mmaction.registry import MODELS
from mmengine.config import Config
from mmengine.registry import init_default_scope

from ..conftest import ROOT

pytestmark = pytest.mark.numeric

RESNET = dict(type='ResNet', depth=18, norm_eval=True)
PLACES = (
    (r'^conv1\.conv', 'conv1'),
    (r'^conv1\.bn', 'bn1'),
    (r'downsample\.conv', 'downsample.0'),
    (r'downsample\.bn', 'downsample.1'),
    (r'\.conv(\d)\.conv', r'.conv\1'),
    (r'\.conv(\d)\.bn', r'.bn\1'),
)


@pytest.fixture(autouse=True)
def _scope():
    init_default_scope('mmaction')


@pytest.fixture
def weights(tmp_path):
    """A ResNet-18 with random weights, saved under torchvision's names."""
    torch.manual_seed(3)
    network = MODELS.build(RESNET)
    network.init_weights()
    state = {}
    for name, value in network.state_dict().items():
        for pattern, replacement in PLACES:
            name = re.sub(pattern, replacement, name)
        state[name] = value
    torch.save(state, tmp_path / 'resnet18.pth')
    network.eval()  # MMAction2's ResNet returns nothing here
    return network, str(tmp_path / 'resnet18.pth')


def prior(path):
    return MODELS.build(dict(type='mmssl.ObjectPrior', backbone=dict(**RESNET, pretrained=path)))


def test_maps_are_mean_absolute_activations(weights):
    network, path = weights
    pictures = torch.rand(2, 3, 4, 64, 96) * 255
    found = prior(path)(pictures)
    assert found.shape == (2, 4, 2, 3)
    mean = torch.tensor([123.675, 116.28, 103.53]).view(3, 1, 1)
    std = torch.tensor([58.395, 57.12, 57.375]).view(3, 1, 1)
    with torch.no_grad():
        expected = network(((pictures[1, :, 2] - mean) / std)[None]).abs().mean(1)[0]
    assert torch.allclose(found[1, 2], expected, atol=1e-5)


def test_prior_stays_untrained(weights):
    module = prior(weights[1]).train()
    pictures = torch.rand(1, 3, 1, 64, 64) * 255
    assert torch.equal(module(pictures), module.eval()(pictures))
    assert not any(p.requires_grad for p in module.parameters())
    with pytest.raises(ValueError, match='object_prior: backbone ResNet has no weights'):
        prior(None)


def test_torchvisions_file_gives_the_same_maps(weights):
    pictures = torch.rand(1, 3, 1, 64, 64) * 255
    found = MODELS.build(dict(type='mmssl.ObjectPrior', weights=weights[1]))(pictures)
    assert torch.equal(found, prior(weights[1])(pictures))


def test_recognizer_adds_object_maps_of_its_pictures(weights):
    """The prior sees the pictures as they were before the video network's normalization."""
    settings = Config.fromfile(ROOT / 'configs/mmssl_soundingshapes.py').model
    settings.object_prior = dict(
        type='mmssl.ObjectPrior', backbone=dict(**RESNET, pretrained=weights[1])
    )
    model = MODELS.build(settings).eval()
    pictures = torch.randint(0, 256, (3, 20, 112, 112), dtype=torch.uint8)
    from mmssl.structures import LocalizationDataSample

    batch = {
        'inputs': {'imgs': [pictures], 'audios': [torch.zeros(1, 2, 100, 80)]},
        'data_samples': [LocalizationDataSample()],
    }
    with torch.no_grad():
        sample = model.test_step(batch)[0]
        expected = model.object_prior(pictures[None].float())[0]
    assert sample.pred_object_map.shape == (20, 4, 4)
    assert torch.allclose(sample.pred_object_map, expected, atol=1e-3)
    with pytest.raises(ValueError, match=r'expected \(T, h, w\)'):
        sample.set_pred_object_map(torch.zeros(4, 4))
