"""What a user types, run as a user runs it: train, test, resume, localize."""

import json
import os
from fractions import Fraction
from importlib.util import find_spec
from pathlib import Path

import av
import numpy as np
import pytest
import torch
from mmaction.registry import MODELS
from mmengine.config import Config

from mmssl.apis.runner import replace_data_root, set_epochs
from mmssl.evaluation import evaluate
from mmssl.evaluation.map_files import MapFiles
from mmssl.media import Clip, read_sound, write_video

from . import torchvision_files
from .conftest import ROOT
from .held import kill_held
from .media_files import flash_and_click, rotate, together
from .published import PUBLISHED
from .warm import run_tool

CONFIG = ROOT / 'configs/mmssl_soundingshapes.py'
MMACTION = Path(find_spec('mmaction').origin).parent
#: In a wheel, or in a source checkout.
MMACTION_TOOLS = next(p for p in (MMACTION / '.mim/tools', MMACTION.parent / 'tools') if p.exists())
ENVIRONMENT = {
    **os.environ,
    'PYTHONPATH': os.pathsep.join([str(ROOT), os.environ.get('PYTHONPATH', '')]),
}
TORCHRUN = ('-m', 'torch.distributed.run', '--standalone', '--nproc_per_node')
TWO_PROCESSES = (*TORCHRUN, '2')


def run(*arguments, ok=True):
    """Run python with arguments in the repository, and return the output."""
    done = run_tool(*arguments)
    assert (done.status == 0) == ok, done.output[-4000:]
    return done.output


def short_training(root):
    """The SoundingShapes config on a tiny collection, two short epochs."""
    settings = Config.fromfile(CONFIG)
    replace_data_root(settings, str(root))
    settings.train_dataloader.batch_size = 8
    set_epochs(settings, 2)
    settings.train_cfg.val_interval = 2
    return settings


@pytest.fixture(scope='module')
def config(shapes, tmp_path_factory):
    settings = short_training(shapes)
    path = tmp_path_factory.mktemp('config') / 'shapes.py'
    settings.dump(path)
    return path


@pytest.fixture(scope='module')
def trained(config, tmp_path_factory):
    """A work directory with checkpoints of two epochs, written by our tool."""
    work = tmp_path_factory.mktemp('work')
    run('tools/train.py', config, '--work-dir', work)
    return work


@pytest.fixture(scope='module')
def tested(config, trained):
    """Metrics of the trained checkpoint by our test tool, and what it printed."""
    out = trained / 'metrics.json'
    printed = run(
        'tools/test.py', config, trained / 'epoch_2.pth', '--work-dir', trained / 'test',
        '--metrics', 'acc', 'ciou', 'auc', 'pointing', '--out', out,
        '--dump-maps', trained / 'maps',
    )  # fmt: skip
    return json.loads(out.read_text()), printed


def logged_metrics(work: Path) -> dict:
    """The metrics that MMEngine's logger wrote last under a work directory."""
    (log,) = work.glob('*/2*.json')
    return json.loads(log.read_text().splitlines()[-1])


def weights(path):
    return torch.load(path, weights_only=False, map_location='cpu')['state_dict']


def test_metrics_are_reported_with_priors_and_ceiling(tested):
    metrics, printed = tested
    assert {'acc/av_top1', 'acc/audio_top1', 'acc/visual_top1'} <= set(metrics)
    assert {'loc/ciou', 'loc/auc', 'loc/centre_disc/ciou', 'loc/ceiling/auc'} <= set(metrics)
    assert metrics['loc/samples'] == 8
    line = next(line for line in printed.splitlines() if line.startswith('loc/ciou'))
    references = ('', 'centre_disc/', 'whole_frame/', 'uniform_noise/', 'ceiling/')
    ends = f'{metrics["loc/low/ciou"]:.4f} - {metrics["loc/high/ciou"]:.4f}'
    assert line.split(maxsplit=6)[1:] == [
        *(f'{metrics[f"loc/{name}ciou"]:.4f}' for name in references),
        ends,
    ]
    assert 'loc: evaluated 8 of 8 samples' in printed


def test_dumped_maps_are_scored_to_the_same_numbers(shapes, trained, tested, tmp_path):
    run(
        '-m', 'mmssl', 'evaluate', trained / 'maps', shapes / 'boxes_test.json',
        '--protocol', 'vggss', '--out', tmp_path,
    )  # fmt: skip
    found = json.loads((tmp_path / 'maps.json').read_text())
    for name in ('ciou', 'auc', 'pointing'):
        assert found['metrics'][name] == tested[0][f'loc/{name}']
        assert found['ceiling'].get(name) == tested[0].get(f'loc/ceiling/{name}')


def test_mmactions_own_tools_give_the_same(config, trained, tested, tmp_path):
    train, test = MMACTION_TOOLS / 'train.py', MMACTION_TOOLS / 'test.py'
    run(train, config, '--work-dir', tmp_path / 'train')
    ours, theirs = weights(trained / 'epoch_2.pth'), weights(tmp_path / 'train/epoch_2.pth')
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)
    run(test, config, tmp_path / 'train/epoch_2.pth', '--work-dir', tmp_path / 'test')
    logged = logged_metrics(tmp_path / 'test')
    ours = tested[0]
    assert {name: logged[name] for name in ours} == pytest.approx(ours)


def test_two_processes_train_and_test_like_one(shapes, config, trained, tmp_path):
    backend = ('--launcher', 'pytorch')
    # Seven of eight samples: one process is padded with a sample it must not count.
    short = ('--cfg-options', 'test_dataloader.dataset.indices=7', 'test_dataloader.batch_size=2')
    boxes = {e['file']: e['bbox'] for e in json.loads((shapes / 'boxes_test.json').read_text())}
    results, maps = [], []
    for number, (launch, extra) in enumerate([((), ()), (TWO_PROCESSES, backend)]):
        out, folder = tmp_path / f'{number}.json', tmp_path / f'maps-{number}'
        run(
            *launch, 'tools/test.py', config, trained / 'epoch_2.pth', '--out', out,
            '--work-dir', tmp_path / str(number), '--dump-maps', folder, *extra, *short,
        )  # fmt: skip
        results.append(json.loads(out.read_text()))
        maps.append({name: MapFiles(folder)[name] for name in sorted(MapFiles(folder))})
        # In each of the two runs, the numbers follow exactly from the maps.
        found = evaluate([*maps[-1].values()], [np.array(boxes[name]) for name in maps[-1]])
        numbers = {f'loc/{name}': value for name, value in found.numbers().items()}
        known = {name: value for name, value in results[-1].items() if name in numbers}
        assert known == {name: numbers[name] for name in known}
        assert {'loc/ciou', 'loc/auc', 'loc/high/ciou', 'loc/uniform_noise/auc'} <= set(known)
    assert results[0]['loc/samples'] == results[0]['loc/evaluated'] == 7
    assert results[0].keys() == results[1].keys()
    # Networks round differently in other batches, and a pixel at a threshold may then change
    # sides. So only maps and numbers that depend on no threshold are compared.
    assert maps[0].keys() == maps[1].keys()
    for one, other in zip(maps[0].values(), maps[1].values()):
        assert np.abs(one - other).max() < 1e-4 * np.ptp(one)
    free = [n for n in results[0] if n.startswith('acc/') or n.rpartition('/')[0] == 'loc/ceiling']
    free += ['loc/samples', 'loc/evaluated', 'loc/expected', 'loc/constant_maps']
    assert [results[1][name] for name in free] == [results[0][name] for name in free]
    run(
        *TWO_PROCESSES, 'tools/train.py', config, '--work-dir', tmp_path / 'train',
        *backend, '--epochs', 1,
    )  # fmt: skip
    assert (tmp_path / 'train/epoch_1.pth').exists()


def test_a_killed_training_resumes_to_the_same_weights(config, trained, tmp_path):
    """It is killed in the middle of the second epoch, after the third of four steps."""
    command = ['tools/train.py', str(config), '--work-dir', str(tmp_path)]
    step = 'mmengine.optim:OptimWrapper.update_params'
    kill_held(step, 3, command, cwd=ROOT, env=ENVIRONMENT)
    assert (tmp_path / 'epoch_1.pth').exists()
    assert not (tmp_path / 'epoch_2.pth').exists()
    run(*command, '--resume')
    unbroken, resumed = weights(trained / 'epoch_2.pth'), weights(tmp_path / 'epoch_2.pth')
    assert all(torch.equal(unbroken[name], resumed[name]) for name in unbroken)


def test_wrong_metrics_are_refused(config, trained):
    checkpoint = trained / 'epoch_2.pth'
    printed = run('tools/test.py', config, checkpoint, '--metrics', 'iou', ok=False)
    assert "unknown ['iou'], known are acc, ciou, auc" in printed
    printed = run(
        'tools/test.py', config, checkpoint, '--metrics', 'ciou', '--cfg-options',
        'test_dataloader.dataset.boxes_file=None', 'test_dataloader.dataset.split=test', ok=False,
    )  # fmt: skip
    assert 'need boxes, but the test data has none' in printed


def test_localization_without_boxes_is_refused_by_the_metric():
    from mmssl.evaluation.metrics import SoundLocalizationMetric

    sample = {'video_id': 'abc', 'pred_map': torch.zeros(3, 7, 7)}
    with pytest.raises(ValueError, match=r'abc: gt_boxes and moment missing.*set boxes_file'):
        SoundLocalizationMetric().process({}, [sample])


def test_localize_writes_video_boxes_and_sheet(shapes, trained, tmp_path):
    video = sorted((shapes / 'videos').glob('test*.mp4'))[0]
    run('-m', 'mmssl', 'localize', video, trained / 'epoch_2.pth', '--out', tmp_path)
    made = tmp_path / f'{video.stem}_localized.mp4'
    assert np.array_equal(read_sound(video), read_sound(made))
    assert Clip(made).duration == pytest.approx(Clip(video).duration, abs=0.05)
    boxes = json.loads((tmp_path / f'{video.stem}_boxes.json').read_text())
    scores = [m['agreement'] for m in boxes['moments']]
    # Half a second apart: three seconds have room for four at least, and five are asked for.
    assert len(scores) in (4, 5)
    assert scores == sorted(scores, reverse=True)
    for moment in boxes['moments']:
        x0, y0, x1, y1 = moment['box']
        assert 0 <= x0 < x1 <= 1
        assert 0 <= y0 < y1 <= 1
    assert (tmp_path / f'{video.stem}_sheet.png').read_bytes()[1:4] == b'PNG'


def test_localize_keeps_a_phones_video_upright_and_long_sound_whole(trained, tmp_path):
    """11 s; stored lying, shown upright."""
    video = flash_and_click(tmp_path / 'phone.mp4', (1.0, 9.5), 11.0, 30)
    rotate(video, 90)
    printed = run('-m', 'mmssl', 'localize', video, trained / 'epoch_2.pth', '--out', tmp_path)
    made = tmp_path / 'phone_localized.mp4'
    assert str(made) in printed
    assert np.array_equal(read_sound(video), read_sound(made))
    with av.open(str(made)) as container:
        stream = container.streams.video[0]
        assert (stream.width, stream.height) == (64, 96)
        assert container.duration / 1e6 == pytest.approx(11, abs=0.1)


def test_localize_takes_the_best_of_several_streams(trained, tmp_path):
    """A file with two video and two audio streams, 29.97 fps; players choose the second ones."""
    rng = np.random.default_rng(0)
    poor, rich, video = (tmp_path / f'{name}.mp4' for name in ('poor', 'rich', 'video'))
    fps = Fraction(30000, 1001)
    flash_and_click(poor, (0.5,), 3.0, fps)
    frames = rng.integers(0, 256, (90, 96, 128, 3), dtype=np.uint8)
    write_video(rich, frames, fps, rng.uniform(-0.5, 0.5, 3 * 48000).astype(np.float32), 48000)
    together(video, poor, rich)
    run('-m', 'mmssl', 'localize', video, trained / 'epoch_2.pth', '--out', tmp_path)
    made = tmp_path / 'video_localized.mp4'
    assert np.array_equal(read_sound(rich), read_sound(made))
    with av.open(str(made)) as container:
        assert container.duration / 1e6 == pytest.approx(3.0, abs=0.1)
        (stream,) = container.streams.video
        assert (stream.width, stream.height, stream.frames) == (128, 96, 90)


@pytest.mark.published('media/nasa_13013.mp4')
def test_localize_takes_the_best_of_a_broadcasts_streams(trained, tmp_path):
    """The same with a real broadcast."""
    video = PUBLISHED / 'media/nasa_13013.mp4'
    run('-m', 'mmssl', 'localize', video, trained / 'epoch_2.pth', '--out', tmp_path)
    made = tmp_path / 'nasa_13013_localized.mp4'
    assert np.array_equal(read_sound(video), read_sound(made))
    with av.open(str(made)) as container:
        assert container.duration / 1e6 == pytest.approx(13.0, abs=0.1)
        assert container.streams.video[0].frames == 390


def test_localize_says_why_it_cannot(trained, tmp_path):
    printed = run(
        '-m', 'mmssl', 'localize', tmp_path / 'gone.mp4', trained / 'epoch_2.pth', ok=False
    )
    assert 'gone.mp4: no such file' in printed


def test_show_results_and_compare_attention(config, trained, tmp_path):
    checkpoint = trained / 'epoch_2.pth'
    run('tools/analysis_tools/show_results.py', config, checkpoint, '--out', tmp_path, '--pairs', 2)
    results = json.loads((tmp_path / 'results.json').read_text())
    assert set(results) == {'test', 'sound of another class', 'interactive pairs'}
    assert 'loc/group_pointing' in results['interactive pairs']
    assert (tmp_path / 'pairs.png').exists()
    table = run('tools/analysis_tools/compare_attention.py', config, checkpoint)
    assert table.count('| class |') == 5
    assert table.count('| cosine |') == 5


def test_converted_weights_load(tmp_path):
    state = torchvision_files.mc3_18()
    network = MODELS.build(Config.fromfile(ROOT / 'configs/mmssl_vggsound.py').model.backbone)
    source = torchvision_files.save(state, tmp_path / 'mc3_18.pth')
    run('tools/model_converters/convert_mc3_18.py', source, tmp_path / 'out/converted.pth')
    network.init_weights(str(tmp_path / 'out/converted.pth'))
    assert torch.equal(network.conv1.conv.weight, state['stem.0.weight'])
    assert torch.equal(network.layer4[1].conv2.bn.bias, state['layer4.1.conv2.1.bias'])
