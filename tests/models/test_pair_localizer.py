"""Published localizers: numbers of their authors' code, formulas by hand, released files."""

import json
import pickle

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.registry import MODELS, init_default_scope
from torch.nn.functional import cosine_similarity, normalize

from mmssl.apis import SoundLocalizationInferencer
from mmssl.apis.load import load_localizer
from mmssl.apis.model_index import find_model
from mmssl.datasets import WindowPipeline
from mmssl.localization.contrastive import (
    agreement_loss,
    false_negative_losses,
    hard_way_logits,
    matching_loss,
)
from mmssl.localization.picture_transform import PictureTransform
from mmssl.media import ArrayClip, Clip
from mmssl.models import SimilarityHead
from mmssl.models.released import candidates
from mmssl.structures import LocalizationDataSample

from .. import zoo
from ..zoo import METHODS, NEEDED


def batch_of(method, inputs, folder):
    """Normalized inputs of a batch, through the config's own pipeline."""
    network = zoo.built(method)
    file = zoo.rule_file(method, folder / 'file.pth')
    network.load_state_dict(torch.load(file, weights_only=False))
    config = Config.fromfile(find_model(method).config)
    pipeline = WindowPipeline(config.test_dataloader.dataset.pipeline)
    items = [pipeline(Clip(*zoo.rule_inputs(given, folder)), 0, 1) for given in inputs]
    packed = {key: [item[key] for item in items] for key in ('imgs', 'audios')}
    data = network.data_preprocessor({'inputs': packed, 'data_samples': []}, False)
    return network, data['inputs']


@pytest.mark.numeric
@pytest.mark.published(NEEDED)
@pytest.mark.parametrize('method', METHODS)
def test_maps_are_those_of_the_authors_code(method, tmp_path):
    """Through the call that users make: name, file, picture and sound."""
    file = zoo.rule_file(method, tmp_path / 'best.pth')
    localize = SoundLocalizationInferencer(method, file, show_progress=False)
    for known in zoo.golden(method)['inputs']:
        results = localize(zoo.rule_inputs(known['input'], tmp_path))
        assert not results['failed']
        values = np.array(known['map_raw']['values'])
        maps = results['predictions'][0]['maps']
        assert maps.shape == (1, *values.shape)
        assert np.abs(maps[0] - values).max() < 1e-4 * np.ptp(values)


@pytest.mark.numeric
@pytest.mark.published(NEEDED)
@pytest.mark.parametrize('method', [name for name in METHODS if name != 'alignment'])
def test_losses_are_those_of_the_authors_code(method, tmp_path):
    known = zoo.golden(method)['loss']
    network, inputs = batch_of(method, known['inputs'], tmp_path)
    with torch.no_grad():
        feats, _ = network.extract_feat(inputs)
        maps = network.localize(inputs).maps[:, 0].numpy()
        losses = network.cls_head.loss(feats, targets=network.targets(inputs))
    assert maps == pytest.approx(np.array(known['maps']), abs=1e-4 * np.ptp(known['maps']))
    total = sum(float(value) for value in losses.values())
    assert total == pytest.approx(known.get('contrastive_loss', known.get('loss')), rel=1e-5)
    if method == 'ssl-tie':
        for case in known['equivariance']:
            drawn = tuple(case['angles_degrees']), case['scale'], case['horizontal_flip']
            transform = PictureTransform(*drawn)
            with torch.no_grad():
                found = network.transformed_losses(inputs['imgs'], feats, losses, transform)
            assert sum(map(float, found.values())) == pytest.approx(case['loss'], rel=1e-5)


@pytest.mark.numeric
@pytest.mark.published(NEEDED)
def test_momentum_moves_before_it_is_the_target(tmp_path):
    known = zoo.golden('slavc')['loss']
    network, inputs = batch_of('slavc', known['inputs'], tmp_path)
    moved = known['after_one_momentum_update']
    network.train()
    for module in network.modules():  # batch norms stay as in the authors' run
        if isinstance(module, torch.nn.BatchNorm2d | torch.nn.Dropout):
            module.eval()
    losses = network.loss(inputs, [])
    assert float(losses['loss_contrastive']) == pytest.approx(moved['loss'], rel=1e-5)
    copies = network.momentum_copies['audio_backbone']
    values = copies.layer4[1].conv2.bn.weight.flatten()[:4].tolist()
    assert values == pytest.approx(moved['first_values']['momentum_audnet.layer4.1.bn2.weight'])


@pytest.mark.published(NEEDED)
@pytest.mark.parametrize('method', METHODS)
def test_pictures_and_spectrograms_are_those_of_the_authors(method, tmp_path):
    config = Config.fromfile(find_model(method).config)
    pipeline = WindowPipeline(config.test_dataloader.dataset.pipeline)
    mean, std = np.array([123.675, 116.28, 103.53]), np.array([58.395, 57.12, 57.375])
    for known in zoo.golden(method)['inputs']:
        item = pipeline(Clip(*zoo.rule_inputs(known['input'], tmp_path)), 0, 1)
        picture = (item['imgs'][:, 0].permute(1, 2, 0).numpy() - mean) / std
        at = known['image']['at']
        expected = np.array(known['image']['samples']).transpose(1, 2, 0)
        assert picture[np.ix_(at, at)] == pytest.approx(expected, abs=2e-6)
        heard = known['spectrogram']
        values = item['audios'][0, 0].numpy()
        assert list(values.shape) == heard['shape'][1:]
        tolerance = 1e-3 if method == 'ssl-tie' else 1e-6
        part = values[np.ix_(heard['rows'], heard['columns'])]
        assert part == pytest.approx(np.array(heard['samples']), abs=tolerance)


def pairs(count=3, channels=4, places=6, seed=0):
    torch.manual_seed(seed)
    pictures = normalize(torch.randn(count, channels, places).abs(), dim=1)
    return pictures, normalize(torch.randn(count, channels).abs(), dim=1)


def test_the_matching_loss_by_hand():
    pictures, sounds = pairs()
    logits = np.array(
        [
            [max(float(p[:, i] @ s) for i in range(p.shape[1])) / 0.03 for s in sounds]
            for p in pictures
        ]
    )

    def entropy(rows):
        return np.mean([np.log(np.exp(row - row[n]).sum()) for n, row in enumerate(rows)])

    expected = entropy(logits) + entropy(logits.T)
    assert float(matching_loss(pictures, sounds, 0.03)) == pytest.approx(expected, rel=1e-5)


def test_the_agreement_loss_is_small_where_both_branches_agree_on_the_pair():
    pictures, sounds = pairs(channels=8)
    aligned = pictures.clone()
    aligned[:, :, 0] = sounds  # the first place of each picture is its sound

    def loss(heard):
        return agreement_loss((aligned,) * 2, (heard,) * 2, (*(aligned,) * 2, *(heard,) * 2), 0.03)

    good, bad = loss(sounds), loss(sounds.roll(1, 0))
    assert 0 <= float(good) < float(bad)


def test_false_negatives_cost_nothing_where_all_similarities_are_equal():
    pictures, sounds = pairs(count=2)
    same = sounds[:1].expand(2, -1)
    shown = same[:, :, None].expand(-1, -1, pictures.shape[2])
    terms = false_negative_losses(shown, same, 0.03)
    assert float(terms['fns1']) == float(terms['fns2']) == pytest.approx(0, abs=1e-6)


def test_the_own_pair_takes_no_part_among_the_others():
    pictures, sounds = pairs(count=4)
    logits = hard_way_logits(pictures, sounds)
    assert logits.shape == (4, 6)
    assert (torch.diagonal(logits[:, 1:5]) < 0).all()
    assert logits[:, 0] == pytest.approx(torch.diagonal(logits[:, 1:5]) / -99, rel=1e-4)


def test_a_transformed_map_moves_as_its_picture():
    """Mirrored: exactly; turned by nothing and halved: the middle, halved again."""
    values = torch.rand(2, 1, 224, 224)
    assert torch.allclose(
        PictureTransform((0, 0), mirrored=True)(values), values.flip(3), atol=1e-4
    )
    halved = PictureTransform((0, 0), 0.5)(values)
    assert halved.shape == (2, 1, 112, 112)
    assert halved[..., :26].max() == 0  # outside of the frame that was drawn at half size


def test_the_map_is_the_cosine_of_each_place():
    head = SimilarityHead(channels=5, projections=0, tau=0.5, loss='lvs')
    visual, audio = torch.randn(2, 5, 3, 4, 6), torch.randn(2, 5, 3)
    maps = head.localize((visual, audio)).maps
    assert maps.shape == (2, 3, 4, 6)
    expected = cosine_similarity(visual[1, :, 2, 3, 5], audio[1, :, 2], dim=0) / 0.5
    assert float(maps[1, 2, 3, 5]) == pytest.approx(float(expected), rel=1e-5)


@pytest.mark.parametrize(
    ('settings', 'message'),
    [
        (dict(loss='contrast'), "loss is 'contrast', expected one of"),
        (dict(loss='slavc'), "'slavc' needs two"),
        (dict(projections=2), "'slavc' needs two"),
    ],
)
def test_settings_that_fit_nothing_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        SimilarityHead(**settings)


@pytest.fixture(scope='module')
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp('released')
    return {name: zoo.random_file(name, folder / f'{name}.pth') for name in METHODS}


def test_files_are_told_apart_by_their_keys(files):
    told = {name: candidates(torch.load(path)) for name, path in files.items()}
    both = ('ez-vsl', 'fnac')
    assert told == {**{name: (name,) for name in METHODS}, 'ez-vsl': both, 'fnac': both}


def test_a_file_alone_is_loaded_where_its_keys_are_of_one_method(files):
    for name in ('slavc', 'lvs', 'alignment', 'ssl-tie'):
        model = load_localizer(files[name], device='cpu')
        assert model.network.method == name
        assert model.classes is None
    with pytest.raises(ValueError, match=r'ez-vsl or fnac, say which \(--model ez-vsl\)'):
        load_localizer(files['ez-vsl'], device='cpu')


def test_a_file_of_another_method_is_refused_by_name(files):
    with pytest.raises(ValueError, match='looks like one of slavc, expected one of lvs'):
        load_localizer('lvs', files['slavc'], device='cpu')


def changed(path, out, change):
    content = torch.load(path)
    change(content)
    torch.save(content, out)
    return out


def test_missing_weights_are_refused_by_name(files, tmp_path):
    def drop(content):
        del content['model']['img_proj.bias']

    file = changed(files['ez-vsl'], tmp_path / 'a.pth', drop)
    with pytest.raises(ValueError, match=r'lacks 1 weights, such as cls_head\.visual_projections'):
        load_localizer('ez-vsl', file, device='cpu')


def test_further_weights_of_a_file_are_left_out(files, tmp_path):
    def add(content):
        content['model']['imgnet.attention.weight'] = torch.zeros(3)

    file = changed(files['ez-vsl'], tmp_path / 'a.pth', add)
    assert load_localizer('ez-vsl', file, device='cpu').network.method == 'ez-vsl'


@pytest.mark.parametrize('prefix', ['', 'module.', 'module.module.'])
def test_prefixes_of_parallel_trainings_come_off(files, tmp_path, prefix):
    def rename(content):
        content['model'] = {f'{prefix}{key}': value for key, value in content['model'].items()}

    file = changed(files['ez-vsl'], tmp_path / 'a.pth', rename)
    first, second = (load_localizer('ez-vsl', f, device='cpu') for f in (files['ez-vsl'], file))
    for name, value in first.network.state_dict().items():
        assert torch.equal(value, second.network.state_dict()[name]), name


def test_old_files_and_numpys_scalars_load(files, tmp_path):
    content = torch.load(files['lvs'])
    content.update(best_miou=np.float64(0.5), best_cIoU=np.float32(1))
    torch.save(content, tmp_path / 'old.pth', _use_new_zipfile_serialization=False)
    assert load_localizer('lvs', tmp_path / 'old.pth', device='cpu').network.method == 'lvs'


def test_a_file_that_would_run_code_is_refused(files, tmp_path):
    class Evil:
        def __reduce__(self):
            return print, ('run',)

    content = torch.load(files['lvs'])
    torch.save({**content, 'args': Evil()}, tmp_path / 'evil.pth')
    with pytest.raises(pickle.UnpicklingError, match='refused, because it would call'):
        load_localizer('lvs', tmp_path / 'evil.pth', device='cpu')


def test_a_still_has_one_map_and_a_video_one_a_step(files):
    model = load_localizer('slavc', files['slavc'], device='cpu')
    rng = np.random.default_rng(0)
    frames = rng.integers(0, 255, (20, 60, 80, 3), dtype=np.uint8)
    samples = rng.uniform(-0.5, 0.5, 32000).astype(np.float32)
    clip = ArrayClip(frames, samples)
    moving = SoundLocalizationInferencer(model, show_progress=False)((frames, samples))
    assert moving['predictions'][0]['maps'].shape == (20, 7, 7)
    assert 'class' not in moving['predictions'][0]
    # A window by itself gives what the whole clip gives.
    part = model.localize_window(clip, 1, 1).maps
    assert part == pytest.approx(moving['predictions'][0]['maps'][10:], abs=1e-4)


@pytest.mark.parametrize('method', METHODS)
def test_gradients_reach_what_should_train(method):
    init_default_scope('mmaction')
    config = Config.fromfile(find_model(method).config)
    torch.manual_seed(0)
    network = MODELS.build(config.model).train()
    network.init_weights()
    inputs = {'imgs': torch.randn(2, 3, 1, 224, 224), 'audios': torch.randn(2, 1, 1, 257, 200)}
    sum(network.loss(inputs, []).values()).backward()
    without = {name for name, p in network.named_parameters() if p.grad is None}
    copies = {name for name, _ in network.named_parameters() if 'momentum_copies' in name}
    assert without == copies
    assert bool(copies) == (method == 'slavc')


def test_copies_are_kept_and_go_on(tmp_path):
    """A checkpoint holds the copies: what is loaded moves on as what was saved."""
    first, second = zoo.built('slavc').train(), zoo.built('slavc').train()
    with torch.no_grad():
        for parameter in first.backbone.parameters():
            parameter.add_(1.0)
    first._move_copies(0.001)
    second.load_state_dict(first.state_dict())
    first._move_copies(0.001)
    second._move_copies(0.001)
    for (name, ours), theirs in zip(
        first.momentum_copies.named_parameters(), second.momentum_copies.parameters()
    ):
        assert torch.equal(ours, theirs), name


def test_the_index_names_all_methods():
    for name in METHODS:
        assert json.dumps(str(find_model(name.upper()).config)).count('vggsound-144k')


@pytest.mark.parametrize('use_momentum', [False, True])
def test_only_the_networks_that_are_tested_run(use_momentum):
    network = zoo.built('slavc')
    network.use_momentum = use_momentum
    runs = []
    for name, part in (('trained', network), ('copies', network.momentum_copies)):
        backbone = part.get_submodule('backbone')
        backbone.register_forward_hook(lambda *_, name=name: runs.append(name))
    inputs = {'imgs': torch.randn(1, 3, 1, 224, 224), 'audios': torch.randn(1, 1, 1, 257, 200)}
    with torch.no_grad():
        (sample,) = network.predict(inputs, [LocalizationDataSample()])
        assert runs == ['copies' if use_momentum else 'trained']
        assert torch.equal(sample.pred_map, network.localize(inputs).maps[0])


def test_boxes_ask_for_the_softmax_of_the_cosines():
    head = SimilarityHead(channels=2, projections=0, tau=1.0, loss='lvs', boxes=2.0)
    visual = torch.tensor([0.0, 1.0]).reshape(1, 2, 1, 1, 1).repeat(2, 1, 1, 2, 2)
    visual[0, :, 0, 0, 0] = torch.tensor([1.0, 0.0])
    sounds = torch.tensor([[1.0, 0.0]] * 2)[:, :, None]
    boxed, plain = LocalizationDataSample(), LocalizationDataSample()
    boxed.gt_boxes = torch.tensor([[0.0, 0.0, 0.5, 1.0]])
    # The cosine is 1 in one place of four, and the box covers it and the one below it.
    places = torch.tensor([1.0, 0, 0, 0]) / 0.07
    expected = -places.log_softmax(0)[:2].mean()
    losses = head.loss((visual, sounds), [boxed, plain])
    assert float(losses['loss_boxes']) == pytest.approx(2 * float(expected))
    assert float(head.loss((visual, sounds), [plain, plain])['loss_boxes']) == 0
    assert 'loss_boxes' not in head.loss((visual, sounds))


@pytest.mark.parametrize('method', METHODS)
def test_every_method_takes_boxes_beside_its_own_loss(method):
    init_default_scope('mmaction')
    torch.manual_seed(0)
    config = Config.fromfile(find_model(f'{method}_r18-small_soundingshapes').config)
    inputs = {'imgs': torch.randn(4, 3, 1, 32, 32), 'audios': torch.randn(4, 1, 1, 257, 20)}
    samples = [LocalizationDataSample() for _ in range(4)]
    samples[0].gt_boxes = torch.tensor([[0.0, 0.0, 0.5, 0.5]])
    plain = MODELS.build(config.model).loss(inputs, samples)
    network = MODELS.build({**config.model, 'cls_head': {**config.model.cls_head, 'boxes': 1.0}})
    losses = network.loss(inputs, samples)
    assert set(losses) == {*plain, 'loss_boxes'}
    # Cosines differ by 2 at most, and a flat map has the logarithm of 4 x 4 places.
    assert 0 < float(losses['loss_boxes'].detach()) <= np.log(16) + 2 / 0.03
    losses['loss_boxes'].backward()
    for part in ('backbone', 'audio_backbone'):
        assert any(p.grad is not None for p in network.get_submodule(part).parameters())


def test_thresholds_say_which_places_sound():
    pictures, sounds = pairs(count=4)
    pictures, sounds = pictures.abs(), sounds.abs()
    usual, low = hard_way_logits(pictures, sounds), hard_way_logits(pictures, sounds, (0.1, 0.0))
    # With a low threshold nearly all places count: the mean of the cosines.
    mean = torch.einsum('ncp,nc->np', pictures, sounds).mean(1) / 0.07
    assert (low[:, 0] - mean).abs().max() < (usual[:, 0] - mean).abs().max()
    with pytest.raises(ValueError, match='thresholds are'):
        SimilarityHead(loss='lvs', projections=0, thresholds=(0.4, 0.65))


def test_a_file_without_the_authors_names_is_refused_with_them(tmp_path):
    torch.save({'backbone.conv1.weight': torch.zeros(1)}, tmp_path / 'a.pth')
    with pytest.raises(ValueError, match=r"ez-vsl's authors \(weights imgnet\.\* and audnet\.\*\)"):
        load_localizer('ez-vsl', tmp_path / 'a.pth', device='cpu')
