"""Forms of data sets that have labels alone, on their authors' lines."""

import pytest
from mmengine.registry import init_default_scope

from mmssl.datasets.annotations import AnnotationError
from mmssl.datasets.forms import FORMS, FormFiles
from mmssl.registry import DATASETS

from .. import annotation_files as files


def read(folder, form, text, name='list', split='train', classes=(), **others):
    """Samples of a file beside others."""
    for other, content in {name: text, **others}.items():
        (folder / other).write_text(content)
    return FORMS[form].samples(FormFiles(folder / name, split=split, classes=classes))


def labels(content):
    return {sample.id: sample.label for sample in content.samples}


def test_a_video_of_ave_may_have_several_events(tmp_path):
    body = files.AVE.partition('\n')[2]
    splits = {'trainSet.txt': body, 'valSet.txt': 'Bark&a&good&0&10\n'}
    found = read(tmp_path, 'ave', files.AVE, 'Annotations.txt', **splits)
    assert found.classes == ['Bark', 'Church bell', 'Male speech, man speaking']
    assert labels(found) == {
        'RUhOCu3LNXM': 'Church bell',
        'VWi2ENBuTbw': 'Church bell',
        '-hChcJAh5N0': 'Male speech, man speaking',
        '-hChcJAh5N0#2': 'Bark',
    }
    whole, empty, first, second = found.samples
    assert (first.picture, second.picture) == ('-hChcJAh5N0', '-hChcJAh5N0')
    assert (second.event, second.moment) == ((1.0, 3.0), 2.0)
    assert (whole.event, whole.moment) == ((0.0, 10.0), 5.0)
    # An event without length says nothing of its time.
    assert (empty.event, empty.moment) == (None, None)
    assert found.notes == [
        f'{tmp_path}/trainSet.txt: 1 repeated lines are left out, the first of each stays (lines 5)'
    ]
    val = read(tmp_path, 'ave', files.AVE, 'Annotations.txt', 'val')
    assert labels(val) == {'a': 'Bark'}
    with pytest.raises(AnnotationError, match=r'testSet\.txt: no such file'):
        read(tmp_path, 'ave', files.AVE, 'Annotations.txt', 'test')


def test_clips_of_kinetics_are_named_by_start_and_end(tmp_path):
    found = read(tmp_path, 'kinetics', files.KINETICS)
    assert labels(found) == {
        '-3B32lodo2M_000059': 'abseiling',
        '_dbcJuKJQNs_000040': 'tap dancing',
    }
    assert found.samples[1].picture == '_dbcJuKJQNs_000040_000050'
    assert labels(read(tmp_path, 'kinetics', files.KINETICS, split='val')) == {
        '_dbcJuKJQNs_000080': 'singing'
    }
    with pytest.raises(AnnotationError, match=r"no row of split 'test', found \['train', 'val'\]"):
        read(tmp_path, 'kinetics', files.KINETICS, split='test')


def test_classes_are_chosen_in_the_order_asked_for(tmp_path):
    found = read(tmp_path, 'kinetics', files.KINETICS, classes=('tap dancing', 'abseiling'))
    assert found.classes == ['tap dancing', 'abseiling']
    only = read(tmp_path, 'kinetics', files.KINETICS, classes=('tap dancing',))
    assert labels(only) == {'_dbcJuKJQNs_000040': 'tap dancing'}
    assert only.notes[-1] == f'{tmp_path}/list: 1 samples of other classes are left out'
    assert '-3B32lodo2M_000059' in only.known
    with pytest.raises(AnnotationError, match=r"'tap dance', which .*, did you mean tap dancing\?"):
        read(tmp_path, 'kinetics', files.KINETICS, classes=('tap dance',))
    with pytest.raises(AnnotationError, match=r"name 'abseiling' twice"):
        read(tmp_path, 'kinetics', files.KINETICS, classes=('abseiling', 'abseiling'))


def test_solos_of_music_have_classes_and_duets_have_names(tmp_path):
    solo = read(tmp_path, 'music', files.MUSIC_SOLO)
    assert solo.classes == ['acoustic_guitar', 'flute']
    assert labels(solo)['3wPouBFa9U0'] == 'flute'
    duet = read(tmp_path, 'music', files.MUSIC_DUET)
    assert duet.classes is None
    assert labels(duet) == {'8DHG_hVSw1o': 'flute violin'}
    assert duet.notes[0].endswith('1 of 1 videos have two instruments, so labels have no numbers')
    with pytest.raises(AnnotationError, match='have no numbers: leave classes out'):
        read(tmp_path, 'music', files.MUSIC_DUET, classes=('flute',))


BESIDE = {'class_labels_indices.csv': files.AUDIOSET_CLASSES, 'ontology.json': files.ONTOLOGY}


def test_segments_of_audioset_have_exactly_one_class(tmp_path):
    found = read(tmp_path, 'audioset', files.SEGMENTS, **BESIDE)
    assert found.classes == ['Animal', 'Dog', 'Bark', 'Cat', 'Music']
    # A bark is the narrowest of what the first segment is labelled with; the third has two.
    assert labels(found) == {
        '--4gqARaEJE_000000': 'Bark',
        '--BfvyPmVMo_000020': 'Cat',
        '-0BIyqJj9ZU_000030': 'Music',
    }
    assert '--U7joUcTCo_000000' in found.known
    assert found.notes == [
        f'{tmp_path}/list: 3 of 4 segments have one of the 5 classes; left out are 0 with none of '
        'them and 1 with several'
    ]


@pytest.mark.parametrize(
    ('classes', 'expected'),
    [
        # A class has what belongs to it: a bark is a dog's.
        (('Dog', 'Cat'), ['Dog', 'Cat']),
        (('Cat', 'Bark'), ['Bark', 'Cat']),
        # The third segment is an animal's in both of its labels.
        (('Animal', 'Music'), ['Animal', 'Animal', 'Animal', 'Music']),
        # A class of the ontology that is no label itself.
        (('Living things',), ['Living things'] * 3),
    ],
)
def test_classes_of_audioset_follow_the_ontology(tmp_path, classes, expected):
    found = read(tmp_path, 'audioset', files.SEGMENTS, classes=classes, **BESIDE)
    assert [sample.label for sample in found.samples] == expected
    assert found.classes == list(classes)


def test_unknown_classes_of_audioset_are_refused(tmp_path):
    with pytest.raises(AnnotationError, match=r"'Dogs', which .*, did you mean Dog\?"):
        read(tmp_path, 'audioset', files.SEGMENTS, classes=('Dogs',), **BESIDE)
    row = '-0CamVQdP_Y, 0.000, 6.000, "/m/none"\n'
    with pytest.raises(AnnotationError, match=r"-0CamVQdP_Y_000000 has the label '/m/none', which"):
        read(tmp_path, 'audioset', files.SEGMENTS + row, **BESIDE)


def test_a_data_set_keeps_the_classes_that_a_config_names(tmp_path):
    init_default_scope('mmaction')
    (tmp_path / 'train.csv').write_text(files.KINETICS)
    (tmp_path / 'clean.txt').write_text('_dbcJuKJQNs_000040_000050\n')
    data = DATASETS.build(
        dict(
            type='mmssl.AudioVisualDataset',
            form='kinetics',
            ann_file='train.csv',
            data_root=str(tmp_path),
            classes=['singing', 'tap dancing'],
            subset_file='clean.txt',  # as a clean list names files
            pipeline=[],
        )
    )
    assert data.metainfo['classes'] == ['singing', 'tap dancing']
    info = data.get_data_info(0)
    assert (len(data), info['label']) == (1, 1)
    assert info['filename'] == str(tmp_path / 'videos/_dbcJuKJQNs_000040_000050.mp4')
