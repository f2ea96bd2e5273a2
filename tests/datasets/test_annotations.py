"""Readers of published annotation files: as published, damaged, mutated."""

import csv
import io
import json
import random
from pathlib import Path

import numpy as np
import pytest

from mmssl.collection.clip_files import listed_names
from mmssl.datasets import annotations as ann
from mmssl.datasets.annotations import AnnotationError, canonical_id, millisecond_id
from mmssl.datasets.annotations.is3 import fractions
from mmssl.datasets.annotations.moments import Moments
from mmssl.evaluation.functional import boxes_to_mask

from .. import annotation_files as files
from ..published import PUBLISHED


def write(folder, name, content):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_identifiers_there_and_back():
    assert millisecond_id('9fhhMaXTraI_000044') == '9fhhMaXTraI_44000_54000'
    assert millisecond_id('abcdef_1234_000000', 5.5) == 'abcdef_1234_0_5500'
    assert millisecond_id('9fhhMaXTraI_44000_54000') == '9fhhMaXTraI_44000_54000'
    assert canonical_id(millisecond_id('ab_1234_cde_000364')) == 'ab_1234_cde_000364'
    with pytest.raises(ValueError, match="video_id is '10000130166'"):
        millisecond_id('10000130166')


def test_repeated_rows_are_left_out_and_told(tmp_path):
    rows = ann.read_vggsound_table(write(tmp_path, 'vggsound.csv', files.TABLE))
    assert [(row.video_id, row.label, row.split) for row in rows] == [
        ('---g-f_I2yQ_000001', 'people marching', 'test'),
        ('--0PQM4-hqg_000030', 'bird chirping, tweeting', 'train'),
        ('9fhhMaXTraI_000044', 'say "hello"', 'train'),
    ]
    assert (rows.repeated, rows.conflicting) == ([3, 5], [5])


def test_two_column_list_and_classes(tmp_path):
    rows = ann.read_vggsound_test(write(tmp_path, 'test.csv', files.TEST_LIST))
    assert [row.video_id for row in rows][1] == 'LDoXsip0BEQ_000177'
    assert rows[1].label == 'engine accelerating, revving, vroom'
    assert {row.split for row in rows} == {'test'}
    names = ann.read_class_names(write(tmp_path, 'stat.csv', files.CLASSES))
    assert names == ['ambulance siren', 'bird chirping, tweeting']


def test_boxes_are_passed_on_and_their_faults_counted(tmp_path):
    entries = ann.read_boxes(write(tmp_path, 'boxes.json', files.BOXES))
    assert [e['video_id'] for e in entries][2] == 'JIemsK_0lXc_000364'
    assert entries[1]['boxes'][0, 2] == -2.8823037615171176e16
    assert (entries[3]['time'], entries[3]['event'], entries[3]['group']) == (1.5, [1, 2.5], 'a')
    counts = ann.count_boxes([entry['boxes'] for entry in entries])
    assert counts == ann.BoxCounts(4, 4, out_of_range=2, zero_area=2, swapped=0, empty=(1, 2))
    assert '2 of zero area' in str(counts)
    masks = [boxes_to_mask(entry['boxes']) for entry in entries]
    assert tuple(i for i, mask in enumerate(masks) if not mask.any()) == counts.empty


def test_swapped_boxes_are_told_from_those_without_area():
    boxes = [[0.6, 0.2, 0.4, 0.9], [0.2, 0.9, 0.4, 0.1], [0.3, 0.2, 0.3, 0.9], [0, 0, 1, 1]]
    counts = ann.count_boxes([np.array(boxes), np.array([[0.4, 0.6, -2.9e16, 0.9]])])
    assert counts == ann.BoxCounts(2, 5, out_of_range=1, zero_area=4, swapped=2, empty=(1,))
    assert '4 of zero area (2 with x1 < x0 or y1 < y0), 1 entries' in str(counts)


def test_lists_of_identifiers(tmp_path):
    ids = ann.read_ids(write(tmp_path, 'heard.csv', files.IDS))
    assert ids == ['zpWuikVorYg_000032', 'gEvCUcZ6w88_000030']
    assert ids.repeated == [3]
    assert ann.read_ids(write(tmp_path, 'f.csv', files.FLICKR_IDS)) == [
        '10000130166',
        '10007936344',
    ]


def test_flickr_boxes_are_exact_fractions(tmp_path):
    path = write(tmp_path, '10000130166.xml', files.FLICKR_XML)
    found = ann.read_flickr_boxes(path)
    assert list(found) == ['10000130166']
    assert (found['10000130166'] * 256).tolist() == [
        [15, 14, 210, 222], [23, 23, 237, 222], [14, 11, 234, 223], [0, 22, 256, 229],
    ]  # fmt: skip
    assert list(ann.read_flickr_boxes(tmp_path)) == ['10000130166']
    with pytest.raises(AnnotationError, match=r'1\.xml: no such file'):
        ann.read_flickr_boxes(tmp_path, ['1'])
    for value in range(257):  # the published evaluators' own formula
        assert int(224 * (value / 256)) == int(224 * value / 256)


def test_extended_pairs(tmp_path):
    pairs = ann.read_pairs(write(tmp_path, 'pairs.csv', files.PAIRS + 'a,b,dog\n'))
    assert [(p.video, p.audio, p.sounding) for p in pairs][1:] == [
        ('zpWuikVorYg_000032', 'gEvCUcZ6w88_000030', False),
        ('a', 'b', True),
    ]


def test_is3_objects(tmp_path):
    first, second = ann.read_is3(write(tmp_path, 'is3.json', files.IS3))
    assert {k: first[k] for k in ('video_id', 'picture', 'sound', 'group', 'label_name')} == {
        'video_id': 'cat_clock_1828_cat',
        'picture': 'cat_clock_1828_cat',
        'sound': 'cat_clock_1828_cat',
        'group': 'cat_clock_1828',
        'label_name': 'cat',
    }
    assert (224 * second['boxes']).astype(int).tolist() == [[0, 3, 224, 99]]


def test_fractions_of_the_grid_give_every_pixel_back():
    found = fractions(np.arange(225))
    assert [int(224 * value) for value in found] == list(range(225))
    assert found[0] == 0
    assert found[-1] == 1


def test_avsbench_frames(tmp_path):
    rows = ann.read_avsbench(write(tmp_path, 's4.csv', files.S4))
    assert [(r.video, r.second, r.moment) for r in rows] == [
        ('0d9u2CymIxc', 1, 0.5), ('0d9u2CymIxc', 2, 1.5), ('-a_b', 5, 4.5),
    ]  # fmt: skip
    rows = ann.read_avsbench(write(tmp_path, 'ms3.csv', files.MS3))
    assert (rows[0].video_id, rows[0].video) == ('26xaTuDMCIQ_1_1', '26xaTuDMCIQ_1')
    assert rows[0].label == 'guitar, violin'


def test_moments_of_both_forms_are_held_in_arrays(tmp_path):
    moments = ann.read_moments(write(tmp_path, 'moments.json', files.MOMENTS))
    assert len(moments) == 2
    # Frame 47 at ten a second is the one in the middle of [4.7, 4.8).
    assert moments['9fhhMaXTraI_000044'].tolist() == pytest.approx([4.75, 4.65, 4.55])
    assert moments['zpWuikVorYg_000032'].tolist() == [1.25, 8.0]
    assert 'other' not in moments
    assert sorted(moments) == ['9fhhMaXTraI_000044', 'zpWuikVorYg_000032']
    with pytest.raises(KeyError):
        moments['~later than all']
    assert 'anything' not in Moments({})


def read_labels(path):
    return ann.read_vggsounder(path, ['ambulance siren', 'bird chirping, tweeting'])


def test_labels_with_modality_and_flags(tmp_path):
    first, second = read_labels(write(tmp_path, 'labels.csv', files.VGGSOUNDER))
    assert first.video_id == '---g-f_I2yQ_000001'
    assert first.labels == {'ambulance siren': 'A', 'bird chirping, tweeting': 'AV'}
    assert first.flags == {'background_music': True, 'static_image': False, 'voice_over': False}
    assert (second.labels, second.flags['voice_over']) == ({'ambulance siren': 'V'}, True)
    path = write(tmp_path, 'classes.csv', files.VGGSOUNDER_CLASSES)
    assert ann.read_vggsounder_classes(path) == ['ambulance siren', 'bird chirping, tweeting']


def labels_with(row):
    return f'{files.VGGSOUNDER}{row}\n'.encode()


DAMAGED = [
    (read_labels, files.VGGSOUNDER[9:].encode(), r':1: .*expected the header video_id,label,mod'),
    (read_labels, files.VGGSOUNDER.split('-')[0].encode(), r'no rows'),
    (read_labels, labels_with('a,ambulance siren,A,True,False'), r':5: 5 columns, expected video'),
    (read_labels, labels_with('a,ambulance siren,B,True,False,True'), r":5: modality is 'B', exp"),
    (read_labels, labels_with('a,ambulance siren,A,True,no,True'), r":5: static_image is 'no', ex"),
    (read_labels, labels_with('a,ambulence siren,A,True,True,True'), r":5: .*mean 'ambulance si"),
    (read_labels, labels_with('a,dog,A,True,True,True'), r':5: .*expected one of the 2 classes'),
    (
        read_labels,
        labels_with('--0PQM4-hqg_000030,ambulance siren,A,False,False,True'),
        r":5: label 'ambulance siren' of --0PQM4-hqg_000030 again",
    ),
    (
        read_labels,
        labels_with('--0PQM4-hqg_000030,"bird chirping, tweeting",A,True,False,True'),
        r':5: background_music True.*expected those of its first row, background_music False',
    ),
    (ann.read_vggsounder_classes, b'index,name\n0,a\n', r':1: .*expected the header index,mid,d'),
    (ann.read_vggsounder_classes, b'index,mid,display_name\n1,a,b\n', r":2: index is '1', expec"),
    (ann.read_vggsounder_classes, b'index,mid,display_name\n0,a,b\n1,a,b\n', r":3: class is 'b'"),
    (ann.read_vggsound_table, b'a,1,dog,train\nb,\xc2\xb2,dog,train\n', r':2: start is'),
    (ann.read_vggsound_table, b'a,99999999,dog,train\n', r':1: start is'),
    (ann.read_vggsound_table, b'a,1,dog,train\nb,1,"dog,train\nc,1,dog,train\n', r':2: .*quotes'),
    (ann.read_vggsound_table, b'a,1,dog,train\n"b"x,1,dog,train\n', r':2: .*quotes'),
    (ann.read_vggsound_table, b'a,1,,train\n', r':1: label is empty'),
    (ann.read_vggsound_table, b'../a,1,dog,train\n', r':1: YouTube ID is .* without folders'),
    (ann.read_vggsound_table, b'9fhhMaXTraI_44000_54000,45,dog,train\n', r':1: start is .45., ex'),
    (ann.read_vggsound_table, b'a,1,dog,train\nb,1,d\0g,train\n', r':2: a NUL byte'),
    (ann.read_vggsound_table, b'a,1,dog,train\nb,1,d\xffg,train\n', r':2: not UTF-8 at byte'),
    (ann.read_vggsound_table, b'a,1,' + b'x' * 200000 + b',train\n', r':1: field larger'),
    (ann.read_vggsound_table, '\ufeffa,1,dog\n'.encode(), r':1: 3 columns'),
    (ann.read_vggsound_test, b'a.mp4,b,c\n', r':1: 3 columns, expected ID_000032\.mp4, label'),
    (ann.read_class_table, b'index,mid,display_name\n0,a,b\n1,a,c\n', r":3: mid is 'a', exp"),
    (ann.read_ave, b'Bark&a&good&0&1\nBark&a&good&0\n', r':2: .*expected Category&VideoID&Q'),
    (ann.read_ave, b'Bark&a&good&0&1.5\n', r":1: EndTime is '1\.5', expected whole seconds"),
    (ann.read_ave, b'Bark&a&good&3&1\n', r':1: EndTime is 1, expected at least StartTime 3'),
    (ann.read_ave, b'&a&good&0&1\n', r':1: Category is empty'),
    (ann.read_ave, b'Bark&../a&good&0&1\n', r':1: VideoID is .* without folders'),
    (ann.read_ave, files.AVE.partition('\n')[0].encode(), r'no rows'),
    (ann.read_kinetics, b'label,youtube_id\n', r":1: .* lacks \['time_start', 'time_end', 'split'"),
    (ann.read_kinetics, f'{files.KINETICS}a,b,1,2,val\n'.encode(), r':5: 5 columns, expected lab'),
    (ann.read_kinetics, f'{files.KINETICS}a,b,x,2,val,0\n'.encode(), r":5: time_start is 'x', ex"),
    (ann.read_kinetics, f'{files.KINETICS},b,1,2,val,0\n'.encode(), r':5: label is empty'),
    (ann.read_kinetics, files.KINETICS.partition('\n')[0].encode(), r'no rows'),
    (ann.read_music, b'[]', r'holds \[\], expected an object with videos'),
    (ann.read_music, b'{"videos": {"flute": "a"}}', r"entry 'flute' holds 'a', expected the name"),
    (
        ann.read_music,
        b'{"videos": {"flute": ["a", 3]}}',
        r"entry 'flute' has the video 3, expected a",
    ),
    (ann.read_music, b'{"videos": {"flute": []}}', r'no videos'),
    (ann.read_segments, b'a, 0, 1, "/m/x"\na, 0, 1\n', r':2: 3 columns, expected YTID, start_se'),
    (ann.read_segments, b'a, x, 1, "/m/x"\n', r":1: start_seconds is 'x', expected seconds"),
    (ann.read_segments, b'a, 0.000, 1.000, "Dog"\n', r":1: positive_labels is 'Dog', expected id"),
    (ann.read_segments, b'# a\n', r'no rows'),
    (ann.read_ontology, b'[{"id": "a", "name": "b", "child_ids": "c"}]', r'entry 0 \(a\): child_'),
    (
        ann.read_ontology,
        b'[{"id": "a", "name": "b", "child_ids": ["c"]}]',
        r"entry 'a' has the child 'c'",
    ),
    (ann.read_class_names, b'a,1,b\na,2,c\n', r":2: class 'a' again, first in line 1"),
    (ann.read_boxes, b'{"file": 1}', r'expected a list of entries'),
    (ann.read_boxes, b'[[]]', r'entry 0 is \[\], expected an object'),
    (ann.read_boxes, b'[\n{"file":\n1,}]', r':3: not JSON'),
    (ann.read_boxes, b'[' * 100000, r':1: nested too deeply'),
    (ann.read_boxes, b'[' + b'1' * 5000 + b']', r':1: a number of too many digits'),
    (ann.read_boxes, b'[{"file": 3, "class": "b", "bbox": []}]', r'entry 0: file is 3'),
    (ann.read_boxes, b'[{"file": "a", "class": ["b"], "bbox": []}]', r'entry 0 \(a\): class is'),
    (ann.read_boxes, b'[{"file": "a", "class": "b", "bbox": [[0,0,NaN,1]]}]', r'entry 0 \(a\): bb'),
    (ann.read_boxes, b'[{"file": "a", "class": "b", "bbox": [[0,0,true,1]]}]', r'entry 0 \(a\): b'),
    (ann.read_boxes, b'[{"file": "a", "class": "b", "bbox": [["0","0","1","1"]]}]', r'entry 0 \('),
    (
        ann.read_boxes,
        b'[{"file": "a", "class": "b", "bbox": [[3,4,100,200]]}]',
        r'are these pixels',
    ),
    (
        ann.read_boxes,
        b'[{"file": "a", "class": "b", "bbox": [[0,0,1,' + b'9' * 400 + b']]}]',
        r'entry 0 \(a\): bbox must list',
    ),
    (
        ann.read_boxes,
        b'[{"file": "a", "class": "b", "bbox": [], "time": -1}]',
        r'entry 0 \(a\): time is -1',
    ),
    (ann.read_negatives, b'[{"file": "a", "kind": "", "time": 1}]', r"entry 0 \(a\): kind is ''"),
    (ann.read_ids, b'a\n\n,b\n', r":3: identifier is ''"),
    (ann.read_ids, b'a\nb/c\n', r":2: identifier is 'b/c'"),
    (ann.read_ids, b'\n\n', r'no identifiers'),
    (ann.read_pairs, b'a,b,c\n', r':1: .*expected the header'),
    (ann.read_pairs, b'video,audio,label\na,b\n', r':2: .*expected video, audio, label'),
    (ann.read_pairs, b'', r':1: .*expected the header'),
    (
        ann.read_is3,
        b'[{"image": "/x/a_b.jpg", "audio": "a_b.wav", "gt_box": [1, 2, 3]}]',
        r'gt_box',
    ),
    (
        ann.read_is3,
        b'[{"image": "ab.jpg", "audio": "b.wav", "gt_box": [1, 2, 3, 4]}]',
        r'NAME_CLASS',
    ),
    (
        ann.read_is3,
        b'[{"image": "a_b.jpg", "audio": "a_b.wav", "gt_box": [1, 2, 3, 400]}]',
        r'entry 0 \(a_b\.jpg\): gt_box is .*expected pixels in \[0, 224\]',
    ),
    (ann.read_avsbench, b'a_1,b\nc,d\n', r':2: frame is .c., expected VIDEO_k'),
    (ann.read_avsbench, b'a_0,b\n', r':1: frame is .a_0.'),
    (ann.read_moments, b'[]', r'holds \[\], expected \{video_id'),
    (ann.read_moments, b'{"a": [{"time": NaN}]}', r"entry 'a' holds"),
    (ann.read_moments, b'{"9fhhMaXTraI_44000_54000": [-3]}', r'holds -3'),
    (ann.read_moments, b'{"\\ud800": [{"time": 1}]}', r'not a name'),
    (ann.read_flickr_boxes, b'<a><b>', r':1: not XML'),
    (ann.read_flickr_boxes, b'<html><body>Not found</body></html>', r': no bbox, expected'),
    (
        ann.read_flickr_boxes,
        b'<!DOCTYPE a [\n<!ENTITY x "yyyy"><!ENTITY z "&x;&x;">]><a>&z;</a>',
        r':1: holds <!DOCTYPE',
    ),
    (
        ann.read_flickr_boxes,
        b'<a><b><bbox><xmin>1.5</xmin></bbox></b></a>',
        r"annotator 0, bbox 0: xmin is '1\.5', expected a whole number",
    ),
    (
        ann.read_flickr_boxes,
        b'<a><b/><b><bbox><xmin>1</xmin><ymin>2</ymin></bbox></b></a>',
        r"annotator 1, bbox 0: xmax is ''",
    ),
    (
        ann.read_flickr_boxes,
        '<?xml version="1.0"?>\n<a/>'.encode('utf-16'),
        r':1: UTF-16, as Excel',
    ),
    (ann.read_vggsound_table, files.TABLE.encode('utf-16'), r':1: UTF-16, as Excel'),
    (ann.read_vggsound_table, files.TABLE.encode('utf-16-be'), r':1: a NUL byte'),
]


@pytest.mark.parametrize(('reader', 'content', 'message'), DAMAGED)
def test_damaged_files_name_the_place(tmp_path, reader, content, message):
    path = write(tmp_path, 'damaged', content)
    with pytest.raises(AnnotationError, match=message) as caught:
        reader(path)
    assert str(caught.value).startswith(str(path))


@pytest.mark.parametrize(
    'reader', sorted({reader for reader, *_ in DAMAGED}, key=lambda r: r.__name__)
)
def test_files_that_cannot_be_opened(tmp_path, reader):
    for path in (tmp_path / 'gone', tmp_path / 'a\0b'):
        with pytest.raises(AnnotationError):
            reader(path)
    if reader is not ann.read_flickr_boxes:
        with pytest.raises(AnnotationError, match='is a folder, not a regular file'):
            reader(tmp_path)


@pytest.mark.parametrize(('mark', 'name'), [(';', 'semicolons'), ('\t', 'tabs')])
def test_columns_of_another_spreadsheet_are_told_from_damage(tmp_path, mark, name):
    for reader, text in (
        *((ann.read_vggsound_table, files.TABLE), (listed_names, files.TABLE)),
        *((ann.read_vggsound_test, files.TEST_LIST), (ann.read_ids, files.TEST_LIST)),
        *((ann.read_class_names, files.CLASSES), (ann.read_pairs, files.PAIRS)),
        *((ann.read_avsbench, files.S4), (read_labels, files.VGGSOUNDER)),
    ):
        rows = list(csv.reader(text.splitlines()))
        written = io.StringIO()
        csv.writer(written, delimiter=mark).writerows(rows)
        path = write(tmp_path, 'table.csv', '\ufeff' + written.getvalue())
        with pytest.raises(AnnotationError, match=f':1: {name} between its columns, expected comm'):
            reader(path)


def test_names_in_lists_may_hold_semicolons(tmp_path):
    path = write(tmp_path, 'ids.txt', 'one;two\n---g-f_I2yQ_000001;x\n')
    assert ann.read_ids(path) == listed_names(path) == ['one;two', '---g-f_I2yQ_000001;x']


@pytest.mark.parametrize('change', ['bom', 'crlf', 'cr', 'blank lines'])
def test_editors_leave_their_marks(tmp_path, change):
    def edited(text):
        return {
            'bom': '\ufeff' + text,
            'crlf': text.replace('\n', '\r\n'),
            'cr': text.replace('\n', '\r'),
            'blank lines': text.replace('\n', '\n\n'),
        }[change]

    for reader, text in SAMPLES:
        plain = reader(write(tmp_path, 'plain', text))
        changed = reader(write(tmp_path, 'changed', edited(text)))
        if reader is ann.read_flickr_boxes:
            plain, changed = list(plain.values()), list(changed.values())
        assert summary(reader, plain) == summary(reader, changed)


SAMPLES = [
    (read_labels, files.VGGSOUNDER),
    (ann.read_vggsounder_classes, files.VGGSOUNDER_CLASSES),
    (ann.read_vggsound_table, files.TABLE),
    (ann.read_vggsound_test, files.TEST_LIST),
    (ann.read_class_names, files.CLASSES),
    (ann.read_boxes, files.BOXES),
    (ann.read_negatives, files.NEGATIVES),
    (ann.read_ave, files.AVE),
    (ann.read_kinetics, files.KINETICS),
    (ann.read_music, files.MUSIC_SOLO),
    (ann.read_segments, files.SEGMENTS),
    (ann.read_class_table, files.AUDIOSET_CLASSES),
    (ann.read_ontology, files.ONTOLOGY),
    (ann.read_ids, files.IDS),
    (ann.read_ids, files.FLICKR_IDS),
    (ann.read_pairs, files.PAIRS),
    (ann.read_is3, files.IS3),
    (ann.read_avsbench, files.S4),
    (ann.read_avsbench, files.MS3),
    (ann.read_moments, files.MOMENTS),
    (ann.read_flickr_boxes, files.FLICKR_XML),
]


def summary(reader, found):
    """A parse as plain values."""
    if reader is ann.read_moments:
        return {name: found[name].tolist() for name in found}
    return json.loads(json.dumps(list(found), default=lambda v: getattr(v, 'tolist', v.__repr__)()))


def mutated(content: bytes, rng: random.Random) -> bytes:
    """One to three random injuries."""
    for _ in range(rng.randint(1, 3)):
        lines = content.split(b'\n')
        kind = rng.choice(['flip', 'cut', 'twice', 'swap', 'drop', 'insert', 'shuffle'])
        if kind == 'flip':
            spot = rng.randrange(len(content) or 1)
            content = content[:spot] + bytes([rng.randrange(256)]) + content[spot + 1 :]
        elif kind == 'cut':
            content = content[: rng.randrange(len(content) + 1)]
        elif kind == 'twice':
            line = rng.randrange(len(lines))
            content = b'\n'.join(lines[: line + 1] + lines[line:])
        elif kind == 'swap':
            old, new = rng.choice(_SWAPS)
            content = content.replace(old, new, rng.randint(1, 2))
        elif kind == 'drop':
            del lines[rng.randrange(len(lines))]
            content = b'\n'.join(lines)
        elif kind == 'insert':
            spot = rng.randrange(len(content) + 1)
            content = content[:spot] + rng.choice(_INSERTS) + content[spot:]
        else:
            rng.shuffle(lines)
            content = b'\n'.join(lines)
    return content


_SWAPS = [
    (b'[', b'{'), (b'0', b'"0"'), (b'1', b'null'), (b'0.', b'-1e999'), (b'"', b''), (b',', b';'),
    (b'2', b'true'), (b'3', b'NaN'), (b']', b',[]]'), (b'<bbox>', b'<box>'), (b':', b','),
    (b'_', b'/'), (b'0', b'9' * 400), (b'bbox', b'class'), (b'non-sounding', b''),
]  # fmt: skip
_INSERTS = [
    b'\0', b'\xff', b'\r', b'"', b'\n,\n', b'[[', b'{}', b'\xef\xbb\xbf', b'<!DOCTYPE a>', b'&x;',
    b'../', b'\xe2\x80\xa8', b'9' * 5000, b'[' * 3000, b'1e400', b'Infinity', b'\x1b',
]  # fmt: skip


def check_parse(reader, found):
    """What a reader promises of whatever it accepts."""
    assert len(found)
    if reader in (ann.read_boxes, ann.read_is3):
        for entry in found:
            assert isinstance(entry['video_id'], str)
            assert '/' not in entry['video_id']
            boxes = entry['boxes']
            assert boxes.dtype == np.float64
            assert boxes.shape == (len(boxes), 4)
            assert np.isfinite(boxes).all()
            assert boxes_to_mask(boxes).shape == (224, 224)
        assert ann.count_boxes([e['boxes'] for e in found]).entries == len(found)
    elif reader is ann.read_flickr_boxes:
        (boxes,) = found.values()
        assert boxes.dtype == np.float64
        assert boxes.shape == (len(boxes), 4)
        assert np.isfinite(boxes).all()
    elif reader is read_labels:
        assert all(clip.video_id and clip.labels for clip in found)
    elif reader is ann.read_negatives:
        assert all(entry['time'] >= 0 for entry in found)
    elif reader is ann.read_ave:
        assert all(row.video and row.label and row.start <= row.end for row in found)
    elif reader is ann.read_kinetics:
        assert all(row.file.startswith(row.video_id) and row.label and row.split for row in found)
    elif reader is ann.read_music:
        assert all(row.video and row.instruments for row in found)
    elif reader is ann.read_segments:
        assert all(row.video_id and all(row.labels) for row in found)
    elif reader is ann.read_ontology:
        assert all({*entry.children} <= {*found} for entry in found.values())
    elif reader is ann.read_moments:
        assert all(np.isfinite(found[name]).all() and len(found[name]) for name in found)
    elif reader is ann.read_avsbench:
        assert all(1 <= row.second <= 99 and row.label for row in found)
    elif reader is ann.read_pairs:
        assert all(row.video and row.audio and row.label for row in found)
    elif reader in (ann.read_vggsound_table, ann.read_vggsound_test):
        names = [row.video_id for row in found]
        assert len(set(names)) == len(names)
        assert all(row.label and row.split for row in found)
    else:
        assert all(isinstance(name, str) and name for name in found)


#: Faults of the whole file: there is no line to name.
WHOLE_FILE = (
    *('no rows', 'no identifiers', 'no bbox', 'no videos'),
    *('expected a list of entries', 'holds '),
)


def test_five_hundred_mutated_files(tmp_path):
    """Each gives an error that names file and place, or a parse that holds its promises."""
    rng = random.Random(20240607)
    refused = parsed = 0
    for number in range(500):
        reader, text = SAMPLES[number % len(SAMPLES)]
        content = mutated(text.encode(), rng)
        path = write(tmp_path, 'mutated.x', content)
        try:
            found = reader(path)
        except AnnotationError as error:
            message = str(error)
            assert message.startswith(str(path))
            place = message.removeprefix(str(path))
            named = place[1:].split(':')[0].isdigit() or place.startswith(
                (': entry ', ': annotator ')
            )
            assert named or place[2:].startswith(WHOLE_FILE), message
            assert len(message) < 600
            refused += 1
        else:
            if len(found):
                check_parse(reader, found)
            parsed += 1
    print(f'{refused} refused, {parsed} parsed')
    assert refused > 150
    assert parsed > 100


@pytest.mark.published('vggss')
def test_published_vggss_boxes():
    entries = ann.read_boxes(PUBLISHED / 'vggss/vggss.json')
    counts = ann.count_boxes([entry['boxes'] for entry in entries])
    assert counts == ann.BoxCounts(
        5158, 5941, out_of_range=12, zero_area=18, swapped=0, empty=(97, 4622)
    )
    names = {entry['label_name'] for entry in entries}
    assert (len(names), sum(',' in name for name in names)) == (221, 19)


@pytest.mark.published('vggsound', 'vggss')
def test_published_vggsound_lists():
    rows = ann.read_vggsound_test(PUBLISHED / 'vggsound/test.csv')
    assert (len(rows), rows.repeated) == (15446, [])
    classes = ann.read_class_names(PUBLISHED / 'vggsound/stat.csv')
    assert classes == ann.class_names(rows)
    assert len(classes) == 309
    truth = {e['video_id']: e['label_name'] for e in ann.read_boxes(PUBLISHED / 'vggss/vggss.json')}
    label = {row.video_id: row.label for row in rows}
    assert all(label[name] == value for name, value in truth.items())
    sizes = {'test.csv': 5158, 'heard_test.csv': 2564, 'unheard_test.csv': 2575, '10k.txt': 10000}
    for name, size in sizes.items():
        ids = ann.read_ids(PUBLISHED / f'vggss/vggss_{name}')
        assert (len(ids), ids.repeated) == (size, [])
        if name != '10k.txt':
            assert set(ids) <= set(truth)
    # The published training subset holds test clips: 787 of VGGSound, 238 of VGG-SS.
    assert (len(set(ids) & set(label)), len(set(ids) & set(truth))) == (787, 238)


@pytest.mark.published('flickr_soundnet', 'extended', 'is3', 'avsbench')
def test_other_published_files():
    assert len(ann.read_ids(PUBLISHED / 'flickr_soundnet/flickr_test.csv')) == 249
    assert len(ann.read_ids(PUBLISHED / 'flickr_soundnet/flickr_10k.txt')) == 10000
    assert ann.read_flickr_boxes(PUBLISHED / 'flickr_soundnet/example.xml')['example'].shape == (
        4,
        4,
    )
    sizes = {'vggss': (5158, 379), 'flickr': (250, 0)}
    for name, numbers in sizes.items():
        pairs = ann.read_pairs(PUBLISHED / f'extended/{name}_test_plus_silent.csv')
        same = sum(pair.video == pair.audio for pair in pairs)
        assert (len(pairs), same) == numbers
        assert not any(pair.sounding for pair in pairs)
    objects = ann.read_is3(PUBLISHED / 'is3/synthetic3240_bbox.json')
    assert len(objects) == 6480
    members = {}
    for entry in objects:
        members.setdefault(entry['group'], []).append(entry['video_id'])
    assert {len(names) for names in members.values()} == {2}
    raw = json.loads(Path(PUBLISHED / 'is3/synthetic3240_bbox.json').read_text())
    cells = np.floor(224 * np.concatenate([entry['boxes'] for entry in objects]))
    assert np.array_equal(cells, [entry['gt_box'] for entry in raw])
    for name, size in {'s4': 3700, 'ms3': 320}.items():
        rows = ann.read_avsbench(PUBLISHED / f'avsbench/avs1_{name}_test.csv')
        assert (len(rows), rows.repeated) == (size, [])
        assert {row.second for row in rows} == {1, 2, 3, 4, 5}
