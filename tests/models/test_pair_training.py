"""Trainings of published localizers, and what the trained ones lend to other tools."""

import json
import subprocess
import sys

import numpy as np
import pytest
import torch
from mmaction.registry import DATASETS, MODELS, TRANSFORMS
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmengine.runner import set_random_seed

from mmssl.apis.export import export_onnx
from mmssl.apis.load import load_localizer
from mmssl.apis.model_index import find_model
from mmssl.apis.runner import replace_data_root, set_epochs
from mmssl.media import ArrayClip

from ..conftest import ROOT
from ..held import kill_held
from ..pair_worker import COUNT, LOSSES, gradients
from ..test_end_to_end import ENVIRONMENT
from ..warm import PATIENCE, run_tool
from ..zoo import METHODS


def small(method, shapes):
    """The small config of a method, on a tiny collection."""
    init_default_scope('mmaction')
    config = Config.fromfile(find_model(f'{method}_r18-small_soundingshapes').config)
    replace_data_root(config, str(shapes))
    config.train_dataloader.batch_size = 8
    set_epochs(config, 2)
    return config


@pytest.fixture(scope='module')
def batches(shapes):
    """A batch of pairs; all small configs read the same."""
    dataset = DATASETS.build(small('lvs', shapes).train_dataloader.dataset)
    set_random_seed(0)
    items = [dataset[i]['inputs'] for i in range(8)]
    return {name: [item[name] for item in items] for name in ('imgs', 'audios')}


@pytest.mark.parametrize('method', METHODS)
def test_training_lowers_the_loss(method, shapes, batches):
    config = small(method, shapes)
    torch.manual_seed(0)
    network = MODELS.build(config.model)
    network.init_weights()
    network.train()
    optimizer = torch.optim.AdamW(network.parameters(), lr=3e-4)
    losses = []
    for _ in range(16):
        data = {'inputs': {k: list(v) for k, v in batches.items()}, 'data_samples': []}
        inputs = network.data_preprocessor(data, True)['inputs']
        loss = sum(network.loss(inputs, []).values())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(float(loss))
    # At the first step, SLAVC's copies are still equal to the networks that they follow.
    assert np.mean(losses[-3:]) < np.mean(losses[1:4])


@pytest.mark.parametrize('method', METHODS)
def test_pipelines_of_the_authors_make_inputs_of_clips(method, shapes):
    init_default_scope('mmaction')
    config = Config.fromfile(find_model(method).config)
    dataset = config.train_dataloader.dataset
    dataset.update(data_root=str(shapes), ann_file='soundingshapes.csv', subset_file=None)
    inputs = DATASETS.build(dataset)[0]['inputs']
    assert inputs['imgs'].shape == (3, 1, 224, 224)
    assert inputs['audios'].shape[:3] == (1, 1, 257)


@pytest.fixture(scope='module')
def of_two_processes(tmp_path_factory):
    """Losses and gradients of two processes, each with half of the pairs."""
    folder = tmp_path_factory.mktemp('gloo')
    words = [str(folder / 'rendezvous'), str(folder / 'out.pt')]
    workers = [
        subprocess.Popen(
            [sys.executable, '-m', 'tests.pair_worker', str(rank), *words],
            cwd=ROOT, stderr=subprocess.PIPE, text=True,
        )
        for rank in range(2)
    ]  # fmt: skip
    for worker in workers:
        _, errors = worker.communicate(timeout=PATIENCE)
        assert worker.returncode == 0, errors[-3000:]
    return torch.load(folder / 'out.pt')


@pytest.mark.parametrize('loss', LOSSES)
def test_two_processes_with_gathered_negatives_are_one(loss, of_two_processes):
    value, weights, features = gradients(loss, slice(COUNT))
    theirs = of_two_processes[loss]
    assert float(theirs[0]) == pytest.approx(float(value), rel=1e-5)
    assert torch.allclose(theirs[1], weights, rtol=1e-4, atol=1e-6)
    for ours, half in zip(features, theirs[2]):
        # What all processes feel of a feature; the mean over them comes with the weights.
        assert torch.allclose(half / 2, ours[:3], rtol=1e-4, atol=1e-6)


def test_a_killed_training_with_momentum_resumes_to_the_same_weights(shapes, tmp_path):
    config = small('slavc', shapes)
    config.val_dataloader = config.val_evaluator = config.val_cfg = None
    config.dump(tmp_path / 'config.py')
    command = ['tools/train.py', str(tmp_path / 'config.py'), '--work-dir']
    assert run_tool(*command, tmp_path / 'unbroken').status == 0
    broken = [*command, str(tmp_path / 'resumed')]
    kill_held('mmengine.optim:OptimWrapper.update_params', 3, broken, cwd=ROOT, env=ENVIRONMENT)
    assert not (tmp_path / 'resumed/epoch_2.pth').exists()
    assert run_tool(*broken, '--resume').status == 0
    first, second = (
        torch.load(tmp_path / name / 'epoch_2.pth', weights_only=False)['state_dict']
        for name in ('unbroken', 'resumed')
    )
    assert {name.partition('.')[0] for name in first} >= {'momentum_copies', 'backbone'}
    assert all(torch.equal(first[name], second[name]) for name in first)


@pytest.fixture(scope='module')
def job(shapes, tmp_path_factory):
    """Config and random weights of a small EZ-VSL."""
    folder = tmp_path_factory.mktemp('pairs')
    config = small('ez-vsl', shapes)
    config.dump(folder / 'config.py')
    torch.manual_seed(0)
    network = MODELS.build(config.model)
    network.init_weights()
    torch.save({'state_dict': network.state_dict(), 'meta': {}}, folder / 'random.pth')
    return folder


@pytest.mark.parametrize('score', ['peak', 'top-quarter'])
def test_moments_and_boxes_of_whole_clips(job, score):
    """The test pipeline looks at the annotated instant, mining at every step."""
    out = job / score
    done = run_tool(
        *('-m', 'mmssl', 'moments', job / 'config.py', job / 'random.pth', '--split', 'test'),
        *('--out', out / 'moments.json', '--boxes', out / 'boxes.json', '--score', score),
        *('--top', '30', '--work-dir', out / 'work'),
    )
    assert done.status == 0, done.output[-2000:]
    moments = json.loads((out / 'moments.json').read_text())
    assert len(moments) == 8
    for entries in moments.values():
        times = sorted(entry['time'] for entry in entries)
        assert times == pytest.approx(np.arange(30) / 10 + 0.05)
    classes = {entry['class'] for entry in json.loads((out / 'boxes.json').read_text())}
    assert 'sounding object' not in classes


def test_a_small_one_is_exported_and_localizes_the_same(job):
    exported = export_onnx(job / 'random.pth', job / 'model.onnx', config=str(job / 'config.py'))
    assert exported.attention == {}
    assert set(exported.differences) == {'maps'}
    rng = np.random.default_rng(0)
    frames = rng.integers(0, 255, (20, 112, 112, 3), dtype=np.uint8)
    clip = ArrayClip(frames, rng.uniform(-0.5, 0.5, 32000).astype(np.float32))
    ours = load_localizer(job / 'random.pth', config=job / 'config.py', device='cpu')
    theirs = load_localizer(job / 'model.onnx')
    assert theirs.classes is None
    assert (theirs.window, theirs.margin, theirs.one_map_of_stills) == (10, 0, True)
    first, second = (model.localize_window(clip, 0, 2).maps for model in (ours, theirs))
    assert second == pytest.approx(first, abs=1e-3)
    with pytest.raises(ValueError, match='SimilarityHead has one way to localize'):
        export_onnx(job / 'random.pth', job / 'b.onnx', config=str(job / 'config.py'), mode='class')


@pytest.mark.parametrize(
    ('step', 'message'),
    [
        (dict(type='mmssl.MaskSpectrograms', rows=-1, columns=0), 'expected stripes of at least 0'),
        (dict(type='mmssl.MaskSpectrograms', rows=1, columns=1, chance=2), 'chance in'),
        (dict(type='mmssl.RandomBlur', sigma=(0, 1)), 'expected 0 < smallest <= largest'),
    ],
)
def test_wrong_augmentation_is_refused(step, message):
    with pytest.raises(ValueError, match=message):
        TRANSFORMS.build(step)


def test_masks_are_stripes_of_at_most_their_width():
    step = TRANSFORMS.build(dict(type='mmssl.MaskSpectrograms', rows=5, columns=7, value=-9.0))
    np.random.seed(0)
    for _ in range(50):
        masked = step({'audios': np.zeros((1, 1, 20, 30), np.float32)})['audios'][0, 0] == -9
        rows, columns = masked.all(1).sum(), masked.all(0).sum()
        assert rows <= 5
        assert columns <= 7
        assert masked.sum() == rows * 30 + columns * 20 - rows * columns


def test_blurred_pictures_keep_their_mean():
    step = TRANSFORMS.build(dict(type='mmssl.RandomBlur', sigma=(2, 2), chance=1))
    picture = np.random.default_rng(0).integers(0, 256, (40, 40, 3), dtype=np.uint8)
    (blurred,) = step({'imgs': [picture]})['imgs']
    assert blurred.std() < 0.5 * picture.std()
    assert blurred.mean() == pytest.approx(picture.mean(), abs=2)
