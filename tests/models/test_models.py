"""Networks, head and recognizer."""

import numpy as np
import pytest
import torch
from mmaction.models.data_preprocessors import ActionDataPreprocessor
from mmaction.registry import MODELS
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmengine.runner.checkpoint import load_state_dict
from torch import nn

from mmssl.localization import ATTENTION_MODES
from mmssl.models import AudioConvNet, AudioVisualHead, ClipPreprocessor
from mmssl.models.checkpoint_names import convert_mc3_18, to_mmaction, to_torchvision
from mmssl.models.features import on_one_clock
from mmssl.structures import LocalizationDataSample

from ..conftest import ROOT

pytestmark = pytest.mark.numeric

#: Table 1a: channels, time, mel after every layer, for one chunk.
TABLE_1A = {
    'conv1': (64, 50, 80),
    'conv2': (64, 50, 40),
    'maxpool2': (64, 50, 19),
    'conv3': (192, 50, 19),
    'maxpool3': (192, 24, 9),
    'conv4': (256, 24, 9),
    'conv5': (256, 24, 9),
    'conv6': (256, 24, 9),
    'maxpool6': (256, 11, 4),
    'conv7': (512, 10, 1),
    'fc8': (512, 10, 1),
    'fc9': (512, 10, 1),
}


@pytest.fixture(autouse=True)
def _scope():
    init_default_scope('mmaction')


def build(config='configs/_base_/models/mmssl_mc3.py', **changes):
    network = make(config, **changes)
    network.init_weights()
    return network


def make(config='configs/_base_/models/mmssl_mc3.py', **changes):
    model = Config.fromfile(ROOT / config).model
    model.backbone.base_channels = 8
    model.audio_backbone.width = 1 / 8
    model.cls_head.update(num_classes=5, visual_channels=64, audio_channels=64)
    model.merge_from_dict(changes) if hasattr(model, 'merge_from_dict') else model.update(changes)
    return MODELS.build(model)


def batch(count=2, steps=10, size=32):
    torch.manual_seed(0)
    inputs = {
        'imgs': torch.randn(count, 3, steps, size, size),
        'audios': torch.randn(count, 1, steps // 10, 100, 80),
    }
    samples = [LocalizationDataSample().set_gt_label(i % 5) for i in range(count)]
    return inputs, samples


@pytest.mark.parametrize('width', [1, 0.25])
def test_audio_network_has_the_shapes_of_table_1a(width):
    network = AudioConvNet(width).eval()
    seen = {}
    for name, layer in network.layers.named_children():
        layer.register_forward_hook(
            lambda _, __, output, name=name: seen.update({name: tuple(output.shape)})
        )
    features = network(torch.randn(2, 1, 10, 100, 80))
    assert features.shape == (2, round(512 * width), 100, 1)
    expected = {n: (20, round(c * width), t, f) for n, (c, t, f) in TABLE_1A.items()}
    assert seen == expected


def test_audio_network_equals_three_dimensional_convolutions():
    """Table 1a as printed, kernels (1, k, k) over (chunk, time, mel)."""
    network = AudioConvNet(1 / 16).eval()
    audios = torch.randn(2, 1, 3, 100, 80)
    x = audios
    for name, layer in network.layers.named_children():
        if name.startswith('maxpool'):
            kernel, stride = (
                (v, v) if isinstance(v, int) else v for v in (layer.kernel_size, layer.stride)
            )
            x = nn.functional.max_pool3d(x, (1, *kernel), (1, *stride))
        else:
            conv = layer.conv
            x = nn.functional.conv3d(
                x, conv.weight[:, :, None], None, (1, *conv.stride), (0, *conv.padding)
            )
            x = torch.relu(
                nn.functional.batch_norm(
                    x, layer.bn.running_mean, layer.bn.running_var, layer.bn.weight, layer.bn.bias
                )
            )
    expected = x.flatten(2, 3)  # chunks x 10 steps
    assert torch.allclose(network(audios), expected, atol=1e-4)


def test_audio_network_refuses_other_shapes():
    with pytest.raises(ValueError, match=r'\(2, 1, 10, 100, 64\), expected'):
        AudioConvNet(1 / 16)(torch.randn(2, 1, 10, 100, 64))
    with pytest.raises(ValueError, match='multiple of 100 rows'):
        AudioConvNet(1 / 16)(torch.randn(2, 1, 150, 80))


def test_video_network_is_mc3_18():
    config = Config.fromfile(ROOT / 'configs/_base_/models/mmssl_mc3.py').model.backbone
    network = MODELS.build(config)
    network.eval()
    assert sum(p.numel() for p in network.parameters()) == pytest.approx(11.49e6, rel=1e-3)
    with torch.no_grad():
        assert network(torch.zeros(1, 3, 4, 112, 112)).shape == (1, 512, 4, 7, 7)


def torchvision_names():
    """Keys of torchvision's mc3_18, written from its module structure."""
    norm = ('weight', 'bias', 'running_mean', 'running_var', 'num_batches_tracked')
    names = ['stem.0.weight', *(f'stem.1.{n}' for n in norm), 'fc.weight', 'fc.bias']
    for layer in range(1, 5):
        for block in range(2):
            parts = ['conv1', 'conv2'] + ['downsample'] * (layer > 1 and block == 0)
            for part in parts:
                names.append(f'layer{layer}.{block}.{part}.0.weight')
                names += [f'layer{layer}.{block}.{part}.1.{n}' for n in norm]
    return names


def test_names_of_mc3_18_map_both_ways_without_rest():
    network = MODELS.build(
        Config.fromfile(ROOT / 'configs/_base_/models/mmssl_mc3.py').model.backbone
    )
    ours, theirs = set(network.state_dict()), set(torchvision_names())
    assert {to_mmaction(n) for n in theirs} - {None} == ours
    assert {to_torchvision(n) for n in ours} == theirs - {'fc.weight', 'fc.bias'}
    weights = {n: torch.full_like(v, 0.5) for n, v in network.state_dict().items()}
    file = {to_torchvision(n): v for n, v in weights.items()}
    result = network.load_state_dict(convert_mc3_18({**file, 'fc.weight': torch.ones(1)}))
    assert not result.missing_keys
    assert not result.unexpected_keys
    with pytest.raises(ValueError, match='not a weight of torchvision mc3_18'):
        to_mmaction('encoder.weight')


@pytest.mark.parametrize('fc', ['individual', 'shared', 'joint'])
def test_training_step_reaches_every_parameter(fc):
    network = build(
        cls_head=dict(
            type='mmssl.AudioVisualHead',
            num_classes=5,
            visual_channels=64,
            audio_channels=64,
            fc=fc,
        )
    )
    losses = network(*batch(), mode='loss')
    total = sum(v for k, v in losses.items() if 'loss' in k)
    assert torch.isfinite(total)
    total.backward()
    assert not [n for n, p in network.named_parameters() if p.grad is None or not p.grad.any()]
    heads = ['av'] if fc == 'joint' else ['audio', 'av', 'visual']
    assert sorted(k for k in losses if k.startswith('loss')) == [f'loss_{h}' for h in heads]


def test_saved_and_loaded_weights_give_equal_output(tmp_path):
    network, other = build().eval(), build().eval()
    torch.save(network.state_dict(), tmp_path / 'w.pth')
    other.load_state_dict(torch.load(tmp_path / 'w.pth', weights_only=True))
    inputs, samples = batch()
    first = network(inputs, samples, mode='predict')
    second = other(inputs, batch()[1], mode='predict')
    for a, b in zip(first, second):
        assert torch.equal(a.pred_map, b.pred_map)
        assert torch.equal(a.pred_score['av'], b.pred_score['av'])


@pytest.mark.parametrize('load', [load_state_dict, lambda net, state: net.load_state_dict(state)])
@pytest.mark.parametrize('other', [{'fc': 'joint'}, {'num_classes': 4}])
def test_weights_of_another_head_are_refused(load, other):
    network, twin = build(), build()
    before = network.state_dict()['backbone.conv1.conv.weight'].clone()
    different = AudioVisualHead(
        **{'num_classes': 5, **other}, visual_channels=64, audio_channels=64
    )
    state = {k: v for k, v in twin.state_dict().items() if not k.startswith('cls_head')}
    state.update({f'cls_head.{k}': v for k, v in different.state_dict().items()})
    with pytest.raises(ValueError, match=r'another head: cls_head\.fc_\S+ is .* in the model'):
        load(network, state)
    assert torch.equal(network.state_dict()['backbone.conv1.conv.weight'], before)


@pytest.mark.parametrize('load', [load_state_dict, lambda net, state: net.load_state_dict(state)])
def test_weights_of_something_else_are_refused(load):
    with pytest.raises(ValueError, match=r'no weight of this model: it has encoder\.a \.\.\.'):
        load(build(), {'encoder.a': torch.zeros(1)})


def test_weights_without_a_head_are_those_of_backbones():
    network, twin = build(), build()
    state = {k: v for k, v in twin.state_dict().items() if not k.startswith('cls_head')}
    load_state_dict(network, state)
    assert torch.equal(network.backbone.conv1.conv.weight, twin.backbone.conv1.conv.weight)


@pytest.mark.parametrize('fc', ['individual', 'shared', 'joint'])
def test_prediction_fields(fc):
    head = AudioVisualHead(5, 6, 6, fc=fc)
    visual, audio = torch.randn(2, 6, 20, 3, 4), torch.randn(2, 6, 20)
    samples = head.predict((visual, audio), [LocalizationDataSample() for _ in range(2)])
    for sample in samples:
        assert sample.pred_map.shape == (20, 3, 4)
        assert set(sample.pred_score) == ({'av'} if fc == 'joint' else {'av', 'audio', 'visual'})
        for name, scores in sample.pred_step_scores.items():
            assert scores.shape == (20, 5)
            assert scores.sum(1).allclose(torch.ones(20))
            assert sample.pred_score[name].shape == (5,)


@pytest.mark.parametrize('fc', ['individual', 'shared', 'joint'])
def test_mean_of_step_logits_is_the_clip_logit(fc):
    head = AudioVisualHead(5, 6, 6, fc=fc)
    visual, audio = torch.randn(2, 6, 20, 3, 4), torch.randn(2, 6, 20)
    steps = head._logits(visual.mean((3, 4)).transpose(1, 2), audio.transpose(1, 2))
    for name, logits in head((visual, audio)).items():
        assert torch.allclose(steps[name].mean(1), logits, atol=1e-5)


def test_joint_head_parts_add_up_to_its_logit():
    head = AudioVisualHead(5, 6, 4, fc='joint')
    visual, audio = torch.randn(3, 6), torch.randn(3, 4)
    (weight, bias), audio_layer = head._layers()
    parts = visual @ weight.T + bias + torch.nn.functional.linear(audio, *audio_layer)
    assert torch.allclose(parts, head._logits(visual, audio)['av'], atol=1e-6)


def test_loss_weights_scale_losses_and_zero_silences():
    torch.manual_seed(0)
    head = AudioVisualHead(5, 6, 6)
    feats = torch.randn(2, 6, 4, 3, 3), torch.randn(2, 6, 4)
    samples = batch()[1]
    before = head.loss(feats, samples)
    head.loss_weights.update(audio=0.5, visual=0.0)
    after = head.loss(feats, samples)
    assert after['loss_audio'] == before['loss_audio'] / 2
    assert after['loss_visual'] == 0
    assert after['loss_av'] == before['loss_av']


def test_head_refuses_contradictions():
    with pytest.raises(ValueError, match="fc is 'single'"):
        AudioVisualHead(5, fc='single')
    with pytest.raises(ValueError, match='6 visual and 4 audio'):
        AudioVisualHead(5, 6, 4, fc='shared')
    with pytest.raises(ValueError, match=r"loss_weights name \['video'\]"):
        AudioVisualHead(5, loss_weights=dict(video=1))
    with pytest.raises(ValueError, match='num_classes is 0, expected at least 1'):
        AudioVisualHead(0)


WRONG_ATTENTION = {
    'mode': ('logits', r"attention mode is 'logits', .*, did you mean logit\?"),
    'context': (4, 'context is 4 steps, expected a positive odd number'),
    'visual_context': ('abc', "context is 'abc' steps, expected a positive odd number"),
    'contxt': (5, r"attention has 'contxt', expected some of .*, did you mean context\?"),
}


@pytest.mark.parametrize('name', WRONG_ATTENTION)
def test_attention_is_checked_when_the_head_is_made(name):
    value, said = WRONG_ATTENTION[name]
    with pytest.raises(ValueError, match=said):
        AudioVisualHead(5, attention={name: value})


def test_cosine_attention_needs_features_of_one_width():
    AudioVisualHead(5, 6, 6, attention=dict(mode='cosine'))
    with pytest.raises(ValueError, match='6 visual and 4 audio channels; take a class-space mode'):
        AudioVisualHead(5, 6, 4, attention=dict(mode='cosine'))


@pytest.mark.parametrize('network', ['backbone', 'audio_backbone'])
def test_a_head_of_other_widths_is_refused_before_the_first_step(network):
    name = {'backbone': 'visual_channels', 'audio_backbone': 'audio_channels'}[network]
    widths = {'visual_channels': 64, 'audio_channels': 64, name: 9}
    model = make(cls_head=dict(type='mmssl.AudioVisualHead', num_classes=5, **widths))
    state = {key: value.clone() for key, value in model.state_dict().items()}
    modes = [module.training for module in model.modules()]
    random = torch.get_rng_state()
    with pytest.raises(ValueError, match=f'{network} gives 64 channels, .*{name} is 9: set .*=64'):
        model.init_weights()
    # The trial leaves no trace.
    assert all(torch.equal(value, state[key]) for key, value in model.state_dict().items())
    assert [module.training for module in model.modules()] == modes
    assert torch.equal(torch.get_rng_state(), random)
    inputs, _ = batch()
    with pytest.raises(ValueError, match=f'{network} gives 64 channels'):
        model.extract_feat(inputs)


def test_parts_that_the_model_lacks_are_refused():
    for settings in (dict(frozen=['backbon']), dict(weights=dict(backbon='x.pth'))):
        with pytest.raises(ValueError, match=r"name 'backbon', .* did you mean backbone\?"):
            build(**settings)


def test_fewer_visual_steps_stand_for_the_steps_nearest_to_them():
    visual = torch.arange(3.0).view(1, 1, 3, 1, 1)
    aligned, _ = on_one_clock(visual, torch.zeros(1, 1, 12))
    assert aligned.flatten().tolist() == [0] * 4 + [1] * 4 + [2] * 4


def test_channels_last_changes_no_result():
    torch.manual_seed(1)
    plain, fast = build(channels_last=False).eval(), build(channels_last=True).eval()
    fast.load_state_dict(plain.state_dict())
    inputs, _ = batch()
    with torch.no_grad():
        for a, b in zip(plain.extract_feat(inputs)[0], fast.extract_feat(inputs)[0]):
            assert torch.allclose(a, b, atol=1e-4)


BACKBONES = {
    'slowonly': (
        dict(
            type='ResNet3dSlowOnly',
            depth=18,
            pretrained=None,
            lateral=False,
            base_channels=8,
            conv1_kernel=(1, 7, 7),
            conv1_stride_t=1,
            pool1_stride_t=1,
            inflate=(0, 0, 1, 1),
        ),
        64,
        '3d',
    ),
    'swin': (
        dict(
            type='SwinTransformer3D',
            arch=dict(embed_dims=16, depths=[1, 1, 1, 1], num_heads=[1, 2, 4, 8]),
            patch_size=(2, 4, 4),
            window_size=(4, 7, 7),
        ),
        128,
        '3d',
    ),
    'resnet-2d': (dict(type='ResNet', depth=18, pretrained=None), 512, '2d'),
}


@pytest.mark.parametrize(
    ('shapes', 'settings'),
    [
        ([(3, 5, 6, 4)] * 2, dict(mean=[110.2, 100.6, 96.0], std=[58.1, 56.5, 55.3])),
        ([(1, 2, 100, 80)] * 2, dict(mean=[-6.0], std=[3.0])),
        ([(3, 5, 6, 4), (3, 7, 6, 4)], dict(mean=[1.0, 2, 3], std=[4.0, 5, 6])),
        ([(3, 5, 6, 4)] * 2, dict(mean=[1.0, 2, 3], std=[4.0, 5, 6], to_rgb=True)),
        ([(3, 5, 6, 4)] * 2, dict()),
    ],
    ids=['pictures', 'sound', 'of unequal lengths', 'bgr', 'as they are'],
)
def test_batches_are_normalized_as_mmaction_does(shapes, settings):
    rng = np.random.default_rng(0)
    innermost = [rng.integers(0, 256, (*shape[1:], shape[0]), np.uint8) for shape in shapes]
    inputs = [torch.from_numpy(values).movedim(-1, 0) for values in innermost]
    if len(settings.get('mean', ())) == 1:
        inputs = [sample.float() for sample in inputs]
    before = [sample.clone() for sample in inputs]
    settings = dict(format_shape='NCTHW', **settings)
    expected, _ = ActionDataPreprocessor(**settings).preprocess(inputs, [])
    found, samples = ClipPreprocessor(**settings).preprocess(inputs, ['a', 'b'])
    assert torch.equal(found, expected)
    assert found.dtype == expected.dtype
    assert samples == ['a', 'b']
    # In place, but not in the samples.
    assert all(torch.equal(sample, kept) for sample, kept in zip(inputs, before))


@pytest.mark.parametrize('name', sorted(BACKBONES))
def test_other_video_backbones_go_in_by_config(name):
    backbone, channels, frames = BACKBONES[name]
    model = Config.fromfile(ROOT / 'configs/_base_/models/mmssl_mc3.py').model
    model.backbone = backbone
    model.audio_backbone.width = 1 / 8
    model.frames = frames
    model.cls_head.update(num_classes=5, visual_channels=channels, audio_channels=64)
    network = MODELS.build(model)
    inputs, samples = batch(size=64)
    sum(v for k, v in network(inputs, samples, mode='loss').items() if 'loss' in k).backward()
    network.eval()
    with torch.no_grad():
        predicted = network(inputs, samples, mode='predict')
    assert predicted[0].pred_map.shape[0] == 10
    assert torch.isfinite(predicted[0].pred_map).all()


def test_another_audio_backbone_goes_in_by_config():
    model = Config.fromfile(ROOT / 'configs/_base_/models/mmssl_mc3.py').model
    model.backbone.base_channels = 8
    model.audio_backbone = dict(type='ResNetAudio', depth=50, pretrained=None, in_channels=1)
    model.chunks = 'merged'
    model.cls_head.update(num_classes=5, visual_channels=64, audio_channels=1024)
    network = MODELS.build(model).eval()
    inputs, samples = batch(steps=20)
    with torch.no_grad():
        assert network(inputs, samples, mode='predict')[0].pred_map.ndim == 3


def test_audio_network_serves_mmactions_audio_recognizer():
    network = MODELS.build(
        dict(
            type='RecognizerAudio',
            backbone=dict(type='mmssl.AudioConvNet', width=1 / 8),
            cls_head=dict(type='TSNAudioHead', num_classes=5, in_channels=64, average_clips='prob'),
        )
    )
    inputs = torch.randn(2, 1, 1, 300, 80)  # N, clips, 1, rows, bands
    samples = batch()[1]
    losses = network(inputs, samples, mode='loss')
    assert torch.isfinite(losses['loss_cls'])
    network.eval()
    assert network(inputs, samples, mode='predict')[0].pred_score.shape == (5,)


def test_a_new_attention_mode_goes_in_by_name(monkeypatch):
    def audio_only(inputs):
        sure = inputs.audio_logits.softmax(1).amax(1)
        return sure[..., None, None].expand(inputs.visual_logits[:, 0].shape)

    monkeypatch.setitem(ATTENTION_MODES, 'audio-only', audio_only)
    network = build(
        cls_head=dict(
            type='mmssl.AudioVisualHead',
            num_classes=5,
            visual_channels=64,
            audio_channels=64,
            attention=dict(mode='audio-only', context=5),
        )
    ).eval()
    inputs, samples = batch()
    maps = network(inputs, samples, mode='predict')[0].pred_map
    assert (maps == maps[:, :1, :1]).all()
