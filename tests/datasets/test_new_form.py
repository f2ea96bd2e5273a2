"""A new form: one file of a user's own, and nothing else changed."""

import ast
import json
import sys
from functools import partial

import numpy as np
import pytest
from mmaction.registry import DATASETS
from mmengine.config import Config
from mmengine.registry import init_default_scope

from mmssl.cli import main
from mmssl.datasets import folder_forms, labelled_forms, own_forms, published_forms
from mmssl.datasets.annotations import AnnotationError
from mmssl.datasets.forms import FORMS, Form, FormSamples, Sample, register
from mmssl.evaluation import PROTOCOLS, evaluate
from mmssl.evaluation.protocols import make_protocol
from mmssl.report.evaluate_maps import evaluate_maps

from .. import annotation_files, standin_sets
from .. import evaluation_references as plain
from ..conftest import ROOT

pytestmark = pytest.mark.numeric

#: Where the forms of the package are.
FORM_MODULES = (published_forms, labelled_forms, folder_forms, own_forms)
MODULES = {module.__name__ for module in FORM_MODULES}
#: A user's own file. Maps of this form are named like files of videos.
MODULE = '''
"""Boxes in lines of text: NAME SPLIT CLASS TIME x0 y0 x1 y1; no box where nothing sounds."""

import os.path as osp

import numpy as np

from mmssl.datasets.forms import Form, FormFiles, FormSamples, Sample, register


def read(files: FormFiles) -> FormSamples:
    """All lines of the split."""
    samples, known = [], []
    with open(files.ann_file) as lines:
        rows = [line.split() for line in lines]
    for name, split, label, time, *box in rows:
        known.append(name)
        if split == files.split:
            boxes = np.array([box], dtype=float) if box else None
            sample = Sample(
                name, boxes, sound=f'{name}-sound', label=label, moment=float(time),
                sounding=bool(box),
            )
            samples.append(sample)
    return FormSamples(samples, ['bell', 'drum'], known, [f'{files.ann_file}: read'])


def identify(name: str) -> str:
    """Without the ending."""
    return osp.splitext(name)[0]


register(
    Form(
        'lines', read, protocol='extended', identify=identify,
        folders=('video', 'audio'), video_suffix='.avi', audio_suffix='.flac',
    )
)
'''
COUNT = 6
BOXES = plain.make_boxes(1, COUNT)
MAPS = plain.make_maps(3, COUNT, 7)
NAMES = [f'clip{i}' for i in range(COUNT)]
#: The last two do not sound.
SOUNDING = [True] * 4 + [False] * 2


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A user's module, a config that names it, annotations and maps."""
    init_default_scope('mmaction')
    (tmp_path / 'lines_of_mine.py').write_text(MODULE)
    monkeypatch.syspath_prepend(tmp_path)
    lines = ['other train bell 1.0 0 0 1 1']
    for i, (name, sounds) in enumerate(zip(NAMES, SOUNDING)):
        box = ' '.join(map(repr, BOXES[i][0].tolist())) if sounds else ''
        lines.append(f'{name} test {"bell" if i % 2 else "drum"} {i}.5 {box}')
    (tmp_path / 'truth.txt').write_text('\n'.join(lines))
    np.savez(tmp_path / 'maps.npz', **{f'{n}.avi': m for n, m in zip(NAMES, MAPS)})
    (tmp_path / 'config.py').write_text(
        "custom_imports = dict(imports=['mmssl', 'lines_of_mine'], allow_failed_imports=False)\n"
        "test_dataloader = dict(dataset=dict(type='mmssl.AudioVisualDataset', form='lines',\n"
        "    ann_file='truth.txt', split='test', pipeline=[],\n"
        "    data_prefix=dict(video='films', audio='sounds')))\n"
    )
    yield tmp_path
    FORMS.pop('lines', None)
    sys.modules.pop('lines_of_mine', None)


def built(folder, **options):
    settings = Config.fromfile(folder / 'config.py').test_dataloader.dataset
    return DATASETS.build({**settings, 'data_root': str(folder), **options})


def test_a_config_finds_it(folder, monkeypatch):
    notes = []
    place = 'mmssl.datasets.audio_visual_dataset.print_log'
    monkeypatch.setattr(place, lambda text, *_: notes.append(text))
    data = built(folder)
    assert len(data) == COUNT
    info = data.get_data_info(1)
    assert info['filename'] == f'{folder}/films/clip1.avi'
    assert info['audio_filename'] == f'{folder}/sounds/clip1-sound.flac'
    assert (info['video_id'], info['label'], info['moment']) == ('clip1', 0, 1.5)
    assert 'label_name' not in info
    assert np.array_equal(info['boxes'], BOXES[1][:1])
    assert 'boxes' not in data.get_data_info(5)
    assert [data.get_data_info(i)['sounding'] for i in range(COUNT)] == SOUNDING
    assert data.metainfo['classes'] == ['bell', 'drum']
    assert notes == [f'{folder}/truth.txt: read']
    (folder / 'list.txt').write_text('clip0\nclip3\nother\nnobody\n')
    kept = built(folder, subset_file='list.txt', sound='other-class').metainfo['subset']
    assert (kept['kept'], kept['elsewhere'], kept['unknown']) == (2, 1, 1)
    with pytest.raises(ValueError, match=r"expected folders of \['audio'\] too"):
        built(folder, data_prefix=dict(video='films'))


def test_the_commands_know_it(folder, capsys):
    Config.fromfile(folder / 'config.py')
    paths = [str(folder / name) for name in ('maps.npz', 'truth.txt')]
    assert main(['evaluate', *paths, '--form', 'lines', '--out', str(folder / 'out')]) == 0
    found = json.loads((folder / 'out/maps.json').read_text())
    boxes = [b[:1] if sounds else np.zeros((0, 4)) for b, sounds in zip(BOXES, SOUNDING)]
    result = evaluate(MAPS, boxes, 'extended', sounding=SOUNDING, ids=NAMES)
    assert found['metrics'] == result.metrics
    assert found['settings']['protocol'] == 'extended'
    assert (found['evaluated'], found['expected']) == (COUNT, COUNT)
    capsys.readouterr()
    assert main(['report', '--help']) == 0
    assert ',lines}' in capsys.readouterr().out


def test_a_label_that_is_no_class_is_refused(folder):
    path = folder / 'truth.txt'
    path.write_text(path.read_text().replace(' bell 5.5', ' gong 5.5'))
    with pytest.raises(AnnotationError, match=r"class 'gong' of clip5 is not in \S+truth\.txt"):
        built(folder)


def test_samples_that_cannot_be_scored_are_named(folder):
    Config.fromfile(folder / 'config.py')
    form = FORMS['lines']
    register(Form('lines', form.read, 'vggss'))

    def refused(samples, message):
        FORMS['lines'] = Form('lines', lambda files: FormSamples(samples), 'vggss')
        with pytest.raises(ValueError, match=message):
            evaluate_maps({'a': folder / 'maps.npz'}, 'x', make_protocol(), 'out', form='lines')

    refused([Sample('a', BOXES[0]), Sample('b')], r"x: 1 samples have no truth, \['b'\] among")
    refused([Sample('a', BOXES[0])] * 2, '1 identifiers are annotated more than once')


def test_a_name_is_given_once(folder):
    Config.fromfile(folder / 'config.py')
    register(FORMS['lines'])  # the same lines, run again
    partly = partial(FORMS['lines'].read)
    with pytest.raises(ValueError, match=r'lines_of_mine\.read already: take another name'):
        register(Form('lines', partly))
    with pytest.raises(ValueError, match=r"'is3' is read by mmssl\S+published_forms\.is3 already"):
        register(Form('is3', FORMS['lines'].read))


@pytest.mark.parametrize(
    ('facts', 'line'),
    [
        ({'name': ''}, "name of a form is '', expected a text"),
        ({'read': 'truth.txt'}, "read of form 'wrong' is 'truth.txt', expected a function"),
        ({'identify': None}, "identify of form 'wrong' is None, expected a function"),
        (
            {'folders': 'video'},
            r"are 'video', expected a tuple of some of \('video', 'audio', ",
        ),
        ({'folders': ('videos',)}, r"folders of form 'wrong' are \('videos',\), expected"),
        ({'video_suffix': None}, 'video_suffix .* is None'),
        ({'mask_suffix': 'png'}, "mask_suffix of form 'wrong' is 'png', expected an ending"),
        (
            {'protocol': 'vgss'},
            r"is 'vgss', expected one that is .*, did you mean vggss\?",
        ),
    ],
)
def test_an_incomplete_form_is_refused(facts, line):
    with pytest.raises(ValueError, match=line):
        register(Form(**{'name': 'wrong', 'read': FormSamples, **facts}))
    with pytest.raises(ValueError, match='is not a form, expected Form'):
        register(FormSamples)
    assert 'wrong' not in FORMS


@pytest.mark.parametrize(
    ('content', 'line'),
    [
        ([Sample('a', BOXES[0])], r'reads form .lines., gives a list, expected FormSamples'),
        (FormSamples([{'id': 'a'}]), 'gives a dict as sample 0, expected a Sample'),
        (FormSamples(iter(())), 'expected a list'),
        (None, 'gives a NoneType, expected FormSamples'),
    ],
)
def test_a_reader_that_gives_something_else_is_named(folder, content, line):
    Config.fromfile(folder / 'config.py')
    FORMS['lines'] = Form('lines', lambda files: content, 'vggss')
    with pytest.raises(ValueError, match=line):
        built(folder)
    with pytest.raises(ValueError, match=line):
        evaluate_maps({'a': folder / 'maps.npz'}, 'x', make_protocol(), 'out', form='lines')


def test_a_form_is_used_where_it_can_be(tmp_path):
    init_default_scope('mmaction')
    with pytest.raises(
        ValueError, match=r"form is 'avsbench', expected one of \['audioset', 'ave'"
    ):
        DATASETS.build(dict(type='mmssl.AudioVisualDataset', form='avsbench', ann_file='masks',
                            pipeline=[]))  # fmt: skip
    with pytest.raises(ValueError, match=r"form is 'negatives', expected one of \['avsbench', 'e"):
        evaluate_maps({'a': 'maps'}, 'n.json', make_protocol(), tmp_path, form='negatives')


def test_a_sample_checks_its_truth():
    message = r'a: truth is a \w+ of shape \(.*\), expected an array of boxes'
    for truth in (np.zeros(4), np.zeros((2, 3)), 'mask.png', [[0.1, 0.2, 0.3, 0.4]]):
        with pytest.raises(ValueError, match=message):
            Sample('a', truth)
    with pytest.raises(ValueError, match='id of a sample is 7, expected a text'):
        Sample(7)
    sample = Sample('a', np.zeros((0, 4)), sound='b')
    assert (sample.picture, sample.sound) == ('a', 'b')


def test_every_form_has_the_same_shape():
    lines = (ROOT / 'docs/reference/data_sets.md').read_text().splitlines()
    listed = ' '.join(line.split('|')[1] for line in lines if line.startswith('| `'))
    for name, form in FORMS.items():
        assert form.name == name
        assert form.read.__doc__
        assert form.read.__module__ in MODULES
        assert form.protocol in ('', *PROTOCOLS)
        assert form.protocol or form.folders
        assert form.boxes_apart or not form.needs_pairs
        assert f'`{name}`' in listed


def test_names_of_forms_are_compared_nowhere():
    """A form's name stands in its table, as a default, and in texts."""
    for path in (ROOT / 'mmssl').rglob('*.py'):
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Compare):
                continue
            parts = [node.left, *node.comparators]
            if any('form' in ast.unparse(part).lower().split('.')[-1] for part in parts):
                texts = [p.value for p in parts if isinstance(p, ast.Constant)]
                assert not set(texts) & set(FORMS), f'{path}: {ast.unparse(node)}'


def test_boxes_alone_are_a_data_set(tmp_path):
    """The form ``vggss``: classes are names without numbers."""
    init_default_scope('mmaction')
    (tmp_path / 'boxes.json').write_text(annotation_files.BOXES)
    settings = dict(type='mmssl.AudioVisualDataset', data_root=str(tmp_path), pipeline=[])
    data = DATASETS.build(dict(settings, form='vggss', ann_file='boxes.json'))
    infos = [data.get_data_info(i) for i in range(len(data))]
    assert [info['moment'] for info in infos] == [5.0, 5.0, 5.0, 1.5]
    assert (infos[3]['event'], infos[3]['group']) == ((1, 2.5), 'a')
    assert infos[0]['label_name'] == 'elk bugling'
    assert all('label' not in info for info in infos)
    assert 'classes' not in data.metainfo


def test_data_sets_and_files_of_maps_get_the_same_samples(tmp_path):
    """``mmssl evaluate`` and a data set, of IS3."""
    from mmssl.report.expected import read_expected

    init_default_scope('mmaction')
    root = standin_sets.is3(tmp_path / 'is3')
    data = DATASETS.build(
        dict(
            type='mmssl.AudioVisualDataset',
            form='is3',
            ann_file='synthetic3240_bbox.json',
            data_root=str(root),
            data_prefix=dict(video='visual_frames', audio='audio_wav'),
            pipeline=[],
        )
    )
    samples = read_expected(make_protocol(), root / 'synthetic3240_bbox.json', 'is3')
    for index, sample in enumerate(samples):
        info = data.get_data_info(index)
        assert (info['video_id'], info['group']) == (sample.id, sample.group)
        assert info['label_name'] == sample.label
        assert np.array_equal(info['boxes'], sample.truth)
        assert info['audio_filename'] == str(root / f'audio_wav/{sample.sound}.wav')
