"""Annotation readers, the data set, transforms."""

import json

import numpy as np
import pytest
from mmaction.registry import DATASETS, TRANSFORMS
from mmengine.registry import init_default_scope

from mmssl.datasets import AudioVisualDataset, SelectMoment
from mmssl.datasets.annotations import (
    AnnotationError,
    canonical_id,
    read_boxes,
    read_vggsound_table,
)
from mmssl.media import Clip


@pytest.fixture(autouse=True)
def _scope():
    init_default_scope('mmaction')


def dataset(root, pipeline=(), **options):
    settings = dict(
        type='mmssl.AudioVisualDataset',
        ann_file='soundingshapes.csv',
        data_root=str(root),
        data_prefix=dict(video='videos'),
        pipeline=list(pipeline),
    )
    return DATASETS.build({**settings, **options})


PIPELINE = (
    dict(type='mmssl.OpenClip', size=(64, 48)),
    dict(type='mmssl.DecodeClip'),
    dict(type='mmssl.LogMel'),
    dict(type='FormatShape', input_format='NCTHW'),
    dict(type='mmssl.PackAudioVisualInputs'),
)


def test_identifiers():
    assert canonical_id('9fhhMaXTraI_44000_54000') == '9fhhMaXTraI_000044'
    assert canonical_id('9fhhMaXTraI_000044.mp4') == '9fhhMaXTraI_000044'
    assert canonical_id('ab_1234_cde_000044') == 'ab_1234_cde_000044'
    # Eleven characters that end like a start time.
    assert canonical_id('abcdef_1234_000044') == 'abcdef_1234_000044'


def test_table_as_published(tmp_path):
    table = tmp_path / 'vggsound.csv'
    table.write_text(
        '---g-f_I2yQ,1,people marching,test\n'
        '--0PQM4-hqg,30,"bird chirping, tweeting",train\n'
        '--0PQM4-hqg,30,"bird chirping, tweeting",train\n'
    )
    rows = read_vggsound_table(table)
    assert [(r.video_id, r.label, r.split) for r in rows] == [
        ('---g-f_I2yQ_000001', 'people marching', 'test'),
        ('--0PQM4-hqg_000030', 'bird chirping, tweeting', 'train'),
    ]


@pytest.mark.parametrize(
    ('content', 'message'),
    [
        ('a,1,dog\n', r'vggsound\.csv:1: 3 columns, expected YouTube ID'),
        ('a,1,dog,train\nb,x,dog,train\n', r"vggsound\.csv:2: start is 'x'"),
        ('', r'vggsound\.csv: no rows'),
    ],
)
def test_broken_tables_name_file_and_line(tmp_path, content, message):
    table = tmp_path / 'vggsound.csv'
    table.write_text(content)
    with pytest.raises(AnnotationError, match=message):
        read_vggsound_table(table)
    with pytest.raises(AnnotationError, match='No such file'):
        read_vggsound_table(tmp_path / 'gone.csv')


def test_boxes_keep_what_was_published(tmp_path):
    path = tmp_path / 'vggss.json'
    path.write_text(
        json.dumps(
            [
                {'file': 'zpWuikVorYg_000032', 'class': 'elk', 'bbox': [[-2.9e16, 0.2, 0.6, 0.7]]},
                {'file': 'b', 'class': 'elk', 'bbox': [], 'time': 1.5},
            ]
        )
    )
    first, second = read_boxes(path)
    assert first['boxes'].tolist() == [[-2.9e16, 0.2, 0.6, 0.7]]
    assert second['boxes'].shape == (0, 4)
    assert second['time'] == 1.5
    path.write_text(json.dumps([{'file': 'a', 'class': 'b', 'bbox': [[1, 2, 3]]}]))
    with pytest.raises(AnnotationError, match=r'entry 0 \(a\): bbox'):
        read_boxes(path)
    path.write_text(json.dumps([{'file': 'a'}]))
    with pytest.raises(AnnotationError, match=r"entry 0 lacks \['class', 'bbox'\]"):
        read_boxes(path)
    path.write_text('[{')
    with pytest.raises(AnnotationError, match=r'vggss\.json:1: not JSON'):
        read_boxes(path)


def test_samples_of_a_split_and_of_boxes(shapes):
    train = dataset(shapes, split='train')
    assert len(train) == 16
    assert sorted({info['label'] for info in train}) == list(range(8))
    test = dataset(shapes, boxes_file='boxes_test.json', test_mode=True)
    assert len(test) == 8
    info = test.get_data_info(0)
    assert info['boxes'].shape == (1, 4)
    start, end = info['event']
    assert start < info['moment'] < end
    assert info['filename'].endswith('.mp4')
    assert info['audio_filename'] == info['filename']


def test_a_split_without_rows_is_refused(shapes):
    with pytest.raises(AnnotationError, match=r"no row of split 'dev', found \['test', 'train'"):
        dataset(shapes, split='dev')


def test_held_out_rows_are_disjoint_and_stable(shapes):
    fit = dataset(shapes, held_out=0.25, part='fit')
    held = dataset(shapes, held_out=0.25, part='held-out')
    names = [{d.get_data_info(i)['video_id'] for i in range(len(d))} for d in (fit, held)]
    assert [len(n) for n in names] == [12, 4]
    assert not names[0] & names[1]
    with pytest.raises(ValueError, match=r"held_out is 0.0 and part is 'fit'"):
        dataset(shapes, part='fit')


def test_swapped_sound_is_of_another_class(shapes):
    own = dataset(shapes, boxes_file='boxes_test.json', test_mode=True)
    swapped = dataset(shapes, boxes_file='boxes_test.json', test_mode=True, sound='other-class')
    label_of = {own.get_data_info(i)['filename']: own.get_data_info(i)['label'] for i in range(8)}
    for i in range(len(swapped)):
        info = swapped.get_data_info(i)
        assert label_of[info['audio_filename']] != info['label']
        assert info['filename'] == own.get_data_info(i)['filename']


def test_pipeline_gives_the_models_inputs(shapes):
    packed = dataset(shapes, PIPELINE, boxes_file='boxes_test.json', test_mode=True)[3]
    assert packed['inputs']['imgs'].shape == (3, 30, 48, 64)
    assert packed['inputs']['audios'].shape == (1, 3, 100, 80)
    sample = packed['data_samples']
    assert sample.gt_boxes.shape == (1, 4)
    assert sample.moment > 0
    assert sample.video_id.startswith('test-')


def test_strided_frames_are_equal_in_number_whatever_the_phase(shapes):
    open_clip, decode = (
        PIPELINE[0],
        dict(type='mmssl.DecodeClip', frame_interval=4, random_phase=True),
    )
    data = dataset(shapes, [open_clip, decode])
    np.random.seed(0)
    assert {data[0]['clip_len'] for _ in range(8)} == {7}


def test_seeded_samples_do_not_depend_on_what_came_before(shapes):
    random = dict(type='mmssl.DecodeClip', frame_interval=10, random_phase=True)
    data = dataset(shapes, [PIPELINE[0], random])
    data.epoch_seed.fill_(7)
    first = [np.stack(data[i]['imgs']) for i in range(4)]
    again = [np.stack(data[i]['imgs']) for i in (3, 2, 1, 0)][::-1]
    assert all(np.array_equal(a, b) for a, b in zip(first, again))
    data.epoch_seed.fill_(8)
    assert any(not np.array_equal(data[i]['imgs'], first[i]) for i in range(4))


def test_training_may_hear_some_of_the_chunks(shapes):
    steps = [PIPELINE[0], PIPELINE[1]]
    everything = dataset(shapes, [*steps, dict(type='mmssl.LogMel')])[0]['audios']
    np.random.seed(0)
    some = dataset(shapes, [*steps, dict(type='mmssl.LogMel', max_chunks=2)])[0]['audios']
    assert some.shape == (1, 2, 100, 80)
    where = [next(i for i in range(3) if np.array_equal(c, everything[0, i])) for c in some[0]]
    assert where == sorted(set(where))


def opened(shapes, **extra):
    path = sorted((shapes / 'videos').glob('train*.mp4'))[0]
    return {'clip': Clip(path), 'video_id': path.stem, **extra}


def test_moments(shapes, tmp_path):
    """Clips of 3 s, parts of 1 s that begin on a step."""
    chosen = SelectMoment('mid', duration=1.0).transform(opened(shapes))
    assert chosen['clip_start'] == pytest.approx(1.0)
    assert chosen['moment'] == pytest.approx(0.5)
    chosen = SelectMoment('time', duration=1.0, time=2.97).transform(opened(shapes))
    assert chosen['clip_start'] == pytest.approx(2.0)
    assert chosen['moment'] == pytest.approx(0.97)
    chosen = SelectMoment('annotated', duration=1.0).transform(opened(shapes, moment=0.13))
    assert (chosen['clip_start'], chosen['moment']) == pytest.approx((0, 0.13))
    np.random.seed(0)
    random = SelectMoment('random', duration=1.0)
    starts = {random.transform(opened(shapes))['clip_start'] for _ in range(20)}
    assert len(starts) > 5
    assert all(0 <= s <= 2 for s in starts)
    video_id = opened(shapes)['video_id']
    path = tmp_path / 'moments.json'
    path.write_text(json.dumps({video_id: [{'time': 1.75, 'score': 0.9}, {'time': 0.5}]}))
    chosen = SelectMoment('file', duration=1.0, moments_file=str(path)).transform(opened(shapes))
    assert chosen['clip_start'] + chosen['moment'] == pytest.approx(1.75)


def test_moments_refuse_contradictions(shapes, tmp_path):
    with pytest.raises(ValueError, match="mode is 'middle'"):
        SelectMoment('middle')
    with pytest.raises(ValueError, match="'time' needs one"):
        SelectMoment('time')
    with pytest.raises(ValueError, match=r'time is 9 s, expected one in \[0, 3\.'):
        SelectMoment('time', time=9).transform(opened(shapes))
    path = tmp_path / 'moments.json'
    path.write_text('{"other": [{"time": 1}]}')
    with pytest.raises(KeyError, match='has no moment of train'):
        SelectMoment('file', moments_file=str(path)).transform(opened(shapes))
    path.write_text('{"a": [1, 2]}')
    with pytest.raises(ValueError, match=r'expected \{video_id'):
        SelectMoment('file', moments_file=str(path))


@pytest.mark.parametrize(
    'config', [*PIPELINE, dict(type='mmssl.SelectMoment')], ids=lambda c: c['type']
)
def test_transforms_show_their_arguments(config):
    text = repr(TRANSFORMS.build(dict(config)))
    assert text.startswith(config['type'].removeprefix('mmssl.'))
    assert '(' in text


def test_dataset_is_registered_under_its_scope():
    assert DATASETS.get('mmssl.AudioVisualDataset') is AudioVisualDataset
