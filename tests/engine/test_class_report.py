"""Heads near chance are named; accuracies, confusions and wrong clips are written."""

import csv
import logging
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from mmssl.engine import ClassReportHook
from mmssl.evaluation.functional import (
    chance,
    class_accuracies,
    confusion_matrix,
    is_near_chance,
)
from mmssl.structures import LocalizationDataSample
from mmssl.visualization import confusion_sheet, figure_pixels

CLASSES = ['bell', 'drum']


def sample(number, label, **heads):
    found = LocalizationDataSample(metainfo={'video_id': f'clip{number}'})
    found.set_gt_label(label)
    scores = {}
    for head, best in heads.items():
        scores[head] = torch.full((2,), 0.25)
        scores[head][best] = 0.75
    found.set_pred_score(scores)
    return found


def runner(folder, caplog):
    dataset = SimpleNamespace(metainfo={'classes': CLASSES})
    loader = SimpleNamespace(dataset=dataset)
    logger = logging.getLogger('mmssl-test')
    logger.setLevel(logging.INFO)
    caplog.set_level(logging.INFO, 'mmssl-test')
    return SimpleNamespace(
        work_dir=str(folder), rank=0, val_dataloader=loader, test_dataloader=loader, logger=logger
    )


def rows(path):
    return list(csv.reader(path.open()))


def test_a_training_ends_with_a_report(tmp_path, caplog):
    """The head of the picture says bell of everything; both heads are wrong of the last clip."""
    hook, run = ClassReportHook(), runner(tmp_path, caplog)
    for _ in range(2):
        hook.before_val_epoch(run)
        labels = [0] * 20 + [1] * 20
        samples = [sample(i, n, av=n, audio=n, visual=0) for i, n in enumerate(labels)]
        samples[-1] = sample(39, 1, av=0, audio=0, visual=0)
        hook.after_val_iter(run, 0, None, samples)
        hook.after_val_epoch(run)
    hook.after_train(run)
    assert rows(tmp_path / 'val_classes.csv') == [
        ['class', 'clips', 'av', 'audio', 'visual'],
        ['bell', '20', '1.0000', '1.0000', '1.0000'],
        ['drum', '20', '0.9500', '0.9500', '0.0000'],
    ]
    assert rows(tmp_path / 'val_confusion_av.csv')[1:] == [['bell', '20', '0'], ['drum', '1', '19']]
    assert rows(tmp_path / 'val_wrong.csv')[1:] == [['clip39', '2', '2', 'drum', 'bell', '0.750']]
    assert (tmp_path / 'val_confusion_visual.png').read_bytes().startswith(b'\x89PNG')
    warnings = [r.message for r in caplog.records if r.levelno == logging.WARNING]
    assert len(warnings) == 1
    assert warnings[0].startswith(
        'the head visual (picture) is near chance: accuracy 0.50, chance 0.50; the maps need both.'
    )


def test_what_cannot_be_read_is_no_mistake(tmp_path, caplog):
    hook, run = ClassReportHook(), runner(tmp_path, caplog)
    lost = sample(1, 0, av=1)
    lost.set_metainfo({'unreadable': 'no such file'})
    hook.before_test_epoch(run)
    hook.after_test_iter(run, 0, None, [sample(0, 0, av=0), lost])
    hook.after_test_epoch(run)
    assert rows(tmp_path / 'test_classes.csv')[1] == ['bell', '1', '1.0000']
    assert len(rows(tmp_path / 'test_wrong.csv')) == 1


def test_the_numbers_of_the_matrix():
    matrix = confusion_matrix(np.array([0, 0, 0, 2]), np.array([0, 2, 0, 2]), 3)
    assert matrix.tolist() == [[2, 0, 1], [0, 0, 0], [0, 0, 1]]
    np.testing.assert_allclose(class_accuracies(matrix), [2 / 3, np.nan, 1])
    assert chance(matrix) == 0.75


@pytest.mark.parametrize(('right', 'near'), [(16, True), (29, True), (40, False), (160, False)])
def test_near_chance_of_ten_classes(right, near):
    labels = np.repeat(np.arange(10), 16)
    predicted = (labels + (np.arange(160) >= right)) % 10
    assert is_near_chance(confusion_matrix(labels, predicted, 10)) == near


def test_no_clips_are_not_judged():
    assert not is_near_chance(np.zeros((3, 3), int))


@pytest.mark.parametrize('count', [2, 80])
def test_the_picture_of_a_matrix(count):
    matrix = np.eye(count, dtype=int) * 5
    pixels = figure_pixels(confusion_sheet(matrix, [f'c{i}' for i in range(count)], 'av'), 40)
    assert pixels.std() > 10
