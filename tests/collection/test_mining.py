"""Moments and pseudo boxes: rules by hand, and whole passes as a user runs them."""

import csv
import json
import shutil

import cv2
import numpy as np
import pytest
import torch
from mmaction.registry import MODELS
from mmengine.config import Config
from mmengine.registry import init_default_scope

from mmssl.apis.runner import replace_data_root
from mmssl.datasets.annotations import read_boxes, read_moments
from mmssl.localization import MomentRule, StepEvidence, best_steps, select_moments
from mmssl.localization.moments import smooth
from mmssl.media import Clip, step_at, step_centres, steps_in
from tools.analysis_tools.score_mining import score_boxes, score_moments

from ..conftest import ROOT
from ..held import kill_held
from ..test_end_to_end import CONFIG, ENVIRONMENT, TORCHRUN
from ..warm import run_tool


def test_smoothing_averages_over_the_steps_there_are():
    assert smooth(np.array([3.0, 0, 0, 6]), 3).tolist() == [1.5, 1, 2, 3]
    assert smooth(np.array([1.0, 3]), 9).tolist() == [2, 2]
    assert smooth(np.array([1.0, 3]), 1).tolist() == [1, 3]


def test_best_steps_are_apart_and_ties_go_to_the_earlier():
    values = np.array([1.0, 5, 4, 5, 0, 2])
    assert best_steps(values, 3).tolist() == [1, 3, 2]
    assert best_steps(values, 3, spacing=2).tolist() == [1, 3, 5]
    assert best_steps(values, 10, spacing=4).tolist() == [1, 5]


def test_scores_by_hand():
    audio, visual = np.array([[0.9, 0.1], [0.5, 0.5]]), np.array([[0.2, 0.8], [0.5, 0.5]])
    av = np.array([[0.4, 0.6], [0.1, 0.9]])
    maps = np.zeros((2, 2, 2))
    maps[1, 0, 1] = 7
    evidence = StepEvidence({'av': av, 'audio': audio, 'visual': visual}, maps, label=0)

    def values(score):
        return select_moments(evidence, MomentRule(score, smoothing=1))[1]

    assert values('peak').tolist() == [0, 7]
    assert values('agreement') == pytest.approx([0.26, 0.5])
    assert values('label') == pytest.approx(np.log([0.18, 0.25]))
    # The clip shows class 1 most.
    assert values('predicted') == pytest.approx(np.log([0.08, 0.25]))
    assert values('av-label') == pytest.approx(np.log([0.4, 0.1]))
    assert values('av-confidence') == pytest.approx(np.log([0.6, 0.9]))
    assert select_moments(evidence, MomentRule('mid', smoothing=1))[0].tolist() == [1, 0]


def test_what_a_score_needs_is_named():
    evidence = StepEvidence({'av': np.ones((3, 2)) / 2}, np.zeros((3, 2, 2)))
    with pytest.raises(ValueError, match=r"'agreement' needs the heads \['audio', 'visual'\]"):
        select_moments(evidence, MomentRule('agreement'))
    with pytest.raises(ValueError, match="needs the clip's class"):
        select_moments(evidence, MomentRule('av-label'))
    with pytest.raises(ValueError, match="score is 'best', expected one of"):
        MomentRule('best')
    with pytest.raises(ValueError, match='smoothing is 4 steps, expected a positive odd'):
        MomentRule(smoothing=4)


@pytest.fixture(scope='module')
def job(shapes, tmp_path_factory):
    """Config and checkpoint of an untrained model, on clips of which one is damaged."""
    folder = tmp_path_factory.mktemp('mining')
    root = folder / 'shapes'
    shutil.copytree(shapes, root, ignore=shutil.ignore_patterns('cache'))
    (root / 'videos/test-000003_000000.mp4').write_bytes(b'damaged')
    config = Config.fromfile(CONFIG)
    replace_data_root(config, str(root))
    config.dump(folder / 'config.py')
    init_default_scope('mmaction')
    torch.manual_seed(0)
    model = MODELS.build(config.model)
    model.init_weights()
    torch.save({'state_dict': model.state_dict(), 'meta': {}}, folder / 'random.pth')
    return folder


def words(job, out, *options, processes=1):
    """The tool and its arguments for a number of processes."""
    outputs = [f'--{name}={out}/{name}.json' for name in ('boxes', 'coco')]
    arguments = [
        *('-m', 'mmssl', 'moments', job / 'config.py', job / 'random.pth', '--split=test'),
        *(f'--out={out}/moments.json', *outputs, f'--work-dir={out}/work', *options),
        *(['--launcher=pytorch'] if processes > 1 else []),
    ]
    return [str(argument) for argument in arguments]


def launcher(processes):
    return (*TORCHRUN, str(processes)) if processes > 1 else ()


def run(job, out, *options, processes=1):
    return run_tool(*launcher(processes), *words(job, out, *options, processes=processes))


def journal_lines(out):
    journals = out.glob('moments.json.journal/journal-*.jsonl')
    return sum(journal.read_bytes().count(b'\n') for journal in journals)


def files(out):
    names = ('moments.json', 'boxes.json', 'coco.json', 'moments.json.unreadable.csv')
    return {name: (out / name).read_bytes() for name in names}


@pytest.fixture(scope='module')
def mined(job):
    done = run(job, job / 'one')
    # A clip could not be read.
    assert done.status == 1, done.output
    assert '1 of 8 clips could not be read' in done.printed
    return job / 'one'


def test_files_hold_what_they_should(job, mined):
    moments = read_moments(mined / 'moments.json')
    assert len(moments) == 7
    scores = json.loads((mined / 'moments.json').read_text())
    for name in moments:
        values = [moment['score'] for moment in scores[name]]
        assert len(values) == 10
        assert values == sorted(values, reverse=True)
        assert all(0 <= time < 3 for time in moments[name])
    boxes = read_boxes(mined / 'boxes.json')
    assert [entry['video_id'] for entry in boxes] == list(scores)
    assert all(entry['time'] == scores[entry['video_id']][0]['time'] for entry in boxes)
    coco = json.loads((mined / 'coco.json').read_text())
    first, note = boxes[0], coco['annotations'][0]
    x, y, w, h = np.array(note['bbox']) / 112
    assert first['boxes'][0] == pytest.approx([x, y, x + w, y + h], abs=1e-3)
    assert coco['categories'][note['category_id']]['name'] == first['label_name']
    # pycocotools reads these without asking.
    assert {'info', 'licenses'} <= set(coco)
    x, y, w, h = note['bbox']
    assert note['segmentation'] == [[x, y, x + w, y, x + w, y + h, x, y + h]]
    image = coco['images'][0]
    assert (image['video'], image['time']) == (first['video_id'], first['time'])
    assert image['file_name'] == f'{image["video"]}.jpg'
    with (mined / 'moments.json.unreadable.csv').open() as file:
        (lost,) = csv.DictReader(file)
    assert lost['clip'] == 'test-000003_000000'
    assert 'cannot open' in lost['reason']
    truth = job / 'shapes/truth'
    assert score_moments(mined / 'moments.json', truth)['clips'] == 7
    assert 0 <= score_boxes(mined / 'boxes.json', truth)['mean_iou'] <= 1


def test_frames_of_boxes_are_the_images_of_coco(job, mined, tmp_path):
    options = ['--journal', mined / 'moments.json.journal', '--frames', tmp_path / 'frames']
    done = run(job, tmp_path, *map(str, options))
    assert done.status == 1, done.output
    coco = json.loads((tmp_path / 'coco.json').read_text())
    assert len(coco['images']) == 7
    notes = {note['image_id']: note for note in coco['annotations']}
    boxes = {entry['video_id']: entry for entry in read_boxes(tmp_path / 'boxes.json')}
    for image in coco['images']:
        frame = cv2.imread(str(tmp_path / 'frames' / image['file_name']))
        assert frame.shape == (image['height'], image['width'], 3)
        clip = Clip(job / f'shapes/videos/{image["video"]}.mp4')
        steps = clip.frames(step_centres(steps_in(clip.duration)))
        errors = [np.abs(frame[..., ::-1].astype(int) - step).mean() for step in steps]
        assert errors[step_at(image['time'])] == min(errors)
        x, y, w, h = notes[image['id']]['bbox']
        scale = np.array([image['width'], image['height']] * 2)
        found = np.array([x, y, x + w, y + h]) / scale
        assert boxes[image['video']]['boxes'][0] == pytest.approx(found, abs=1e-3)


@pytest.mark.parametrize('processes', [2, 3])
def test_any_number_of_processes_gives_the_same_bytes(job, mined, processes):
    out = job / f'of-{processes}'
    done = run(job, out, processes=processes)
    assert done.status == 0, done.output
    journals = [out / f'moments.json.journal/journal-{rank}.jsonl' for rank in range(processes)]
    assert all(journal.stat().st_size for journal in journals)
    assert files(out) == files(mined)


def test_a_run_killed_three_times_gives_the_same_bytes(job, mined):
    """Each run resumes the one before with another number of processes.

    Every process is killed when it has one more result.
    """
    out, found = job / 'killed', []
    for processes in (3, 2, 1):
        kill_held(
            'mmssl.media.journal:Journal.add',
            1,
            words(job, out, processes=processes),
            launcher=launcher(processes),
            processes=processes,
            cwd=ROOT,
            env=ENVIRONMENT,
        )
        found.append(journal_lines(out))
        assert not (out / 'moments.json').exists()
    assert found == [3, 5, 6]
    again = run(job, out)
    assert again.status == 1, again.output
    assert journal_lines(out) == 8
    assert files(out) == files(mined)
    # Another rule must not be mixed with what is there.
    other = run(job, out, '--score=agreement')
    assert other.status == 2
    assert 'choose another folder' in other.errors
    assert 'Traceback' not in other.errors
