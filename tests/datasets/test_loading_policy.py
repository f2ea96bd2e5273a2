"""Clips that cannot be read: skipped and counted in training, missing in evaluation."""

import csv
import json
import logging
import shutil
from types import SimpleNamespace

import pytest
import torch
from mmaction.registry import DATASETS, MODELS
from mmengine.config import Config
from mmengine.registry import init_default_scope

from mmssl.engine import SkippedClipsHook
from mmssl.media import MediaError
from mmssl.structures import LocalizationDataSample

from ..fault_catalogue import cut
from ..media.test_repairs import with_changed, zeroed
from ..test_end_to_end import run, short_training


@pytest.fixture(autouse=True)
def _scope():
    init_default_scope('mmaction')


@pytest.fixture(scope='module')
def damaged(shapes, tmp_path_factory):
    """The tiny collection with damage: in training 2 of 16 clips, in the test 2 of 8."""
    root = tmp_path_factory.mktemp('damaged') / 'shapes'
    shutil.copytree(shapes, root, ignore=shutil.ignore_patterns('cache'))
    for split in ('train', 'test-'):
        first, second = (root / f'videos/{split}00000{i}_000000.mp4' for i in (1, 2))
        first.unlink()
        cut(second, second, 0.5)
    return root


@pytest.fixture(scope='module')
def config(damaged, tmp_path_factory):
    settings = short_training(damaged)
    path = tmp_path_factory.mktemp('config') / 'damaged.py'
    settings.dump(path)
    return path


def build(config, loader):
    return DATASETS.build(Config.fromfile(config)[loader].dataset)


def test_training_takes_another_clip_and_says_so(config):
    dataset = build(config, 'train_dataloader')
    packed = dataset[1]
    (name, reason), *_ = packed['data_samples'].skipped
    assert name == 'train000001_000000'
    assert 'no such file' in reason
    assert packed['inputs']['imgs'].shape[0] == 3
    assert packed['data_samples'].video_id not in ('train000001_000000', 'train000002_000000')
    assert 'skipped' not in dataset[0]['data_samples']


def test_the_other_clip_follows_from_the_seed(config):
    dataset = build(config, 'train_dataloader')
    dataset.epoch_seed.fill_(7)
    names = {dataset[1]['data_samples'].video_id for _ in range(3)}
    assert len(names) == 1


def test_only_damaged_clips_is_an_error(config):
    settings = Config.fromfile(config).train_dataloader.dataset
    settings.data_prefix.video = 'nowhere'
    settings.max_refetch = 3
    with pytest.raises(MediaError, match=r'4 clips in a row cannot be read.*no such file'):
        DATASETS.build(settings)[0]


def test_other_errors_are_not_swallowed(config):
    settings = Config.fromfile(config).train_dataloader.dataset
    settings.pipeline[1].frame_interval = 1000
    with pytest.raises(ValueError, match='frame_interval is 1000'):
        DATASETS.build(settings)[0]


def test_evaluation_keeps_the_sample_without_inputs(config):
    dataset = build(config, 'test_dataloader')
    assert len(dataset) == 8
    packed = dataset[1]
    assert packed['inputs'] == {'imgs': None, 'audios': None}
    assert packed['data_samples'].video_id == 'test-000001_000000'
    assert 'no such file' in packed['data_samples'].unreadable
    assert packed['data_samples'].gt_label.numel() == 1


@pytest.mark.parametrize('batch_size', [1, 3, 8])
def test_recognizer_predicts_around_missing_clips(config, batch_size):
    settings = Config.fromfile(config)
    dataset = build(config, 'test_dataloader')
    torch.manual_seed(0)
    model = MODELS.build(settings.model).eval()
    items = [dataset[i] for i in range(8)]
    found = []
    with torch.no_grad():
        for start in range(0, 8, batch_size):
            batch = items[start : start + batch_size]
            found += model.test_step(
                {
                    'inputs': {
                        key: [item['inputs'][key] for item in batch] for key in ('imgs', 'audios')
                    },
                    'data_samples': [item['data_samples'] for item in batch],
                }
            )
    assert [s.video_id for s in found] == [item['data_samples'].video_id for item in items]
    for index, sample in enumerate(found):
        assert ('pred_map' in sample) == (index not in (1, 2))
        assert set(sample.pred_score) == {'av', 'audio', 'visual'}
        if index in (1, 2):
            assert sample.pred_score['av'].argmax() != sample.gt_label
            assert sample.pred_score['av'].argmin() == sample.gt_label


def test_training_and_test_on_damaged_data(config, tmp_path):
    output = run('tools/train.py', config, '--work-dir', tmp_path)
    assert output.count('skipped train000001_000000') == 1
    assert output.count('skipped train000002_000000') == 1
    assert 'epoch 2: 2 of 16 clips could not be read' in output
    rows = list(csv.DictReader((tmp_path / 'skipped.csv').open()))
    assert [row['clip'] for row in rows] == ['train000001_000000', 'train000002_000000']
    run(
        *('tools/test.py', config, tmp_path / 'epoch_2.pth', '--work-dir', tmp_path / 'test'),
        *('--metrics', 'acc', 'ciou', '--out', tmp_path / 'metrics.json'),
    )
    metrics = json.loads((tmp_path / 'metrics.json').read_text())
    assert (metrics['loc/evaluated'], metrics['loc/expected']) == (6, 8)
    # Lost clips count as wrong.
    assert metrics['acc/av_top1'] <= 6 / 8


def test_training_tells_of_mended_clips(damaged, config, tmp_path):
    """A clip whose sound has damaged packets is read, listed, and counted once."""
    videos = tmp_path / 'videos'
    shutil.copytree(damaged / 'videos', videos)
    name = 'train000003_000000.mp4'
    with_changed(videos / name, tmp_path / name, 'audio', {5, 6}, zeroed)
    shutil.move(tmp_path / name, videos / name)
    settings = Config.fromfile(config)
    settings.train_dataloader.dataset.data_prefix.video = str(videos)
    settings.val_cfg = settings.val_dataloader = settings.val_evaluator = None
    settings.dump(tmp_path / 'mended.py')
    output = run('tools/train.py', tmp_path / 'mended.py', '--work-dir', tmp_path / 'work')
    told = '1 of 16 clips were repaired while they were read: see repaired.csv'
    assert output.count(told) == 1
    ((name, mended),) = list(csv.reader((tmp_path / 'work/repaired.csv').open()))[1:]
    assert name == 'train000003_000000'
    assert 'damaged packets of the sound are silent' in mended


def test_training_stops_when_too_much_is_lost(config, tmp_path):
    output = run(
        *('tools/train.py', config, '--work-dir', tmp_path),
        *('--cfg-options', 'custom_hooks.SkippedClipsHook.few=0'),
        ok=False,
    )
    assert '2 of the 16 clips of this epoch could not be read, expected at most 1.' in output
    assert 'tools/data/check.py' in output


def test_the_clean_list_trains_without_skipping(config, damaged, tmp_path):
    run(
        *('tools/data/check.py', damaged / 'videos', '--out', tmp_path / 'check'),
        *('--list', damaged / 'soundingshapes.csv'),
    )
    clean = (tmp_path / 'check/clean.txt').read_text().splitlines()
    assert len(clean) == 16 + 8 + 8 - 4
    settings = Config.fromfile(config).train_dataloader.dataset
    settings.subset_file = str(tmp_path / 'check/clean.txt')
    dataset = DATASETS.build(settings)
    assert len(dataset) == 14
    assert all('skipped' not in dataset[i]['data_samples'] for i in range(14))


def lose(hook, lost, clips):
    """An epoch in which so many clips are skipped, each by two others."""
    dataset = SimpleNamespace(dataset=range(clips))
    runner = SimpleNamespace(train_dataloader=dataset, logger=logging.getLogger('skipped'))
    samples = [
        LocalizationDataSample(metainfo={'skipped': [(f'clip {n % lost}', 'cut')]})
        for n in range(2 * lost)
    ]
    hook.before_train_epoch(runner)
    hook.after_train_iter(runner, 0, {'data_samples': samples})


@pytest.mark.parametrize(('lost', 'clips'), [(1, 4), (20, 40), (20, 60), (100, 1000)])
def test_few_lost_clips_do_not_stop_a_training(lost, clips):
    lose(SkippedClipsHook(), lost, clips)


@pytest.mark.parametrize(
    ('lost', 'clips', 'most'), [(3, 4, 2), (21, 40, 20), (21, 100, 20), (101, 1000, 100)]
)
def test_many_lost_clips_stop_a_training(lost, clips, most):
    said = rf'{lost} of the {clips} clips .* expected at most {most}\..* max_share \(0\.1\)'
    with pytest.raises(MediaError, match=said):
        lose(SkippedClipsHook(), lost, clips)


def test_skipped_hook_wants_a_share_and_a_number():
    with pytest.raises(ValueError, match=r'max_share is 5, expected a share'):
        SkippedClipsHook(max_share=5)
    with pytest.raises(ValueError, match=r'few is -1, expected a number of clips'):
        SkippedClipsHook(few=-1)
