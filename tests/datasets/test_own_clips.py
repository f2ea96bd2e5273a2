"""A folder of folders, or a table, is a data set: what is found, held out, left out and refused."""

import os
from collections import Counter

import numpy as np
import pytest

from mmssl.datasets.annotations import AnnotationError, ClipRow, read_clip_table
from mmssl.datasets.forms import FORMS, FormFiles
from mmssl.media import write_video
from mmssl.media.writer import RESULT, RESULT_VIDEOS

from .. import own_clips


def read(path, split='train', **more):
    return FORMS['own-clips'].samples(FormFiles(path, split=split, **more))


def touch(root, *names):
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()


def many(root, counts):
    touch(root, *(f'{label}/{i}.mp4' for label, count in counts.items() for i in range(count)))


def test_splits_of_a_folder(tmp_path):
    touch(tmp_path, 'train/dog/a.mp4', 'train/cat/b.MKV', 'val/dog/c.mp4', 'test/cat/d.webm')
    touch(tmp_path, 'train/dog/notes.txt', 'train/dog/.hidden.mp4', 'more/dog/e.mp4')
    found = read(tmp_path)
    assert [(s.id, s.label) for s in found.samples] == [
        ('train/cat/b.MKV', 'cat'),
        ('train/dog/a.mp4', 'dog'),
    ]
    assert found.classes == ['cat', 'dog']
    assert [s.picture for s in read(tmp_path, 'test').samples] == ['test/cat/d.webm']
    assert found.notes == [
        f'{tmp_path}: 2 names are not videos and left out, e.g. more/, train/dog/notes.txt'
    ]


def test_results_are_no_clips(tmp_path):
    """A mark in the file tells, as where a folder is localized: the name alone is anybody's."""
    own_clips.clip(tmp_path / 'train/bell/a_localized.mp4', 'bell')
    for end in RESULT_VIDEOS:
        frames = np.zeros((5, 48, 64, 3), np.uint8)
        write_video(tmp_path / f'train/bell/b{end}', frames, 10, comment=RESULT)
    expected = ['train/bell/a_localized.mp4']
    assert [sample.id for sample in read(tmp_path).samples] == expected
    flat = FORMS['folder'].samples(FormFiles(tmp_path / 'train/bell'))
    assert [sample.id for sample in flat.samples] == ['a_localized.mp4']


def test_a_balanced_share_is_held_out(tmp_path):
    many(tmp_path, {'dog': 40, 'cat': 20, 'owl': 3, 'elk': 1})
    parts = {split: read(tmp_path, split) for split in ('train', 'val', 'test')}
    counts = {split: Counter(s.label for s in part.samples) for split, part in parts.items()}
    assert counts == {
        'train': {'dog': 28, 'cat': 14, 'owl': 1, 'elk': 1},
        'val': {'dog': 6, 'cat': 3, 'owl': 1},
        'test': {'dog': 6, 'cat': 3, 'owl': 1},
    }
    assert len({s.id for part in parts.values() for s in part.samples}) == 64
    assert 'too few clips for every split: elk' in parts['train'].notes
    again, other = read(tmp_path, 'val'), read(tmp_path, 'val', seed=1)
    ids = [[s.id for s in part.samples] for part in (parts['val'], again, other)]
    assert ids[0] == ids[1] != ids[2]


def test_a_missing_split_is_held_out_of_training(tmp_path):
    many(tmp_path / 'train', {'dog': 10})
    many(tmp_path / 'test', {'dog': 4})
    counts = [len(read(tmp_path, split).samples) for split in ('train', 'val', 'test')]
    assert counts == [8, 2, 4]


def test_links_are_followed_and_broken_ones_left_out(tmp_path):
    touch(tmp_path, 'away/1.mp4', 'away/2.mp4', 'away/3.mp4')
    (tmp_path / 'mine').mkdir()
    (tmp_path / 'mine/dog').symlink_to(tmp_path / 'away')
    (tmp_path / 'away/gone.mp4').symlink_to(tmp_path / 'nowhere.mp4')
    found = read(tmp_path / 'mine')
    assert len(found.samples) == 1
    assert 'dog/gone.mp4' in found.notes[0]


@pytest.mark.parametrize(
    ('names', 'said'),
    [
        (['a.mp4', 'b.mp4'], 'holds 2 videos beside each other, which tells no classes, expected '),
        (['x/dog/a.mp4'], 'no videos in the folders of its folders, but e.g. x/dog, expected CLA'),
        ([], 'no folders of videos, expected CLASS/VIDEO.mp4, or '),
    ],
)
def test_other_layouts_are_refused(tmp_path, names, said):
    touch(tmp_path, *names)
    with pytest.raises(AnnotationError) as caught:
        read(tmp_path)
    assert said in str(caught.value)


def test_splits_without_training_are_refused(tmp_path):
    touch(tmp_path, 'val/dog/a.mp4')
    with pytest.raises(AnnotationError, match="only the splits \\['val'\\]"):
        read(tmp_path, 'val')


ROWS = [
    ClipRow('a.mp4', 'dog', 'train', (0.5, 2.0)),
    ClipRow('b/c.mp4', 'barking, loud', 'val', None),
]


@pytest.mark.parametrize(
    'text',
    [
        'a.mp4,dog,train,0.5,2\nb/c.mp4,"barking, loud",val,,\n',
        '\ufeffpath,label,split,start,end\r\na.mp4,dog,train,.5,2.0\r\n'
        'b/c.mp4,"barking, loud",val,,\r\n',
        'Label;Start;End;Note;Split;Path\ndog;0,5;2,0;x;train;a.mp4\n'
        'barking, loud;;;;VAL;b/c.mp4\n',
        'path\tend\tstart\tsplit\tlabel\na.mp4\t2\t0.5\ttrain\tdog\n\n'
        'b/c.mp4\t\t\tval\tbarking, loud',
    ],
    ids=['plain', 'windows', 'semicolons', 'tabs'],
)
def test_tables_of_all_kinds_read_alike(tmp_path, text):
    (tmp_path / 'clips.csv').write_bytes(text.encode())
    assert read_clip_table(tmp_path / 'clips.csv') == ROWS


def test_columns_without_a_header_are_told_by_their_number(tmp_path):
    table = tmp_path / 'clips.csv'
    table.write_text('a.mp4,dog\n')
    assert read_clip_table(table) == [ClipRow('a.mp4', 'dog')]
    table.write_text('a.mp4,dog,1,2\n')
    assert read_clip_table(table)[0].clip == 'a.mp4#1-2'


@pytest.mark.parametrize(
    ('text', 'said'),
    [
        ('', ':1: nothing, expected path and label'),
        ('a.mp4\nb.mp4\n', ":1: 'a.mp4', expected path and label, parted by a comma"),
        ('path,labl\na.mp4,dog\n', ":1: the header lacks 'label', it has ['path', 'labl'], did yo"),
        ('path,label,label\na,b,c\n', ":1: the header names 'label' twice"),
        ('a.mp4,dog\nb.mp4,dog,train\n', ':2: 3 columns, expected 2 as in the first line: path, l'),
        ('a,b,c,d,e,f\n', ':1: 6 columns without a header, expected path,label'),
        ('a.mp4,dog\n,dog\n', ':2: path is empty'),
        ('a.mp4,dog,training\n', ":1: split is 'training', expected one of train, val, test, did"),
        ('a.mp4,dog,5,2\n', ':1: end is 2 s, expected more than start, 5'),
        ('a.mp4,dog,1:05,2:00\n', ":1: start is '1:05', expected seconds, as 12.5"),
        ('a.mp4,dog,-1,nan\n', ":1: start is '-1', expected seconds"),
        ('a.mp4,dog,train\nb.mp4,dog,\n', ': b.mp4 has no split, and other rows have one'),
        ('path,label\n', ': no rows, expected path,label'),
        ('a.mp4,"dog\n', ':1: '),
    ],
)
def test_broken_tables_are_refused_with_their_line(tmp_path, text, said):
    (tmp_path / 'clips.csv').write_text(text)
    with pytest.raises(AnnotationError) as caught:
        read_clip_table(tmp_path / 'clips.csv')
    assert str(caught.value).startswith(f'{tmp_path}/clips.csv{said}')


def test_missing_files_and_repeated_clips_are_told_of(tmp_path):
    touch(tmp_path, 'a.mp4', 'b.mp4')
    table = tmp_path / 'clips.csv'
    table.write_text('a.mp4,dog,train\nb.mp4,dog,test\nc.mp4,dog,train\na.mp4,cat,train\n')
    found = read(table)
    assert [s.id for s in found.samples] == ['a.mp4']
    assert found.notes[0].endswith(': 1 files are missing and left out, e.g. c.mp4')
    assert '1 lines repeat a clip, 1 of them with another label or split' in found.notes[1]
    table.write_text('x.mp4,dog\n')
    with pytest.raises(AnnotationError, match=r'none of its 1 files is there, e\.g\. /.*x\.mp4'):
        read(table)


def test_parts_of_a_recording_stay_together(tmp_path):
    touch(tmp_path, *(f'{i}.mp4' for i in range(20)))
    rows = [f'{i}.mp4,dog,{k},{k + 1}' for i in range(20) for k in range(4)]
    (tmp_path / 'clips.csv').write_text('\n'.join(rows))
    files = [{s.picture for s in read(tmp_path / 'clips.csv', p).samples} for p in ('train', 'val')]
    assert not files[0] & files[1]
    assert len(files[1]) == 3
    # One recording cannot be divided otherwise than into its parts.
    (tmp_path / 'clips.csv').write_text('\n'.join(f'0.mp4,dog,{k},{k + 1}' for k in range(20)))
    found = read(tmp_path / 'clips.csv', 'val')
    assert len(found.samples) == 3
    assert '1 recordings have clips in several splits, e.g. 0.mp4' in found.notes[-1]


def test_names_that_are_no_text_are_paths_too(tmp_path):
    name = os.fsdecode(b'dog/\xff.mp4')
    touch(tmp_path, name, 'dog/b.mp4', 'dog/c.mp4')
    parts = [read(tmp_path, split).samples for split in ('train', 'val', 'test')]
    assert name in [sample.id for part in parts for sample in part]
