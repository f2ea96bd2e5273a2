"""The MMEngine metric: batches, processes, missing samples; maps written to files."""

import json
import pickle
import subprocess
import sys

import numpy as np
import pytest
import torch
from mmengine.config import Config

from mmssl.evaluation import METRICS, evaluate
from mmssl.evaluation.map_files import MapFileError, MapFiles, write_map
from mmssl.evaluation.metrics import DumpMaps, SoundLocalizationMetric
from mmssl.report.evaluators import choose_metrics, metric_names, report

from ..conftest import ROOT
from ..evaluation_worker import COUNT, PROTOCOLS, evaluate_samples, make_samples
from ..warm import PATIENCE

pytestmark = pytest.mark.numeric


@pytest.fixture(scope='module')
def of_two_processes(tmp_path_factory):
    """What two processes report together, by protocol."""
    folder = tmp_path_factory.mktemp('gloo')
    command = [sys.executable, '-m', 'tests.evaluation_worker']
    workers = [
        subprocess.Popen(
            [*command, str(rank), str(folder / 'rendezvous'), str(folder / 'out.json')],
            cwd=ROOT,
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank in range(2)
    ]
    for worker in workers:
        _, errors = worker.communicate(timeout=PATIENCE)
        assert worker.returncode == 0, errors[-3000:]
    return json.loads((folder / 'out.json').read_text())


@pytest.mark.parametrize('protocol', PROTOCOLS)
def test_processes_and_batches_change_nothing(protocol, of_two_processes):
    alone = [evaluate_samples(protocol, range(COUNT), size) for size in (1, 7, 64)]
    assert alone[0] == alone[1] == alone[2] == of_two_processes[protocol]
    assert alone[0]['loc/evaluated'] == COUNT - 1
    assert alone[0]['loc/expected'] == COUNT
    assert all(isinstance(value, float) for value in alone[0].values())


def test_the_metric_is_the_call():
    found = evaluate_samples('vggss', range(COUNT), 7)
    samples = [s for s in make_samples('vggss') if 'unreadable' not in s]
    result = evaluate(
        [s['pred_map'][1] for s in samples],
        [s['gt_boxes'] for s in samples],
        groups=[s['group'] for s in samples],
    )
    assert {name: found[f'loc/{name}'] for name in METRICS['vggss']} == result.metrics
    assert found['loc/ceiling/auc'] == result.ceiling['auc']
    assert found['loc/uniform_noise/mean_ciou'] == result.priors['uniform_noise']['mean_ciou']
    assert (found['loc/low/auc'], found['loc/high/auc']) == result.intervals['auc']


def test_results_are_small():
    """Numbers, not maps: a sample takes less than a kilobyte, whatever its map."""
    metric = SoundLocalizationMetric()
    sample = {**make_samples('vggss')[0], 'pred_map': torch.rand(50, 56, 56)}
    metric.process({}, [sample] * 100)
    assert len(pickle.dumps(metric.results)) < 100 * 1000


def test_missing_samples_are_counted_and_listed(tmp_path, caplog):
    path = tmp_path / 'out/missing.json'
    found = evaluate_samples('vggss', range(COUNT), 4, missing_file=path)
    assert found['loc/evaluated'] == found['loc/samples'] == 12
    assert json.loads(path.read_text()) == [{'id': 'clip 5', 'reason': 'no sound track'}]
    metric = SoundLocalizationMetric(missing_file=path)
    metric.process({}, [make_samples('vggss')[5]])
    assert metric.evaluate(1) == {'loc/evaluated': 0.0, 'loc/expected': 1.0}


def test_video_uses_the_event():
    """Three steps; the event (0.1, 0.2) holds only the centre of step 1."""
    metric = SoundLocalizationMetric(protocol='video', resamples=0)
    metric.process({}, [{**make_samples('video')[0], 'event': (0.1, 0.2)}])
    found = metric.evaluate(1)
    assert (found['loc/positives'], found['loc/negatives']) == (1, 2)


def test_what_is_missing_in_a_sample_is_named():
    sample = {'video_id': 'abc', 'pred_map': torch.zeros(3, 7, 7)}
    with pytest.raises(ValueError, match=r'abc: gt_boxes and moment missing.*set boxes_file'):
        SoundLocalizationMetric().process({}, [sample])
    sample = make_samples('vggss')[0]
    broken = {**sample, 'pred_map': sample['pred_map'] * np.nan}
    with pytest.raises(ValueError, match='clip 0: map has NaN'):
        SoundLocalizationMetric().process({}, [broken])
    metric = SoundLocalizationMetric(protocol='interactive')
    metric.process({}, [{**sample, 'group': None}])
    with pytest.raises(ValueError, match='clip 0: group is missing'):
        metric.evaluate(1)
    with pytest.raises(ValueError, match=r"name \['iou'\], protocol 'avsbench' has miou"):
        SoundLocalizationMetric(metrics=['iou'], protocol='avsbench')


def config_with(**metric):
    evaluators = [dict(type='AccMetric'), dict(type='mmssl.SoundLocalizationMetric', **metric)]
    data = dict(dataset=dict(type='mmssl.AudioVisualDataset', boxes_file='boxes.json'))
    return Config(dict(test_dataloader=data, test_evaluator=evaluators))


def test_chosen_metrics_keep_the_configs_protocol():
    config = config_with(protocol='interactive', preset='lvs')
    choose_metrics(config, ['iiou', 'auc'])
    (chosen,) = config.test_evaluator
    assert chosen == {
        'type': 'mmssl.SoundLocalizationMetric',
        'protocol': 'interactive',
        'preset': 'lvs',
        'metrics': ['auc', 'iiou'],
    }
    assert set().union(*METRICS.values()) < set(metric_names())


@pytest.mark.parametrize(
    ('names', 'message'),
    [
        (['iou'], "unknown .'iou'., known are acc, ciou"),
        (['miou'], "protocol 'vggss', which knows"),
    ],
)
def test_unknown_metrics_are_refused(names, message):
    with pytest.raises(SystemExit, match=message):
        choose_metrics(config_with(), names)


def test_the_report_shows_references_intervals_and_coverage(capsys, tmp_path):
    found = evaluate_samples('vggss', range(COUNT), 7)
    report(found, tmp_path / 'metrics.json')
    printed = capsys.readouterr().out
    line = next(line for line in printed.splitlines() if line.startswith('loc/auc '))
    references = ('', 'centre_disc/', 'whole_frame/', 'uniform_noise/', 'ceiling/')
    assert line.split()[1:6] == [f'{found[f"loc/{name}auc"]:.4f}' for name in references]
    assert line.endswith(f'{found["loc/low/auc"]:.4f} - {found["loc/high/auc"]:.4f}')
    assert 'loc: evaluated 12 of 13 samples' in printed
    assert json.loads((tmp_path / 'metrics.json').read_text()) == found


def test_maps_are_written_and_read_under_any_name(tmp_path):
    samples = make_samples('vggss')
    names = ['a/b', '..', 'x' * 300, 'über.mp4', '_-YouTube_000032', 'clip 5']
    for sample, name in zip(samples, names):
        sample['video_id'] = name
    metric = DumpMaps(tmp_path / 'maps')
    metric.process({}, samples[:6])
    metric.process({}, samples[:1])  # padding writes the same file again
    assert metric.evaluate(6) == {}
    files = MapFiles(tmp_path / 'maps')
    assert set(files) == set(names[:5])  # the sixth is unreadable
    for sample, name in zip(samples, names[:5]):
        assert np.array_equal(files[name], sample['pred_map'][1])
    assert {p.suffix for p in (tmp_path / 'maps').iterdir()} == {'.npz'}


def test_map_files_say_what_is_wrong(tmp_path):
    with pytest.raises(MapFileError, match='expected a folder'):
        MapFiles(tmp_path / 'gone')
    with pytest.raises(MapFileError, match='no maps in it'):
        MapFiles(tmp_path)
    write_map(tmp_path, 'a', np.ones((7, 7)))
    np.save(tmp_path / 'a.npy', np.ones((7, 7)))
    with pytest.raises(MapFileError, match=r"'a' is in a.npy and in a.npz"):
        MapFiles(tmp_path)
    (tmp_path / 'a.npz').unlink()
    (tmp_path / 'a.npy').write_bytes(b'nothing')
    with pytest.raises(
        MapFileError, match=r"a\.npy: cannot be read as npy .* begins with b'nothin'"
    ):
        MapFiles(tmp_path)['a']
    (tmp_path / 'a.npz').write_text('0.1 0.2')
    with pytest.raises(MapFileError, match=r"a\.npz: .* b'0\.', expected a file from numpy\.savez"):
        MapFiles(tmp_path / 'a.npz')
    np.save(tmp_path / 'b.npy', np.ones((7, 7)))
    (tmp_path / 'b.npy').rename(tmp_path / 'a.npz')
    with pytest.raises(MapFileError, match=r'a\.npz: cannot be read as npz'):
        MapFiles(tmp_path / 'a.npz')
    (tmp_path / 'a.npz').write_bytes(b'PK and no archive')
    with pytest.raises(MapFileError, match=r'a\.npz: cannot be read'):
        MapFiles(tmp_path / 'a.npz')
