"""Quicker inference of networks that take pictures or spectrograms one by one: the same results."""

import copy

import pytest
import torch
from mmcv.cnn import ConvModule
from torch import nn

from mmssl.models import features
from mmssl.models.features import features_of
from mmssl.models.fusion import fuse_normalization

from .. import zoo


def counting(network):
    """A network, and the list of the sizes of the batches that it is given."""
    sizes = []

    def counted(items):
        sizes.append(len(items))
        return network(items)

    return counted, sizes


def test_equal_neighbours_go_through_the_network_once():
    items = torch.rand(4, 3, 8, 8)[[0, 0, 1, 2, 2, 2, 0]]
    network, sizes = counting(lambda batch: batch.mean((2, 3)))
    assert torch.equal(features_of(network, items), items.mean((2, 3)))
    assert sizes == [4]


def test_a_network_is_given_few_pictures_at_a_time(monkeypatch):
    monkeypatch.setattr(features, '_PIXELS', 3 * 64)
    items = torch.rand(7, 2, 8, 8)
    network, sizes = counting(lambda batch: batch * 2)
    assert torch.equal(features_of(network, items), items * 2)
    assert sizes == [3, 3, 1]
    features_of(network, torch.rand(2, 2, 80, 80))  # larger than that, one by one
    assert sizes[3:] == [1, 1]


def test_batch_normalization_sees_the_whole_batch_in_training(monkeypatch):
    monkeypatch.setattr(features, '_PIXELS', 1)
    network = zoo.built('ez-vsl')
    given, sizes = counting(lambda items: items)
    for training, expected in ((True, [4]), (False, [1, 1, 1, 1])):
        network.train(training).each_features(given, torch.rand(4, 3, 8, 8))
        assert sizes == expected
        sizes.clear()


def settled(module):
    """A module in evaluation mode whose normalization does something."""
    torch.manual_seed(0)
    for norm in module.modules():
        if isinstance(norm, nn.BatchNorm2d):
            for values in (norm.weight.data, norm.bias.data, norm.running_mean):
                values.normal_()
            norm.running_var.uniform_(0.5, 2)
    return module.eval()


def test_fused_normalization_gives_the_same_features():
    network = settled(zoo.built('ez-vsl')).backbone
    fused = copy.deepcopy(network)
    fuse_normalization(fused)
    assert not any(isinstance(module, nn.BatchNorm2d) for module in fused.modules())
    pictures = torch.rand(2, 3, 64, 64)
    with torch.no_grad():
        expected, found = network(pictures), fused(pictures)
    assert float((found - expected).abs().max()) < 1e-5 * float(expected.abs().max())


@pytest.mark.parametrize('order', [('norm', 'conv', 'act'), ('conv', 'act', 'norm')])
def test_normalization_of_anything_else_stays(order):
    module = settled(ConvModule(4, 4, 3, norm_cfg=dict(type='BN'), order=order))
    other = settled(nn.Sequential(nn.Conv2d(4, 4, 3), nn.ReLU(), nn.BatchNorm2d(4)))
    items = torch.rand(2, 4, 8, 8)
    for kept in (module, other):
        expected = kept(items)
        fuse_normalization(kept)
        assert torch.equal(kept(items), expected)
