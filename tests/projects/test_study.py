"""The study: its jobs, that interruptions change nothing, and what its page says."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from mmengine.config import Config, DictAction

from mmssl.apis.config import numbered
from mmssl.localization import ATTENTION_MODES
from projects.experiments import Cell
from projects.study import Scale, plan_study, write_study
from projects.study.plan import BOXES, HEADS, LOCALIZERS

from ..conftest import ROOT
from ..held import start_held

TINY = Scale(clips=(8, 16), singles=8, test=8, seeds=2, duration=3.0)


def planned(folder, scale=TINY):
    return {job.name: job for job in plan_study(folder, scale, ROOT)}


def test_every_job_comes_after_its_needs_and_is_some_tools(tmp_path):
    seen = set()
    jobs = plan_study(tmp_path, Scale(), ROOT)
    for job in jobs:
        assert set(job.needs) <= seen, job.name
        seen.add(job.name)
        assert Path(job.command[1]).is_file() or job.command[1:4] == ('-m', 'mmssl', 'moments')
    assert len(seen) == len(jobs)
    # 3 seeds: 5 classifiers with 2 tests, 9 localizers with a test, 3 jobs of mining, 2 teachers.
    assert len(jobs) == 2 + 3 * (5 * 3 + 9 * 2 + 3 + 2)


def test_options_of_every_job_are_of_its_config(tmp_path):
    """An override that names nothing would be ignored silently."""
    for job in planned(tmp_path).values():
        if '--cfg-options' not in job.command:
            continue
        config = Config.fromfile(job.command[2])
        for option in job.command[job.command.index('--cfg-options') + 1 :]:
            key, _, value = option.partition('=')
            place = config
            *path, last = numbered(key, config.to_dict()).split('.')
            for part in path:
                place = place[int(part)] if part.isdigit() else place[part]
            optional = {'moments_file', 'top_k', 'share', 'subset_file', 'teacher', 'fc'}
            assert last in place or last in optional, option
            assert DictAction._parse_int_float_bool(value) is not None


def test_localizers_differ_in_what_they_should(tmp_path):
    jobs = planned(tmp_path)
    pipelines = {}
    for kind in LOCALIZERS:
        command = jobs[f'seed-1/localizer-{kind}'].command
        config = Config.fromfile(command[2])
        words = command[command.index('--cfg-options') + 1 :]
        options = dict(word.split('=', 1) for word in words)
        content = config.to_dict()
        config.merge_from_dict({numbered(key, content): value for key, value in options.items()})
        weights = config.model.weights
        assert weights.backbone == str(tmp_path / 'seed-1/picture/epoch_12.pth')
        assert weights.audio_backbone == str(tmp_path / 'seed-1/sound/epoch_6.pth')
        steps = config.train_dataloader.dataset.pipeline
        boxes = steps[3].get('boxes_file'), steps[3].get('share')
        chosen = steps[1].mode, steps[1].get('moments_file'), steps[1].get('top_k')
        pipelines[kind] = (*chosen, *boxes)
        losses = config.model.cls_head.get('loss_weights', {'unsupervised': 1.0})
        assert ('supervised' in losses) == (kind in BOXES)
    mined, event = (str(tmp_path / p) for p in ('seed-1/mined/moments.json', 'truth/moments.json'))
    boxes, truth = (str(tmp_path / f'seed-1/{p}/boxes.json') for p in ('mined', 'mined-truth'))
    assert pipelines == {
        'mid-frame': ('mid', None, None, None, None),
        'random': ('random', None, None, None, None),
        'selected': ('file', mined, None, None, None),
        'ten-best': ('file', mined, '10', None, None),
        'event': ('file', event, None, None, None),
        'pseudo-10': ('file', mined, None, boxes, '0.1'),
        'pseudo-50': ('file', mined, None, boxes, '0.5'),
        'pseudo-100': ('file', mined, None, boxes, '1.0'),
        'true-boxes': ('file', mined, None, truth, None),
    }


def test_senseless_scales_are_refused():
    for values, message in (
        (dict(clips=(800, 400)), 'ascending positive numbers'),
        (dict(epochs=0), 'epochs is 0, expected at least 1'),
        (dict(seeds=0), 'seeds is 0, expected at least 1'),
    ):
        with pytest.raises(ValueError, match=message):
            Scale(**values)


@pytest.fixture
def measured(tmp_path):
    """A folder as a finished study leaves it, with made-up numbers: a job's is its place in it."""
    names = [name for name in planned(tmp_path) if name.startswith('seed')]
    for name in planned(tmp_path):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / 'done.json').write_text('{"seconds": 90.0}')
    for index, name in enumerate(sorted({n.partition('/')[2] for n in names})):
        for seed in range(TINY.seeds):
            value = round(index / 100 + seed / 1000, 4)
            write(tmp_path / f'seed-{seed}' / name, value)
    return tmp_path


def write(place, value):
    metrics = ('pointing', 'ciou_adaptive', 'auc_adaptive', 'ciou')
    if place.name.endswith('-modes'):
        content = [{'mode': mode, **dict.fromkeys(metrics, value)} for mode in ATTENTION_MODES]
    elif place.name == 'mined-score':
        names = ('top_1', 'top_10', 'mid_frame', 'mean_iou', 'iou_50', 'centre_mean_iou')
        content = dict.fromkeys(names, value)
    elif 'localizer' in place.name:
        content = {f'loc/{p}{m}': value for m in metrics for p in ('', 'centre_disc/')}
    else:
        heads = ('av',) if 'joint' in place.name else ('av', 'audio', 'visual')
        content = {f'acc/{head}_top1': value for head in heads}
    (place / 'metrics.json').write_text(json.dumps(content))


def test_page_says_what_was_measured(measured, tmp_path):
    page = tmp_path / 'docs/explanation/study.md'
    write_study(measured, TINY, page)
    text = page.read_text()
    assert all(
        (page.parent / f'images/study-{n}.png').stat().st_size for n in ('growth', 'localizers')
    )
    for line in text.splitlines():
        assert 'nan' not in line
    places = sorted(p.name for p in (measured / 'seed-0').iterdir())

    def number(name):
        value = round(places.index(name) / 100, 4)
        return str(Cell((value, value + 0.001)))

    event = number('localizer-event-test')
    assert f'| moments of the true events, no boxes | {event} | {event} |' in text
    joint = number('joint-16-test')
    assert f'| joint | {joint} | - | - |' in text
    # By name, individual comes before joint and shared: in this folder its numbers are lower.
    assert '| Individual layers classify better than a shared one (Table 3) | **not held**' in text
    selected, mid = number('localizer-selected-test'), number('localizer-mid-frame-test')
    assert (
        f'from selected moments than from mid-frames | **held** | {selected} | {mid} | 0.' in text
    )
    assert '| 16 | ' in text
    # Sizes of (d), localizers of (b) and (c), one of which stands in both.
    assert text.count('| 1.5 |') == len(TINY.clips) + len(LOCALIZERS) + 1
    assert all(head in text for head in HEADS)


def test_page_is_the_same_again(measured, tmp_path):
    for name in ('one', 'two'):
        write_study(measured, TINY, tmp_path / name / 'study.md')
    assert (tmp_path / 'one/study.md').read_bytes() == (tmp_path / 'two/study.md').read_bytes()


@pytest.mark.skipif(
    'MMSSL_STUDY' not in os.environ, reason='two tiny studies take ten minutes: MMSSL_STUDY=1'
)
def test_an_interrupted_study_writes_the_page_of_an_unbroken_one(tmp_path):
    """It is stopped twice with Ctrl-C, then terminated, then killed. Minutes are not compared.

    Each time three jobs are done and another one is running.
    """
    environment = {**os.environ, 'PYTHONPATH': str(ROOT), 'OMP_NUM_THREADS': '1'}

    def words(name):
        options = '--clips 8 16 --singles 16 --test 4 --seeds 1 --epochs 2 --picture-epochs 2'
        options += ' --sound-epochs 2 --localizer-epochs 2 --duration 3'
        place = tmp_path / name
        paths = ['--work-dir', place, '--page', place / 'study.md']
        return ['-m', 'projects.study', *map(str, paths), *options.split()]

    def finish(name):
        subprocess.run([sys.executable, *words(name)], env=environment, check=True)

    finish('unbroken')
    stops = (signal.SIGINT, signal.SIGINT, signal.SIGTERM, signal.SIGKILL)
    for number, stop in enumerate(stops):
        held = tmp_path / f'held-{number}'
        held.mkdir()
        place = 'projects.experiments.run:_ready'
        process = start_held(held, place, 4, words('broken'), env=environment)
        os.killpg(process.pid, stop)
        assert process.wait() != 0
    finish('broken')
    pages = [_without_minutes(tmp_path / name / 'study.md') for name in ('unbroken', 'broken')]
    assert pages[0] == pages[1]


def _without_minutes(page):
    """Lines of a page; of tables that tell minutes, all columns but that last one."""
    lines = page.read_text().splitlines()
    timed = [line.count('|') for line in lines if 'minutes on one core' in line]
    return [
        line.rsplit('|', 2)[0] if line.startswith('|') and line.count('|') in timed else line
        for line in lines
    ]
