"""Every config builds, and every test set gives right samples from its own layout."""

import re
from importlib import import_module

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.registry import Registry, init_default_scope

import mmssl.registry
from mmssl.apis.runner import replace_data_root
from mmssl.evaluation import METRICS as METRICS_OF
from mmssl.evaluation.functional import boxes_to_mask, boxes_to_weights
from mmssl.evaluation.labels import SUBSETS
from mmssl.report.evaluate_maps import evaluate_maps
from mmssl.report.evaluators import choose_metrics

from . import own_clips, standin_sets
from .conftest import ROOT
from .warm import run_tool

CONFIGS = sorted(p for p in ROOT.glob('configs/**/*.py') if '_base_' not in p.parts)
TESTS = [p for p in CONFIGS if p.parent.name == 'test']
TRAINING = [p for p in CONFIGS if p not in TESTS]

#: Those that score maps; the other one scores labels.
LOCALIZING = [p for p in TESTS if p.stem != 'mmssl_vggsounder']

#: Model and training set, then the parts that differ: see docs/reference/data_sets.md.
NAME = re.compile(
    r'(mmssl|open-vocabulary|(picture|audio_distill|attention|[a-z-]+)_r18(-small)?)'
    r'_[a-z0-9]+(-[a-z0-9]+)*(_[a-z0-9-]+)?\Z'
)
PROTOCOLS = {'vggss', 'flickr-soundnet', 'interactive', 'extended', 'avsbench', 'negative-audio'}


#: Kinetics-Sounds, whose classes its config lists.
SOUNDS = Config.fromfile(ROOT / 'configs/mmssl/mmssl_kinetics-sounds.py')


@pytest.fixture(autouse=True)
def _scope():
    init_default_scope('mmaction')


def train_on_mid_frames(config):
    """Take the files of moments and boxes, which are the user's, out of a training."""
    if config.train_dataloader is None:
        return
    steps = config.train_dataloader.dataset.pipeline
    steps = [step for step in steps if 'boxes_file' not in step]
    for step in steps:
        if step.pop('moments_file', None):
            step['mode'] = 'mid'
    config.train_dataloader.dataset.pipeline = steps


@pytest.mark.parametrize('path', CONFIGS, ids=lambda p: f'{p.parent.name}-{p.stem}')
def test_every_config_builds_its_parts(path):
    from mmaction.registry import HOOKS, METRICS, MODELS, TRANSFORMS

    config = Config.fromfile(path)
    train_on_mid_frames(config)
    if 'object_prior' in config.model:
        # Its weights are the user's.
        with pytest.raises(ValueError, match='object_prior has no weights'):
            MODELS.build(config.model)
        del config.model.object_prior
    MODELS.build(config.model)
    # Where nothing could be chosen by it, a config has no validation.
    loaders = [config[f'{name}_dataloader'] for name in ('train', 'val', 'test')]
    for loader in filter(None, loaders):
        for step in loader.dataset.pipeline:
            TRANSFORMS.build(step)
    for evaluator in filter(None, (config.val_evaluator, config.test_evaluator)):
        for metric in evaluator if isinstance(evaluator, list) else [evaluator]:
            METRICS.build(metric)
    for hook in config.custom_hooks:
        HOOKS.build(hook)


@pytest.mark.parametrize('path', CONFIGS, ids=lambda p: f'{p.parent.name}-{p.stem}')
def test_names_follow_the_grammar_and_inheritance_is_shallow(path):
    assert NAME.match(path.stem)
    assert depth(path) <= 3
    if path.parent.name == 'test':
        assert len(path.read_text().splitlines()) <= 17


def depth(path):
    bases = Config._get_base_files(str(path))
    return 1 + max((depth(path.parent / base) for base in bases), default=0)


@pytest.mark.parametrize('path', LOCALIZING, ids=lambda p: f'{p.parent.name}-{p.stem}')
def test_test_sets_name_their_protocol(path):
    evaluator = Config.fromfile(path).test_evaluator
    assert [m['protocol'] in PROTOCOLS for m in evaluator if 'protocol' in m] == [True]


@pytest.fixture(scope='module')
def roots(tmp_path_factory, standin, shapes):
    """Folders by the ``data_root`` that they stand for."""
    folder = tmp_path_factory.mktemp('sets')
    avsbench = standin_sets.avsbench(folder / 'avsbench')
    return {
        'data/vggsound': standin_sets.vggsound(folder / 'vggsound', standin),
        'data/soundingshapes': shapes,
        'data/mine': own_clips.folder(folder / 'mine', {'': 3}),
        'data/flickr_soundnet': standin_sets.flickr(folder / 'flickr'),
        'data/is3': standin_sets.is3(folder / 'is3'),
        'data/avsbench/s4_data': avsbench / 's4_data',
        'data/avsbench/ms3_data': avsbench / 'ms3_data',
        'data/ave': standin_sets.ave(folder / 'ave', standin),
        'data/kinetics': standin_sets.kinetics(folder / 'kinetics', standin, SOUNDS.classes),
        'data/music': standin_sets.music(folder / 'music', standin),
        'data/audioset': standin_sets.audioset(folder / 'audioset', standin),
    }


def dataset(path, roots, loader='test'):
    from mmaction.registry import DATASETS

    config = Config.fromfile(path)
    replace_data_root(config, str(roots[config.data_root]))
    train_on_mid_frames(config)
    return DATASETS.build(config[f'{loader}_dataloader'].dataset)


#: Samples, seconds that are read, fields of the data samples.
EXPECTED = {
    'mmssl_vggss': (1, 10, {'gt_boxes', 'gt_label', 'moment'}),
    'mmssl_vggss_objects': (1, 10, {'gt_boxes', 'gt_label', 'moment'}),
    'mmssl_vggss-heard': (1, 10, {'gt_boxes', 'gt_label', 'moment'}),
    'mmssl_vggss-unheard': (1, 10, {'gt_boxes', 'gt_label', 'moment'}),
    'mmssl_vggss-extended': (3, 10, {'gt_boxes', 'moment'}),
    'mmssl_vggsounder': (1, 10, {'gt_label'}),
    'mmssl_flickr-249': (2, 10, {'gt_boxes', 'moment'}),
    'mmssl_flickr-250': (3, 10, {'gt_boxes', 'moment'}),
    'mmssl_flickr-extended': (4, 10, {'gt_boxes', 'moment'}),
    'mmssl_is3': (2, 10, {'gt_boxes', 'moment'}),
    'mmssl_avsbench-s4': (2, 5, {'gt_mask', 'moment'}),
    'mmssl_avsbench-ms3': (2, 5, {'gt_mask', 'moment'}),
    'mmssl_soundingshapes': (8, 3, {'gt_boxes', 'gt_label', 'moment'}),
    'mmssl_soundingshapes-interactive': (4, 3, {'gt_boxes', 'gt_label', 'moment'}),
    'mmssl_soundingshapes-negative': (8 + 3, 3, {'gt_boxes', 'moment'}),
}


def test_every_test_set_is_expected():
    assert {path.stem for path in TESTS} == set(EXPECTED)


@pytest.mark.parametrize('path', TESTS, ids=lambda p: f'{p.parent.name}-{p.stem}')
def test_test_sets_end_to_end(path, roots):
    count, seconds, fields = EXPECTED[path.stem]
    data = dataset(path, roots)
    assert len(data) == count
    names = set()
    for packed in data:
        assert packed['inputs']['imgs'].shape == (3, 10 * seconds, 112, 112)
        assert packed['inputs']['audios'].shape == (1, seconds, 100, 80)
        sample = packed['data_samples']
        names.add(sample.video_id)
        negative = sample.get('sounding') is False
        assert set(sample.keys()) == fields - ({'gt_boxes'} if negative else set())
        assert 0 <= sample.get('moment', 0) < seconds
    assert len(names) == count


@pytest.mark.parametrize('path', LOCALIZING, ids=lambda p: f'{p.parent.name}-{p.stem}')
def test_test_sets_are_scored_by_their_metric(path, roots):
    """Maps that are the truth itself, where there is one, score high."""
    from mmaction.registry import METRICS

    metric = next(m for m in Config.fromfile(path).test_evaluator if 'protocol' in m)
    metric = METRICS.build(metric)
    metric.dataset_meta = {}
    samples = []
    for packed in dataset(path, roots):
        sample = packed['data_samples'].to_dict()
        sample['pred_map'] = perfect_map(sample).expand(50, -1, -1)
        sample['pred_object_map'] = sample['pred_map']
        samples.append(sample)
    metric.process({}, samples)
    found = metric.evaluate(len(samples))
    assert found['loc/evaluated'] == found['loc/expected'] == len(samples)
    main = {'extended': 'loc_acc', 'avsbench': 'f_score', 'negative-audio': 'f_auc'}
    name = f'loc/{main.get(metric.protocol.name, "ciou_adaptive")}'
    assert found[name] > 0.9


def test_labels_are_scored_by_their_metric(roots):
    """The stand-in's clip has the first three classes: seen and heard, heard, seen."""
    from mmaction.registry import METRICS

    path = ROOT / 'configs/test/mmssl_vggsounder.py'
    data = dataset(path, roots)
    config = Config.fromfile(path).test_evaluator[1]
    folder = roots['data/vggsound']
    metric = METRICS.build({**config, 'labels': folder / 'vggsounder+background-music.csv'})
    metric.dataset_meta = data.metainfo
    scores = torch.eye(len(data.metainfo['classes']))
    sample = data[0]['data_samples'].to_dict()
    sample['pred_score'] = {'audio': scores[1], 'visual': scores[2], 'av': scores[1]}
    metric.process({}, [sample])
    found = metric.evaluate(1)
    hits = {subset: found[f'vggsounder/{subset}/hit_rate@1'] for subset in SUBSETS}
    assert hits == {'a': 1, 'v': 1, 'av': 0, 'a_only': 1, 'v_only': 1}
    assert found['vggsounder/evaluated'] == found['vggsounder/expected'] == 1


#: How mmssl evaluate reads the same sets: form, truth, table of pairs.
FORMS = {
    'mmssl_vggss': ('vggss', 'vggss.json', None),
    'mmssl_vggss-extended': ('extended', 'vggss.json', 'vggss_test_plus_silent.csv'),
    'mmssl_flickr-250': ('flickr-soundnet', 'Annotations', None),
    'mmssl_flickr-extended': ('extended', 'Annotations', 'flickr_test_plus_silent.csv'),
    'mmssl_is3': ('is3', 'synthetic3240_bbox.json', None),
    'mmssl_avsbench-s4': ('avsbench', 'gt_masks/test', None),
}


@pytest.mark.parametrize('name', FORMS)
def test_files_of_maps_score_as_the_model_does(name, roots, tmp_path):
    """The metric and mmssl evaluate read the same truth by different ways."""
    from mmaction.registry import METRICS

    path = ROOT / f'configs/test/{name}.py'
    config = Config.fromfile(path)
    metric = METRICS.build(next(m for m in config.test_evaluator if 'protocol' in m))
    dump = METRICS.build(dict(type='mmssl.DumpMaps', out_dir=tmp_path / 'maps'))
    samples = [packed['data_samples'].to_dict() for packed in dataset(path, roots)]
    for index, sample in enumerate(samples):
        generator = torch.Generator().manual_seed(index)
        sample['pred_map'] = torch.rand(100, 7, 7, generator=generator)
    for each in (metric, dump):
        each.dataset_meta = {}
        each.process({}, samples)
    found = metric.evaluate(len(samples))
    form, truth, pairs = FORMS[name]
    root = roots[config.data_root]
    result = evaluate_maps(
        {'ours': tmp_path / 'maps'},
        str(root / truth),
        metric.protocol,
        tmp_path / 'out',
        form=form,
        pairs=pairs and str(root / pairs),
    )['ours']
    assert result.metrics == {k: found[f'loc/{k}'] for k in result.metrics}
    assert result.counts['samples'] == len(samples)
    assert (tmp_path / 'out/ours_missing.txt').read_text() == ''


@pytest.mark.parametrize('path', LOCALIZING, ids=lambda p: f'{p.parent.name}-{p.stem}')
def test_metrics_can_be_named_for_every_test_set(path):
    config = Config.fromfile(path)
    own = next(m for m in config.test_evaluator if 'protocol' in m)
    name = METRICS_OF[own['protocol']][0]
    choose_metrics(config, [name])
    assert config.test_evaluator == [{**own, 'metrics': [name]}]


def perfect_map(sample):
    """The truth, smoothed so that the map has no ties; far below all thresholds without one."""
    if sample.get('sounding') is False:
        truth = np.zeros((224, 224), np.float32)
    elif 'gt_mask' in sample:
        truth = sample['gt_mask'].numpy().astype(np.float32)
    else:
        truth = boxes_to_weights(sample['gt_boxes']).astype(np.float32) * 2
    rows, columns = np.indices(truth.shape, dtype=np.float32)
    inside = truth > 0
    if not inside.any():
        return torch.from_numpy(-1000 - rows / 1e3)
    middle = rows[inside].mean(), columns[inside].mean()
    distance = np.hypot(rows - middle[0], columns - middle[1])
    return torch.from_numpy(np.where(inside, 1000.0, 0) - distance)[None]


def test_vggss_boxes_belong_to_the_fifth_second(roots):
    sample = dataset(ROOT / 'configs/test/mmssl_vggss.py', roots)[0]['data_samples']
    assert sample.moment == 5.0


def test_extended_negatives_hear_another_clip(roots):
    data = dataset(ROOT / 'configs/test/mmssl_vggss-extended.py', roots)
    infos = [data.get_data_info(i) for i in range(3)]
    assert [info['sounding'] for info in infos] == [True, False, False]
    assert infos[0]['filename'] == infos[0]['audio_filename'] == infos[1]['filename']
    assert infos[1]['audio_filename'] != infos[1]['filename']
    assert infos[2]['audio_filename'] == infos[2]['filename']
    assert 'boxes' not in infos[1]
    assert [info['moment'] for info in infos] == [5.0] * 3


def test_flickr_boxes_are_kept_box_by_box(roots):
    info = dataset(ROOT / 'configs/test/mmssl_flickr-249.py', roots).get_data_info(0)
    assert (info['boxes'] * 256).tolist()[3] == [0, 22, 256, 229]
    assert info['filename'].endswith('frames/1.jpg')
    assert info['audio_filename'].endswith('audio/1.wav')
    assert 'label' not in info


def test_is3_objects_share_a_picture(roots):
    data = dataset(ROOT / 'configs/test/mmssl_is3.py', roots)
    first, second = (data.get_data_info(i) for i in range(2))
    assert first['group'] == second['group'] == 'cat_clock_1828'
    assert boxes_to_mask(first['boxes']).sum() == (200 - 85) * (186 - 63)


@pytest.mark.parametrize('name', ['s4', 'ms3'])
def test_masks_belong_to_their_second(roots, name):
    data = dataset(ROOT / f'configs/test/mmssl_avsbench-{name}.py', roots)
    for index, packed in enumerate(data):
        sample = packed['data_samples']
        assert sample.moment == index + 0.5
        mask = sample.gt_mask.numpy()
        assert mask.shape == (224, 224)
        assert mask.sum() == 100 * 50 * (index + 1)
        assert mask[:100, : 50 * (index + 1)].all()


def test_negatives_name_the_kind_of_their_sound(roots):
    data = dataset(ROOT / 'configs/test/mmssl_soundingshapes-negative.py', roots)
    samples = [packed['data_samples'] for packed in data]
    kinds = [sample.kind for sample in samples if sample.sounding is False]
    assert sorted(kinds) == ['noise', 'offscreen', 'silence']
    assert sum(sample.sounding for sample in samples) == 8


#: The tiny collection has no clips of one object alone, and one config has no validation.
VALIDATED = [
    path
    for path in TRAINING
    if Config.fromfile(path).val_dataloader
    and 'pseudo-labels' not in path.stem  # its data sets are the user's
    and Config.fromfile(path).train_dataloader.dataset.get('split') != 'single'
]


@pytest.mark.parametrize('path', VALIDATED, ids=lambda p: f'{p.parent.name}-{p.stem}')
def test_training_and_validation_sets_are_disjoint(path, roots):
    train, val = (dataset(path, roots, loader) for loader in ('train', 'val'))
    names = [{data.get_data_info(i)['video_id'] for i in range(len(data))} for data in (train, val)]
    assert all(names)
    assert not names[0] & names[1]
    packed = train[0]
    assert packed['inputs']['audios'].isfinite().all()
    assert 'gt_label' in packed['data_samples']
    if '0k' in path.stem or '144k' in path.stem:
        # The list's test clip stays out of training, and that is told.
        assert len(names[0] | names[1]) == 2
        assert train.metainfo['subset']['elsewhere'] == 1


#: Samples of training, validation and test, and classes, of data sets that have labels alone.
LABELLED = {
    'mmssl_ave': (3, 1, 1, 2),
    'mmssl_kinetics-sounds': (30, 1, 31, 31),
    'mmssl_music': (3, 1, 1, 2),
    'mmssl_audioset': (2, 1, 1, 5),
}


@pytest.mark.parametrize('name', LABELLED)
def test_labelled_sets_are_read_in_their_layout(name, roots):
    *counts, classes = LABELLED[name]
    path = ROOT / f'configs/mmssl/{name}.py'
    sets = [dataset(path, roots, loader) for loader in ('train', 'val', 'test')]
    assert [len(data) for data in sets] == counts
    assert len({tuple(data.metainfo['classes']) for data in sets}) == 1
    assert len(sets[0].metainfo['classes']) == classes
    packed = sets[2][0]
    assert packed['inputs']['imgs'].shape == (3, 100, 112, 112)
    assert packed['inputs']['audios'].shape == (1, 10, 100, 80)
    assert 'gt_label' in packed['data_samples']
    assert Config.fromfile(path).test_evaluator == [dict(type='AccMetric')]


#: Few channels, one epoch, and no other processes.
SMALL = (
    *('model.backbone.base_channels=4', 'model.audio_backbone.width=0.0625'),
    *('model.cls_head.visual_channels=32', 'model.cls_head.audio_channels=32'),
    *('train_cfg.max_epochs=1', 'train_dataloader.batch_size=2', 'train_dataloader.num_workers=0'),
    *('train_dataloader.persistent_workers=False', 'val_dataloader.num_workers=0'),
    *('test_dataloader.num_workers=0', 'train_dataloader.dataset.indices=2'),
    'test_dataloader.dataset.indices=1',
)


@pytest.mark.parametrize('name', LABELLED)
def test_labelled_sets_are_trained_and_tested(name, roots, tmp_path):
    path = ROOT / f'configs/mmssl/{name}.py'
    options = (
        *('--data-root', roots[Config.fromfile(path).data_root], '--work-dir', tmp_path),
        *('--cfg-options', *SMALL, f'model.cls_head.num_classes={LABELLED[name][-1]}'),
    )
    done = run_tool('tools/train.py', path, *options)
    assert done.status == 0, done.output
    done = run_tool('tools/test.py', path, tmp_path / 'epoch_1.pth', *options)
    assert done.status == 0, done.output
    assert 'acc/av_top1' in done.printed


def test_registries_import_and_their_locations_exist():
    registries = [v for v in vars(mmssl.registry).values() if isinstance(v, Registry)]
    ours = [r for r in registries if r.scope == 'mmssl']
    assert len(ours) == 10
    for registry in ours:
        for location in registry._locations:
            import_module(location)
        assert len(registry.module_dict)
