"""Clips are decoded before training, each once, where several cores are at hand."""

import os
import shutil
from types import SimpleNamespace

import pytest
import torch
from mmaction.registry import DATASETS
from mmengine.config import Config
from mmengine.registry import init_default_scope

from mmssl.apis.runner import replace_data_root
from mmssl.engine import CacheClipsHook
from mmssl.media import clip

from ..conftest import ROOT


@pytest.fixture
def datasets(shapes, tmp_path, monkeypatch):
    """Training and validation data of the tiny collection, one clip of each damaged."""
    monkeypatch.setattr(torch, 'get_num_threads', lambda: 2)
    init_default_scope('mmaction')
    root = tmp_path / 'shapes'
    shutil.copytree(shapes, root, ignore=shutil.ignore_patterns('cache'))
    for name in ('train000003_000000', 'val--000002_000000'):
        (root / f'videos/{name}.mp4').write_bytes(b'damaged')
    config = Config.fromfile(ROOT / 'configs/mmssl_soundingshapes.py')
    replace_data_root(config, str(root))
    return [DATASETS.build(config[f'{part}_dataloader'].dataset) for part in ('train', 'val')]


def fill(datasets, rank=0, processes=1, validates=True):
    train, val = (SimpleNamespace(dataset=dataset) for dataset in datasets)
    runner = SimpleNamespace(
        train_dataloader=train, val_dataloader=val, rank=rank, world_size=processes,
        val_loop=val if validates else None,
    )  # fmt: skip
    CacheClipsHook().before_train(runner)


def cached(datasets):
    """Names of cached clips."""
    folder = datasets[0].pipeline.transforms[0].cache_dir
    return {file.split('.')[0] for file in os.listdir(folder)}


def test_training_finds_its_clips_decoded(datasets, monkeypatch):
    random = torch.get_rng_state()
    fill(datasets)
    assert torch.equal(random, torch.get_rng_state())
    assert len(cached(datasets)) == 15 + 7
    monkeypatch.setattr(clip, 'open_frames', lambda *_: pytest.fail('decoded again'))
    assert datasets[0][0]['inputs']['imgs'].shape == (3, 3, 96, 96)
    assert datasets[1][0]['inputs']['imgs'].shape == (3, 30, 112, 112)


def test_processes_share_the_clips_and_validation_may_be_off(datasets):
    fill(datasets, rank=0, processes=2, validates=False)
    first = cached(datasets)
    assert len(first) == 8
    fill(datasets, rank=1, processes=2, validates=False)
    assert len(cached(datasets)) == 15


def test_without_a_cache_or_cores_nothing_is_decoded(datasets, monkeypatch, tmp_path):
    monkeypatch.setattr(torch, 'get_num_threads', lambda: 1)
    fill(datasets)
    monkeypatch.setattr(torch, 'get_num_threads', lambda: 2)
    for dataset in datasets:
        dataset.pipeline.transforms[0].cache_dir = None
    fill(datasets)
    fill([object(), object()])
    assert not (tmp_path / 'shapes/cache').exists()
