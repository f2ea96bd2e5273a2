"""Settings that contradict each other are refused before the first step."""

import json
from types import SimpleNamespace

import pytest
from mmaction.evaluation import AccMetric, ConfusionMatrix
from mmengine.config import Config
from mmengine.hooks import CheckpointHook
from torch.utils.data import DataLoader

from mmssl.datasets import AudioVisualDataset
from mmssl.engine import Runner
from mmssl.engine.checks import (
    idle_classes,
    require_best,
    require_classes,
    require_moments,
    require_same_classes,
    require_steps,
)
from mmssl.evaluation.metrics import DistillationMetric, SoundLocalizationMetric

from .. import own_clips
from ..conftest import ROOT


def network(**head):
    return SimpleNamespace(cls_head=SimpleNamespace(**head))


def test_more_classes_than_the_head_has():
    dataset = SimpleNamespace(metainfo={'classes': list('abcdefgh')})
    with pytest.raises(ValueError, match=r'head has 4 classes, the data set 8: .*num_classes=8'):
        require_classes(network(num_classes=4), dataset)


@pytest.mark.parametrize('classes', [list('abcd'), list('abc'), [], None])
def test_as_many_or_fewer_are_fine(classes):
    require_classes(network(num_classes=4), SimpleNamespace(metainfo={'classes': classes}))


@pytest.mark.parametrize(
    ('classes', 'told'), [(list('abcd'), ''), ([], ''), (list('abc'), 'set 3')]
)
def test_a_head_of_more_classes_is_told_of(classes, told):
    dataset = SimpleNamespace(metainfo={'classes': classes})
    said = idle_classes(network(num_classes=4), dataset)
    assert bool(said) == bool(told)
    assert told in said


def test_a_resumed_training_keeps_its_classes():
    meta = {'dataset_meta': {'classes': ['cat', 'dog']}}
    for same in (['cat', 'dog'], None):
        require_same_classes(meta, SimpleNamespace(metainfo={'classes': same}))
    require_same_classes({}, SimpleNamespace(metainfo={'classes': ['owl']}))
    with pytest.raises(
        ValueError, match=r"2 classes, the data set 3: class 1 was 'dog' and is 'cow'"
    ):
        require_same_classes(meta, SimpleNamespace(metainfo={'classes': ['cat', 'cow', 'dog']}))


def test_a_training_without_a_step():
    loop = SimpleNamespace(dataloader=DataLoader(range(5), 8, drop_last=True), val_interval=1)
    with pytest.raises(ValueError, match=r'fewer than 8 clips, and there are 5 .*batch_size=5,'):
        require_steps(loop)
    for size, drop_last in ((5, True), (8, False)):
        loop.dataloader = DataLoader(range(5), size, drop_last=drop_last)
        require_steps(loop)
    loop.val_interval = 0
    with pytest.raises(ValueError, match=r'train_cfg\.val_interval is 0, expected at least 1'):
        require_steps(loop)


METRICS = [
    AccMetric(metric_options=dict(top_k_accuracy=dict(topk=(1,)))),
    SoundLocalizationMetric(),
]
HEAD = network(names=('av', 'audio', 'visual'))
#: A wrong name of a metric, and the end of what is said.
WRONG = {
    'loc/pointin': ', did you mean loc/pointing?',
    'acc/top1': ', did you mean acc/av_top1?',
    'acc/av_top5': ', did you mean acc/av_top1?',
    'x': ': acc/audio_mean1, acc/audio_top1,',
}


@pytest.mark.parametrize('name', WRONG)
def test_the_best_checkpoint_by_a_metric_that_nobody_prints(name):
    hook = CheckpointHook(save_best=name, rule='greater')
    with pytest.raises(ValueError, match='save_best') as refused:
        require_best([hook], METRICS, HEAD, None)
    assert str(refused.value).startswith(
        f"default_hooks.checkpoint.save_best is {name!r}, expected 'auto' or a metric that "
        f'val_evaluator prints{WRONG[name]}'
    )


RIGHT = (
    *('auto', None, 'loc/pointing', 'loc/group_pointing', 'loc/low/ciou', 'loc/evaluated'),
    *('acc/av_top1', ['acc/visual_mean1', 'loc/auc']),
)


@pytest.mark.parametrize('names', RIGHT, ids=str)
def test_the_best_checkpoint_by_a_metric_that_is_printed(names):
    require_best([CheckpointHook(save_best=names, rule='greater')], METRICS, HEAD, None)


def test_metrics_that_do_not_tell_their_names_may_have_any():
    hook = CheckpointHook(save_best='confusion_matrix/result', rule='greater')
    require_best([hook], [*METRICS, ConfusionMatrix()], HEAD, None)
    plain = CheckpointHook(save_best='acc/top1', rule='greater')
    require_best([plain], METRICS, network(), None)


@pytest.fixture
def mine(tmp_path):
    """Clips of the user's own, none with a box; one is unreadable."""
    own_clips.folder(tmp_path / 'mine', {'train': 2, 'val': 1, 'test': 1}, labels=('bell',))
    (tmp_path / 'mine/train/bell/broken.mp4').write_bytes(b'nothing')
    return tmp_path


def dataset(folder, *steps):
    return AudioVisualDataset(
        '.',
        [dict(type='mmssl.OpenClip'), *steps],
        form='own-clips',
        data_root=str(folder / 'mine'),
        data_prefix=dict(video='.'),
    )


def test_the_best_checkpoint_by_boxes_that_no_clip_has(mine):
    metrics = [METRICS[0], SoundLocalizationMetric(skip_without_truth=True)]
    hook = CheckpointHook(save_best='loc/pointing', rule='greater')
    boxed = SimpleNamespace(get_data_info=lambda i: {'boxes': []})
    require_best([hook], metrics, HEAD, boxed)
    with pytest.raises(ValueError, match=r"save_best is 'loc/pointing', expected .*acc/av_top1"):
        require_best([hook], metrics, HEAD, dataset(mine))


@pytest.mark.parametrize('metrics', [{'acc/av_top1': 0.5}, {}], ids=['others', 'none'])
def test_a_best_metric_that_a_validation_did_not_print(metrics, tmp_path):
    name = 'loc/group_pointing' if metrics else 'auto'
    hook = CheckpointHook(save_best=name, rule='greater')
    said = f"save_best is '{name}', expected a metric .* printed: {[*metrics, 'none was'][0]}"
    with pytest.raises(ValueError, match=said):
        hook._save_best_checkpoint(None, metrics)


def test_a_moments_file_that_lacks_a_clip(mine):
    def found(*names):
        entries = {f'train/bell/{name}.mp4': [{'time': 0.5}] for name in names}
        (mine / 'moments.json').write_text(json.dumps(entries))
        file = str(mine / 'moments.json')
        return dataset(mine, dict(type='mmssl.SelectMoment', mode='file', moments_file=file))

    # Nobody finds moments of a clip that cannot be read.
    require_moments(found('bell0', 'bell1'))
    with pytest.raises(ValueError, match=r'moments\.json has no moment of train/bell/bell1\.mp4'):
        require_moments(found('bell0'))


def test_metrics_print_what_they_say():
    assert set(DistillationMetric().compute_metrics([])) == set(DistillationMetric.printed)
    for metrics, names in ((['ciou'], {'ciou'}), (['pointing'], {'pointing', 'group_pointing'})):
        printed = {n for n in SoundLocalizationMetric(metrics).printed if '/' not in n}
        assert names <= printed
        assert not printed & {'auc', 'mean_ciou'}


@pytest.mark.parametrize('loop', ['train', 'val', 'test'])
def test_the_runner_looks_at_every_loop(loop, monkeypatch):
    class_names = SimpleNamespace(metainfo={'classes': ['a', 'b']})
    made = SimpleNamespace(
        dataloader=SimpleNamespace(dataset=class_names, drop_last=False),
        evaluator=SimpleNamespace(metrics=[]),
    )
    monkeypatch.setattr(Runner.__mro__[1], f'build_{loop}_loop', lambda self, built: built)
    runner = Runner.__new__(Runner)
    runner.model, runner._hooks = network(num_classes=1), []
    with pytest.raises(ValueError, match='head has 1 classes'):
        getattr(runner, f'build_{loop}_loop')(made)


def test_configs_have_the_runner():
    config = Config.fromfile(ROOT / 'configs/mmssl_soundingshapes.py')
    assert config.runner_type == 'mmssl.Runner'
