"""Training on pictures at moments: the picture, its sound, its boxes."""

import json

import numpy as np
import pytest
import torch
from mmaction.registry import DATASETS
from mmengine.dataset import Compose
from mmengine.registry import init_default_scope

from mmssl.datasets import LoadBoxes
from mmssl.datasets.annotations import AnnotationError
from mmssl.datasets.shares import hash_fraction, in_share
from mmssl.evaluation.metrics import SoundLocalizationMetric
from mmssl.media import Clip, step_centre

NAME = 'train000003_000000'


@pytest.fixture(autouse=True)
def _scope():
    init_default_scope('mmaction')


def moments_file(path, time):
    path.write_text(json.dumps({NAME: [{'time': time}]}))
    return str(path)


def boxes_file(path, time, *boxes):
    entry = {'file': NAME, 'class': 'x', 'bbox': [list(box) for box in boxes], 'time': time}
    path.write_text(json.dumps([entry]))
    return str(path)


def sample(shapes, tmp_path, moment, *steps, boxes=None, **decode):
    """The packed sample of one training clip at a moment, after some picture transforms."""
    (tmp_path / 'one.txt').write_text(NAME + '\n')
    load = [dict(type='mmssl.LoadBoxes', boxes_file=boxes)] if boxes else []
    decode = {'duration': 1, 'pictures': 'moment', **decode}
    data = DATASETS.build(
        dict(
            type='mmssl.AudioVisualDataset',
            ann_file='soundingshapes.csv',
            data_root=str(shapes),
            data_prefix=dict(video='videos'),
            subset_file=str(tmp_path / 'one.txt'),
            pipeline=[
                dict(type='mmssl.OpenClip', size=(112, 112)),
                dict(
                    type='mmssl.SelectMoment',
                    mode='file',
                    duration=1.0,
                    moments_file=moments_file(tmp_path / 'moments.json', moment),
                ),
                dict(type='mmssl.DecodeClip', **decode),
                *load,
                *steps,
                dict(type='mmssl.LogMel'),
                dict(type='FormatShape', input_format='NCTHW'),
                dict(type='mmssl.PackAudioVisualInputs'),
            ],
        )
    )
    return data[0]


@pytest.mark.parametrize(('moment', 'start'), [(0.05, 0), (0.55, 0), (1.55, 1.0), (2.95, 2.0)])
def test_picture_is_the_moments_wherever_it_lies(shapes, tmp_path, moment, start):
    """At the ends of a clip the second of sound cannot be centred, the picture stays right."""
    packed = sample(shapes, tmp_path, moment)
    imgs = packed['inputs']['imgs']
    assert imgs.shape == (3, 1, 112, 112)
    assert packed['inputs']['audios'].shape == (1, 1, 100, 80)
    (expected,) = Clip(shapes / f'videos/{NAME}.mp4').frames([moment], (112, 112))
    assert np.array_equal(imgs[:, 0].permute(1, 2, 0).numpy(), expected)
    assert packed['data_samples'].clip_start == pytest.approx(start)
    assert packed['data_samples'].moment == pytest.approx(moment - start)


def test_boxes_go_with_their_instant_alone(shapes, tmp_path):
    box = (0.25, 0.1, 0.75, 0.5)
    path = boxes_file(tmp_path / 'boxes.json', step_centre(12), box, (0, 0, 1, 1))
    found = sample(shapes, tmp_path, step_centre(12), boxes=path)['data_samples']
    assert found.gt_boxes.numpy() == pytest.approx(np.array([box, (0, 0, 1, 1)]))
    for other in (step_centre(11), step_centre(13)):
        assert 'gt_boxes' not in sample(shapes, tmp_path, other, boxes=path)['data_samples']


def test_boxes_follow_the_picture(shapes, tmp_path):
    """Marks where the box says the object is: they stay inside, whatever is done to the picture."""
    path = boxes_file(tmp_path / 'boxes.json', step_centre(12), (0.25, 0.125, 0.75, 0.5))
    flip = dict(type='Flip', flip_ratio=1.0)
    found = sample(shapes, tmp_path, step_centre(12), flip, boxes=path)['data_samples']
    # MMAction2 counts pixels inclusively: a flip moves a box by one of them.
    assert found.gt_boxes[0].tolist() == pytest.approx([0.25, 0.125, 0.75, 0.5], abs=1 / 112)
    crop = [
        dict(type='CenterCrop', crop_size=56),  # from 28 to 84, both ways
        dict(type='Resize', scale=(112, 112), keep_ratio=False),
    ]
    found = sample(shapes, tmp_path, step_centre(12), *crop, boxes=path)['data_samples']
    assert found.gt_boxes[0].tolist() == pytest.approx([0, 0, 1, 0.5], abs=2 / 56)
    path = boxes_file(tmp_path / 'boxes.json', step_centre(12), (0, 0, 0.2, 1))
    found = sample(shapes, tmp_path, step_centre(12), *crop, boxes=path)['data_samples']
    x0, _, x1, _ = found.gt_boxes[0].tolist()
    assert x0 == x1  # the crop has lost it


def test_smaller_shares_are_part_of_larger_ones(tmp_path):
    names = [f'video{number:06d}_000000' for number in range(1000)]
    entries = [{'file': name, 'class': 'x', 'bbox': [[0, 0, 1, 1]], 'time': 0.05} for name in names]
    (tmp_path / 'boxes.json').write_text(json.dumps(entries))
    kept = [set(LoadBoxes(str(tmp_path / 'boxes.json'), share).boxes) for share in (0.1, 0.5, 1)]
    assert kept[0] < kept[1] < kept[2] == set(names)
    assert len(kept[0]) == pytest.approx(100, abs=30)
    assert len(kept[1]) == pytest.approx(500, abs=50)
    assert {name for name in names if in_share(name, 0.5)} == kept[1]
    assert all(0 <= hash_fraction(name) < 1 for name in names)


def test_senseless_arguments_are_refused(shapes, tmp_path):
    with pytest.raises(ValueError, match="pictures is 'all', expected"):
        sample(shapes, tmp_path, 1.05, pictures='all')
    with pytest.raises(ValueError, match='neither frame_interval'):
        sample(shapes, tmp_path, 1.05, frame_interval=2)
    with pytest.raises(ValueError, match=r'share is 0, expected one in \(0, 1\]'):
        LoadBoxes('boxes.json', share=0)
    (tmp_path / 'boxes.json').write_text('[{"file": "a_000000", "class": "x", "bbox": []}]')
    with pytest.raises(AnnotationError, match='entry a_000000 has no time'):
        LoadBoxes(str(tmp_path / 'boxes.json'))


def test_events_and_moments_are_of_the_part_that_is_looked_at(shapes):
    """The video protocol compares an event with the steps of the maps, those of the part."""
    steps = [
        dict(type='mmssl.OpenClip', size=(112, 112)),
        dict(type='mmssl.SelectMoment', mode='annotated', duration=1.0),
        dict(type='mmssl.DecodeClip'),
        dict(type='mmssl.LogMel'),
        dict(type='FormatShape', input_format='NCTHW'),
        dict(type='mmssl.PackAudioVisualInputs'),
    ]
    path = shapes / f'videos/{NAME}.mp4'
    found = {'filename': str(path), 'video_id': NAME, 'moment': 2.05, 'event': (1.2, 1.9)}
    found['boxes'] = np.array([[0.0, 0.0, 0.5, 1.0]])
    sample = Compose(steps)(found)['data_samples']
    assert sample.clip_start == pytest.approx(1.5)
    assert sample.moment == pytest.approx(0.55)
    assert sample.event == pytest.approx((-0.3, 0.4))
    # Worked by hand: of ten steps the first four sound.
    left = torch.zeros(7, 7)
    left[:, :3] = 1
    sample.set_pred_map(torch.stack([left] * 4 + [torch.zeros(7, 7)] * 6))
    metric = SoundLocalizationMetric(protocol='video', preset='acl', threshold=0.5)
    metric.process({}, [sample.to_dict()])
    result = metric.evaluate(1)
    assert result['loc/tn_rate'] == 1
    assert result['loc/ciou'] == 1
    # With the event at the clip's own times, the last steps would be taken for sounding ones.
    sample.set_metainfo({'event': (1.2, 1.9)})
    metric.process({}, [sample.to_dict()])
    assert metric.evaluate(1).get('loc/ciou') != 1


def test_without_a_file_no_clip_has_boxes():
    assert LoadBoxes(None)({'video_id': 'a', 'moment': 0.5, 'img_shape': (8, 8)}) == {
        'video_id': 'a',
        'moment': 0.5,
        'img_shape': (8, 8),
    }
