"""Annotation readers, the data set, transforms."""

import gc
import json
from itertools import permutations

import cv2
import numpy as np
import pytest
from mmaction.datasets.transforms import ColorJitter as MMActionColorJitter
from mmaction.registry import DATASETS, TRANSFORMS
from mmengine.registry import init_default_scope

from mmssl.datasets import (
    AudioVisualDataset,
    ColorJitter,
    DecodeClip,
    LoadMask,
    LogMel,
    PairSpectrograms,
    PillowResize,
    SelectMoment,
    TensorResize,
)
from mmssl.datasets.annotations import (
    AnnotationError,
    canonical_id,
    read_boxes,
    read_vggsound_table,
)
from mmssl.media import Clip, MediaError

from .. import annotation_files

pytestmark = pytest.mark.numeric


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
    # Kinetics has start and end in seconds.
    assert canonical_id('9fhhMaXTraI_000044_000054.mp4') == '9fhhMaXTraI_000044'
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
    with pytest.raises(AnnotationError, match='no such file'):
        read_vggsound_table(tmp_path / 'gone.csv')


def test_boxes_keep_what_was_published(tmp_path):
    path = tmp_path / 'vggss.json'
    path.write_text(
        json.dumps(
            [
                {'file': 'zpWuikVorYg_000032', 'class': 'elk', 'bbox': [[-2.9e16, 0.2, 0.6, 0.7]]},
                {
                    'file': 'b',
                    'class': 'elk',
                    'bbox': [],
                    'time': 1.5,
                    'steps': [[], [[0, 0, 1, 1]]],
                },
            ]
        )
    )
    first, second = read_boxes(path)
    assert first['boxes'].tolist() == [[-2.9e16, 0.2, 0.6, 0.7]]
    assert second['boxes'].shape == (0, 4)
    assert second['time'] == 1.5
    assert [boxes.tolist() for boxes in second['steps']] == [[], [[0, 0, 1, 1]]]
    for steps, fault in (([[[1, 2]]], r'steps\[0\] must list four'), (3, 'steps must list the')):
        path.write_text(json.dumps([{'file': 'a', 'class': 'b', 'bbox': [], 'steps': steps}]))
        with pytest.raises(AnnotationError, match=rf'entry 0 \(a\): {fault}'):
            read_boxes(path)
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


@pytest.mark.parametrize('order', list(permutations(range(3))))
def test_colours_change_as_mmactions_do(order):
    """One level brighter at most: fractions are rounded where MMAction2 cuts them off."""
    rng = np.random.default_rng(0)
    pictures = [rng.integers(0, 256, (9, 7, 3), np.uint8) // (1 + i) for i in range(3)]
    theirs = MMActionColorJitter(0.4, 0.3, 0.6, hue=0.0)
    ours = ColorJitter(0.4, 0.3, 0.6)
    theirs.fn_idx = ours.fn_idx = np.array([*order, 3])
    found = []
    for seed in range(5):
        for step in (theirs, ours):
            np.random.seed(seed)
            found.append(np.stack(step.transform(dict(imgs=pictures))['imgs']).astype(int))
            found[-1][0, 0, 0] += np.random.randint(100)  # the generator is left in one state
        assert set(np.unique(found[-1] - found[-2])) <= {0, 1}
    assert np.abs(found[-1] - np.stack(pictures)).mean() > 10


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
    assert chosen['moment'] == pytest.approx(1.5)
    chosen = SelectMoment('time', duration=1.0, time=2.97).transform(opened(shapes))
    assert chosen['clip_start'] == pytest.approx(2.0)
    assert chosen['moment'] == pytest.approx(2.97)
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
    assert chosen['moment'] == pytest.approx(1.75)


TOO_SMALL = (
    (DecodeClip, 'frame_interval'),
    (DecodeClip, 'duration'),
    (LogMel, 'max_chunks'),
    (SelectMoment, 'top_k'),
    (PairSpectrograms, 'hop'),
    (PillowResize, 'size'),
    (TensorResize, 'size'),
)


@pytest.mark.parametrize(('step', 'name'), TOO_SMALL)
def test_numbers_that_are_too_small_are_refused(step, name):
    with pytest.raises(ValueError, match=f'{name} is 0, expected at least 1'):
        step(**{name: 0})


def test_moments_refuse_contradictions(shapes, tmp_path):
    with pytest.raises(ValueError, match="mode is 'middle'"):
        SelectMoment('middle')
    with pytest.raises(ValueError, match="'time' needs one"):
        SelectMoment('time')
    with pytest.raises(ValueError, match=r'time is 9 s, expected one in \[0, 3\.'):
        SelectMoment('time', time=9).transform(opened(shapes))
    path = tmp_path / 'moments.json'
    path.write_text('{"other": [{"time": 1}]}')
    with pytest.raises(ValueError, match=r'has no moment of train.*mmssl moments'):
        SelectMoment('file', moments_file=str(path)).transform(opened(shapes))
    path.write_text('{"a": [1, 2]}')
    with pytest.raises(ValueError, match=r'expected \{video_id'):
        SelectMoment('file', moments_file=str(path))


@pytest.mark.parametrize(
    'config',
    [*PIPELINE, dict(type='mmssl.SelectMoment'), dict(type='mmssl.LoadMask')],
    ids=lambda c: c['type'],
)
def test_transforms_show_their_arguments(config):
    text = repr(TRANSFORMS.build(dict(config)))
    assert text.startswith(config['type'].removeprefix('mmssl.'))
    assert '(' in text


def lines(path, names):
    path.write_text('\n'.join(names) + '\n')
    return str(path)


def logged(monkeypatch):
    """What data sets write to the log while they are built."""
    notes = []
    monkeypatch.setattr(
        'mmssl.datasets.audio_visual_dataset.print_log', lambda text, *_: notes.append(text)
    )
    return notes


def test_subsets_keep_what_is_listed_and_tell_the_rest(shapes, tmp_path, monkeypatch):
    notes = logged(monkeypatch)
    ids = [info['video_id'] for info in dataset(shapes)]
    other = dataset(shapes, split='test').get_data_info(0)['video_id']
    # The millisecond form names the same clip, a repeated line counts once.
    listed = [f'{ids[3][:11]}_0_3000', ids[1], ids[1], other, 'gone-------_000007']
    kept = dataset(shapes, subset_file=lines(tmp_path / 'list.txt', listed))
    assert [info['video_id'] for info in kept] == [ids[1], ids[3]]
    assert kept.metainfo['subset'] == {
        'file': str(tmp_path / 'list.txt'), 'kept': 2, 'of': 16, 'elsewhere': 1, 'unknown': 1,
    }  # fmt: skip
    assert '2 of 16 samples are kept; of 4 listed' in notes[-1]
    assert '1 are of another split and 1 unknown, 1 lines repeat one' in notes[-1]
    assert kept.metainfo['classes'] == dataset(shapes).metainfo['classes']


def test_held_out_rows_are_drawn_from_the_subset(shapes, tmp_path):
    ids = [info['video_id'] for info in dataset(shapes)][:8]
    path = lines(tmp_path / 'list.txt', ids)
    parts = [
        dataset(shapes, subset_file=path, held_out=0.25, part=part) for part in ('fit', 'held-out')
    ]
    names = [{info['video_id'] for info in data} for data in parts]
    assert [len(n) for n in names] == [6, 2]
    assert names[0] | names[1] == set(ids)


def test_a_subset_of_nothing_is_refused(shapes, tmp_path):
    path = lines(tmp_path / 'list.txt', ['gone-------_000007'])
    with pytest.raises(AnnotationError, match=r'none of its 1 identifiers is among the 16 samples'):
        dataset(shapes, subset_file=path)
    with pytest.raises(AnnotationError, match='no such file'):
        dataset(shapes, subset_file='gone.txt')


def test_repairs_and_repetitions_are_logged(tmp_path, monkeypatch):
    notes = logged(monkeypatch)
    (tmp_path / 'table.csv').write_text(
        'zpWuikVorYg,32,elk bugling,test\nzpWuikVorYg,32,elk bugling,train\n'
        'gEvCUcZ6w88,30,"female speech, woman speaking",test\nJIemsK_0lXc,364,playing cello,test\n'
    )
    (tmp_path / 'boxes.json').write_text(annotation_files.BOXES)
    data = dataset(tmp_path, ann_file='table.csv', boxes_file='boxes.json')
    assert len(data) == 4
    assert 'table.csv: 1 repeated lines are left out' in notes[0]
    assert '1 of them with other content (lines 2)' in notes[0]
    assert notes[1].endswith(
        '4 boxes of 4 entries: 2 out of range, 2 of zero area, 2 entries without any truth'
    )


def test_two_column_list_gives_the_classes_too(tmp_path):
    (tmp_path / 'test.csv').write_text(annotation_files.TEST_LIST)
    data = dataset(tmp_path, ann_file='test.csv', form='vggsound-test', split='test')
    info = data.get_data_info(1)
    assert info['filename'].endswith('videos/LDoXsip0BEQ_000177.mp4')
    assert data.metainfo['classes'][info['label']] == 'engine accelerating, revving, vroom'


def test_extended_rows_with_a_class_are_the_positives(tmp_path):
    (tmp_path / 'pairs.csv').write_text(
        'video,audio,label\nzpWuikVorYg_000032,zpWuikVorYg_000032,elk bugling\n'
        'zpWuikVorYg_000032,gEvCUcZ6w88_000030,non-sounding\n'
    )
    (tmp_path / 'boxes.json').write_text(annotation_files.BOXES)
    settings = dict(ann_file='pairs.csv', form='extended', boxes_file='boxes.json')
    data = dataset(tmp_path, **settings)
    assert [(i['video_id'], i['sounding'], i['moment']) for i in data] == [
        ('zpWuikVorYg_000032', True, 5.0),
        ('zpWuikVorYg_000032+gEvCUcZ6w88_000030', False, 5.0),
    ]
    # A pair is listed by its own name or by both of its clips.
    path = lines(tmp_path / 'list.txt', ['zpWuikVorYg_000032', 'gEvCUcZ6w88_000030'])
    assert len(dataset(tmp_path, **settings, subset_file=path)) == 2
    path = lines(tmp_path / 'list.txt', ['zpWuikVorYg_000032'])
    assert len(dataset(tmp_path, **settings, subset_file=path)) == 1
    with pytest.raises(AnnotationError, match='the extended form needs boxes_file'):
        dataset(tmp_path, ann_file='pairs.csv', form='extended')
    (tmp_path / 'pairs.csv').write_text('video,audio,label\nabc,abc,elk\n')
    with pytest.raises(AnnotationError, match=r'no boxes of abc, which .* calls sounding'):
        dataset(tmp_path, **settings)


def test_forms_refuse_what_they_cannot_do(tmp_path):
    with pytest.raises(ValueError, match=r"form is 'coco', expected one of \['audioset', 'ave'"):
        dataset(tmp_path, form='coco')
    with pytest.raises(ValueError, match=r"expected folders of \['audio'\] too"):
        dataset(tmp_path, form='is3')
    (tmp_path / 'ids.csv').write_text('1\n2\n')
    settings = dict(
        ann_file='ids.csv', form='flickr-soundnet', data_prefix=dict(video='frames', audio='audio')
    )
    assert 'boxes' not in dataset(tmp_path, **settings).get_data_info(0)
    with pytest.raises(AnnotationError, match='needs classes, and 1 has none'):
        dataset(tmp_path, **settings, sound='other-class')


def test_masks_are_read_whatever_their_kind(tmp_path):
    truth = np.zeros((6, 8), bool)
    truth[1:4, 2:5] = True
    pictures = {
        'binary': truth.astype(np.uint8) * 255,
        'classes': truth.astype(np.uint8) * 3,
        # Opaque everywhere: an alpha channel says nothing.
        'alpha': np.dstack([truth * 255] * 3 + [np.full(truth.shape, 255)]).astype(np.uint8),
    }
    for name, picture in pictures.items():
        path = tmp_path / f'{name}.png'
        assert cv2.imwrite(str(path), picture)
        found = LoadMask().transform({'mask_filename': str(path)})['gt_mask']
        assert found.dtype == bool
        assert np.array_equal(found, truth)
    (tmp_path / 'text.png').write_text('no picture')
    with pytest.raises(MediaError, match=r'text\.png: OpenCV reads no picture'):
        LoadMask().transform({'mask_filename': str(tmp_path / 'text.png')})
    with pytest.raises(MediaError, match='no such file'):
        LoadMask().transform({'mask_filename': str(tmp_path / 'gone.png')})


def test_companion_moments_are_frame_centres(shapes, tmp_path):
    video_id = opened(shapes)['video_id']
    path = tmp_path / 'moments.json'
    path.write_text(json.dumps({f'{video_id[:11]}_0_3000': [14, 3]}))
    chosen = SelectMoment('file', duration=1.0, moments_file=str(path)).transform(opened(shapes))
    assert chosen['moment'] == pytest.approx(1.45)


def test_no_object_a_sample_stays_alive(tmp_path):
    """The list is one array: worker processes share it instead of copying it page by page."""
    table = tmp_path / 'table.csv'
    table.write_text(''.join(f'{i:011d},{i % 400},dog,train\n' for i in range(4000)))
    gc.collect()
    before = len(gc.get_objects())
    data = dataset(tmp_path, ann_file='table.csv')
    gc.collect()
    assert len(data) == 4000
    assert len(gc.get_objects()) - before < 500
    assert not data.data_list


def test_dataset_is_registered_under_its_scope():
    assert DATASETS.get('mmssl.AudioVisualDataset') is AudioVisualDataset
