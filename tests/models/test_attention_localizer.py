"""The second localizer against a plain reference; what learns, and from what."""

import numpy as np
import pytest
import torch
from mmaction.registry import MODELS
from mmengine.config import Config
from mmengine.registry import init_default_scope

from mmssl.evaluation.metrics.distillation_metric import DistillationMetric
from mmssl.localization.soft_attention import (
    attended,
    boxes_to_grid,
    cosine_map,
    distance_ratio_loss,
    map_cross_entropy,
    other_sounds,
    soft_attention,
)
from mmssl.models import AttentionHead
from mmssl.models.checkpoint_names import convert_resnet18
from mmssl.structures import LocalizationDataSample

from .. import torchvision_files
from ..conftest import ROOT

pytestmark = pytest.mark.numeric


@pytest.fixture(autouse=True)
def _scope():
    init_default_scope('mmaction')


def reference(visual, query, picture, own, other, truth):
    """One clip with one picture, in loops and plain numpy, from the paper's text."""
    channels, height, width = visual.shape
    agreement = np.zeros((height, width))
    for y in range(height):
        for x in range(width):
            place = visual[:, y, x]
            lengths = np.sqrt((place**2).sum()) * np.sqrt((query**2).sum())
            agreement[y, x] = (place * query).sum() / lengths
    powers = np.exp(np.maximum(agreement, 0))
    attention = powers / powers.sum()
    focus = np.zeros(channels)
    for y in range(height):
        for x in range(width):
            focus += attention[y, x] * visual[:, y, x]
    near, far = np.sqrt(((picture - own) ** 2).sum()), np.sqrt(((picture - other) ** 2).sum())
    share = np.exp([near, far]) / np.exp([near, far]).sum()
    unsupervised = (share[0] - 0) ** 2 + (share[1] - 1) ** 2
    supervised = 0
    for y in range(height):
        for x in range(width):
            supervised -= truth[y, x] / truth.sum() * np.log(attention[y, x])
    return agreement, attention, focus, unsupervised, supervised


def test_formulas_agree_with_a_plain_reference():
    rng = np.random.default_rng(0)
    visual = rng.normal(size=(3, 6, 1, 4, 5))
    query, own, other = (rng.normal(size=(3, n)) for n in (6, 7, 7))
    picture = rng.normal(size=(3, 7))
    truth = rng.uniform(size=(3, 1, 4, 5))
    v, q, p, a, b, t = map(torch.from_numpy, (visual, query, picture, own, other, truth))
    agreement = cosine_map(v, q)
    found = (
        agreement,
        soft_attention(agreement),
        attended(v, soft_attention(agreement)),
        distance_ratio_loss(p, a, b),
        map_cross_entropy(agreement.relu(), t),
    )
    for i in range(3):
        expected = reference(visual[i, :, 0], query[i], picture[i], own[i], other[i], truth[i, 0])
        for ours, theirs in zip(found, expected):
            assert ours[i].squeeze().numpy() == pytest.approx(np.squeeze(theirs), abs=1e-6)


def test_distance_ratio_by_hand():
    picture = torch.tensor([[0.0, 0.0], [0.0, 0.0], [3.0, 4.0]])
    own = torch.tensor([[1.0, 0.0], [0.0, 9.0], [3.0, 4.0]])
    other = torch.tensor([[0.0, 1.0], [0.0, 0.0], [0.0, 0.0]])
    losses = distance_ratio_loss(picture, own, other)
    assert losses[0] == pytest.approx(0.5)  # equally far
    assert losses[1] == pytest.approx(
        2 * (1 / (1 + np.exp(-9))) ** 2, abs=1e-4
    )  # the other is here
    assert losses[2] == pytest.approx(2 * (1 / (1 + np.exp(5))) ** 2, abs=1e-4)
    # The gradient is finite where a distance is 0.
    picture.requires_grad_()
    distance_ratio_loss(picture, own, other).sum().backward()
    assert torch.isfinite(picture.grad).all()


def test_supervised_loss_is_least_where_attention_is_on_the_box():
    truth = torch.zeros(1, 1, 4, 4)
    truth[0, 0, 1, 2] = 1
    right, wrong, flat = (torch.zeros(1, 1, 4, 4) for _ in range(3))
    right[0, 0, 1, 2], wrong[0, 0, 3, 0] = 1, 1
    losses = [map_cross_entropy(a.relu(), truth).item() for a in (right, flat, wrong)]
    assert losses == sorted(losses)
    assert losses[1] == pytest.approx(np.log(16))
    # Large objects weigh no more than small ones, and negative agreement is as good as none.
    assert map_cross_entropy(right.relu(), 3 * truth).item() == pytest.approx(losses[0])
    assert map_cross_entropy((-right).relu(), truth).item() == pytest.approx(losses[1])
    with pytest.raises(ValueError, match='empty annotated map'):
        map_cross_entropy(right.relu(), 0 * truth)


def test_boxes_on_the_grid_by_hand():
    half_a_cell = boxes_to_grid(torch.tensor([[0.0, 0.0, 0.125, 0.25]]), (4, 4))
    assert half_a_cell[0, 0] == pytest.approx(0.5)
    assert half_a_cell.sum() == pytest.approx(0.5)
    two = boxes_to_grid(torch.tensor([[0, 0, 0.5, 1], [0.25, 0, 1, 0.5]]), (2, 4))
    assert two.tolist() == [[1, 1, 1, 1], [1, 1, 0, 0]]
    outside = boxes_to_grid(torch.tensor([[-5.0, -5, 0.5, 0.5], [2, 2, 3, 3]]), (2, 2))
    assert outside.tolist() == [[1, 0], [0, 0]]
    assert boxes_to_grid(torch.zeros(0, 4), (2, 3)).tolist() == [[0] * 3] * 2
    # Whatever the grid, the covered area is the box's.
    box = torch.tensor([[0.13, 0.2, 0.77, 0.91]])
    assert boxes_to_grid(box, (20, 20)).mean() == pytest.approx(0.64 * 0.71, abs=1e-6)


def test_other_sounds_are_the_next_of_another_video():
    assert other_sounds(['a', 'b', 'c']) == [1, 2, 0]
    assert other_sounds(['a', 'a', 'b', 'a']) == [2, 2, 3, 2]
    with pytest.raises(ValueError, match='expected at least two videos'):
        other_sounds(['a', 'a'])


def model(kind, **changes):
    """A small localizer or distiller; nothing is loaded."""
    (path,) = ROOT.glob(f'configs/*/{kind}_r18_soundingshapes.py')
    config = Config.fromfile(path)
    config.model.pop('weights', None)
    config.model.backbone.base_channels = config.model.audio_backbone.base_channels = 8
    config.model.cls_head.update(visual_channels=32, audio_channels=64)
    config.merge_from_dict({'model': changes})
    torch.manual_seed(0)
    return MODELS.build(config.model)


def batch(boxes=(None, None, None)):
    torch.manual_seed(1)
    inputs = {'imgs': torch.randn(3, 3, 1, 64, 64), 'audios': torch.randn(3, 1, 1, 100, 80)}
    samples = []
    for number, box in enumerate(boxes):
        sample = LocalizationDataSample(metainfo={'video_id': f'clip {number}'})
        if box is not None:
            sample.set_gt_boxes(np.array([box]))
        samples.append(sample)
    return inputs, samples


def learning(network):
    """Top parts whose parameters got a gradient that is not 0."""
    return {
        '.'.join(name.split('.')[: 2 if name.startswith('cls_head') else 1])
        for name, value in network.named_parameters()
        if value.grad is not None and value.grad.abs().sum() > 0
    }


NETWORKS = {'backbone', 'audio_backbone'}
QUERY = {'cls_head.fc_sound', 'cls_head.fc_query'}
PICTURE = {'cls_head.fc_attended', 'cls_head.fc_picture'}
BOX = (0.1, 0.2, 0.6, 0.7)


@pytest.mark.parametrize(
    ('weights', 'boxes', 'expected'),
    [
        (dict(unsupervised=1.0), (BOX, None, None), NETWORKS | QUERY | PICTURE),
        (dict(unsupervised=1.0, supervised=1.0), (BOX, None, None), NETWORKS | QUERY | PICTURE),
        (dict(supervised=1.0), (BOX, None, None), NETWORKS | QUERY),
        (dict(supervised=1.0), (None, None, None), set()),
    ],
)
def test_gradients_flow_to_what_should_learn(weights, boxes, expected):
    network = model('attention', cls_head=dict(loss_weights=weights))
    losses = network(*batch(boxes), mode='loss')
    assert set(losses) == {f'loss_{name}' for name in weights}
    sum(losses.values()).backward()
    assert learning(network) == expected
    # Distributed training wants a gradient, be it 0, of all that is trained.
    trained = [v for v in network.parameters() if v.requires_grad]
    assert all(value.grad is not None for value in trained)


def test_the_supervised_part_counts_only_clips_with_boxes():
    network = model('attention', cls_head=dict(loss_weights=dict(supervised=2.0))).eval()
    inputs, samples = batch((None, BOX, None))
    agreement = network(inputs, samples, mode='tensor', stage='head')
    truth = boxes_to_grid(torch.tensor([BOX]), agreement.shape[-2:])[None, None]
    expected = 2 * map_cross_entropy(agreement[1:2].relu(), truth).item()
    assert network.loss(inputs, samples)['loss_supervised'].item() == pytest.approx(expected)
    # A crop that lost the object leaves the clip without a box.
    inputs, samples = batch(((0, 0, 0, 0), BOX, None))
    assert network.loss(inputs, samples)['loss_supervised'].item() == pytest.approx(expected)


def test_predicted_map_is_the_sounds_own():
    """Swapping the sounds of two clips changes their maps, and to what each pair alone gives."""
    network = model('attention').eval()
    inputs, samples = batch()
    swapped = {**inputs, 'audios': inputs['audios'][[1, 0, 2]]}
    with torch.no_grad():
        maps = [s.pred_map for s in network(inputs, samples, mode='predict')]
        after = [s.pred_map for s in network(swapped, batch()[1], mode='predict')]
        pair = {'imgs': inputs['imgs'][:1], 'audios': inputs['audios'][1:2]}
        alone = network(pair, batch()[1][:1], mode='predict')[0].pred_map
    assert torch.allclose(after[0], alone, atol=1e-5)
    assert not torch.allclose(after[0], maps[0], atol=1e-3)
    assert torch.allclose(after[2], maps[2], atol=1e-6)


def test_localizer_saves_and_loads(tmp_path):
    network, other = model('attention').eval(), model('attention').eval()
    torch.nn.init.normal_(other.cls_head.fc_sound.weight)
    torch.save(network.state_dict(), tmp_path / 'weights.pth')
    other.load_state_dict(torch.load(tmp_path / 'weights.pth'))
    inputs, samples = batch()
    with torch.no_grad():
        outputs = [m(inputs, samples, mode='tensor', stage='head') for m in (network, other)]
    assert torch.equal(*outputs)


def test_localizer_wants_single_pictures():
    network = model('attention')
    inputs, samples = batch()
    inputs['imgs'] = inputs['imgs'].repeat(1, 1, 2, 1, 1)
    with pytest.raises(ValueError, match='clips have 2 pictures, expected one'):
        network(inputs, samples, mode='loss')
    with pytest.raises(ValueError, match=r"loss_weights name \['boxes'\]"):
        AttentionHead(loss_weights=dict(boxes=1))
    with pytest.raises(ValueError, match='expected one above 0'):
        AttentionHead(loss_weights=dict(supervised=0))


def test_paper_scale_localizer_has_the_grid_of_the_paper():
    network = MODELS.build(
        Config.fromfile(ROOT / 'configs/_base_/models/attention_r18.py').model
    ).eval()
    inputs = {'imgs': torch.zeros(1, 3, 1, 320, 320), 'audios': torch.zeros(1, 1, 3, 100, 80)}
    with torch.no_grad():
        (visual, audio), _ = network.extract_feat(inputs)
    assert visual.shape == (1, 512, 1, 20, 20)
    assert audio.shape[:2] == (1, 512)
    head = network.cls_head
    widths = [(m.in_features, m.out_features) for m in head.children()]
    assert widths == [(512, 1000), (1000, 512), (512, 512), (512, 1000)]


def teacher(tmp_path):
    """A checkpoint of a picture classifier that fits the small distiller."""
    config = Config.fromfile(ROOT / 'configs/audio_distiller/picture_r18_soundingshapes.py').model
    config.backbone.base_channels = 8
    config.audio_backbone.width = 1 / 8
    config.cls_head.update(visual_channels=32, audio_channels=64)
    network = MODELS.build(config)
    torch.nn.init.normal_(network.cls_head.fc_visual.weight)
    torch.save({'state_dict': network.state_dict(), 'meta': {}}, tmp_path / 'teacher.pth')
    return network, str(tmp_path / 'teacher.pth')


def test_distiller_learns_the_teachers_posterior_and_leaves_it_alone(tmp_path):
    seen, path = teacher(tmp_path)
    network = model('audio_distill', teacher=path)
    network.init_weights()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    network.train()
    inputs, samples = batch()
    optimizer = torch.optim.Adam([v for v in network.parameters() if v.requires_grad], lr=1e-2)
    losses = []
    for _ in range(12):
        loss = network(inputs, samples, mode='loss')['loss_kl']
        optimizer.zero_grad()
        loss.backward()
        assert learning(network) == {'audio_backbone', 'cls_head.fc_audio'}
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.5 * losses[0]
    for name, value in network.state_dict().items():
        if name.startswith(('backbone', 'cls_head.fc_visual')):  # statistics of batches, too
            assert torch.equal(value, before[name])
            assert torch.equal(value, seen.state_dict()[name])


def test_distillation_loss_against_numpy(tmp_path):
    _, path = teacher(tmp_path)
    network = model('audio_distill', teacher=path)
    network.init_weights()
    network.eval()
    inputs, samples = batch()
    inputs['imgs'] = torch.randn(3, 3, 2, 64, 64)
    with torch.no_grad():
        loss = network(inputs, samples, mode='loss')['loss_kl'].item()
        (visual, audio), _ = network.extract_feat(inputs)
        predicted = network(inputs, samples, mode='predict')
    head = network.cls_head

    def posterior(features, layer):
        weight, bias = (v.detach().double().numpy() for v in (layer.weight, layer.bias))
        powers = np.exp(features.double().numpy() @ weight.T + bias)
        return powers / powers.sum(-1, keepdims=True)

    seen = posterior(visual.mean((3, 4)).transpose(1, 2), head.fc_visual).mean(1)
    heard = posterior(audio.mean(2), head.fc_audio)
    expected = (seen * np.log(seen / heard)).sum(1).mean()
    assert loss == pytest.approx(expected, abs=1e-6)
    metric = DistillationMetric()
    metric.process({}, [sample.to_dict() for sample in predicted])
    metric.process({}, [{'unreadable': 'gone', 'video_id': 'x'}])
    found = metric.evaluate(4)
    assert found['distill/kl'] == pytest.approx(expected, abs=1e-5)
    assert found['distill/agreement'] == np.mean(seen.argmax(1) == heard.argmax(1))
    assert (found['distill/evaluated'], found['distill/expected']) == (3, 4)


def test_missing_and_wrong_teachers_are_named(tmp_path):
    with pytest.raises(ValueError, match='no teacher is given'):
        model('audio_distill').init_weights()
    with pytest.raises(FileNotFoundError, match=r'gone\.pth'):
        model('audio_distill', teacher=str(tmp_path / 'gone.pth')).init_weights()
    torch.save({'state_dict': {'neck.weight': torch.ones(1)}}, tmp_path / 'other.pth')
    with pytest.raises(ValueError, match=r"holds no 'backbone', it has neck"):
        model('audio_distill', teacher=str(tmp_path / 'other.pth')).init_weights()
    _, path = teacher(tmp_path)
    with pytest.raises(ValueError, match=r'backbone\.\S+ is .* in the file and .* in the model'):
        model(
            'audio_distill',
            teacher=path,
            backbone=dict(base_channels=4),
            cls_head=dict(visual_channels=16),
        ).init_weights()


def test_names_of_resnet18_agree_with_mmactions_own_loader(tmp_path):
    """MMAction2 loads the backbone of torchvision's file itself; the classifier it drops."""
    ours = MODELS.build(dict(type='ResNet', depth=18, pretrained=None))
    names = {f'backbone.{name}' for name in ours.state_dict()}
    weights = torchvision_files.resnet18()
    torch.save(weights, tmp_path / 'resnet18.pth')
    found = convert_resnet18(weights)
    assert set(found) == names | {'cls_head.fc_visual.weight', 'cls_head.fc_visual.bias'}
    theirs = MODELS.build(dict(type='ResNet', depth=18, pretrained=str(tmp_path / 'resnet18.pth')))
    theirs.init_weights()
    for name, value in theirs.state_dict().items():
        assert torch.equal(value, found[f'backbone.{name}']), name
    with pytest.raises(ValueError, match='are missing, expected the weights of a resnet18'):
        convert_resnet18({'conv1.weight': 0})
    with pytest.raises(ValueError, match='not a weight of torchvision resnet18'):
        convert_resnet18({**weights, 'layer1.0.conv3.weights': 0})
