"""Kinds of failure, playable clips, and the files of a report page."""

import csv
import json
import re
import subprocess
import sys
from urllib.parse import unquote

import av
import numpy as np
import pytest

from mmssl.cli import report as command
from mmssl.cli.commands import main
from mmssl.cli.parser import Parser
from mmssl.datasets.annotations import AnnotationError
from mmssl.datasets.forms import FORMS, FormFiles
from mmssl.engine.class_report_hook import WRONG
from mmssl.evaluation import evaluate
from mmssl.evaluation.functional import KINDS, MapFacts, kind_of, map_facts
from mmssl.evaluation.map_files import MapFileError, MapFiles, write_map
from mmssl.evaluation.protocols import make_protocol
from mmssl.media import Clip, write_video
from mmssl.media.files import write_rows
from mmssl.media.playable import fitted, is_playable, write_playable
from mmssl.report.judge import OTHER_KINDS
from mmssl.report.mistakes import read_mistakes
from mmssl.report.page import write_report
from mmssl.visualization import draw_spectrogram

from .. import own_clips, standin_sets
from ..conftest import ROOT
from ..media_files import flash_and_click
from ..report_results import ROLES, read_data


def facts(**changes):
    found = dict(constant=False, truth=100, ciou=0.3, peak_inside=True, warm=100)
    return MapFacts(**{**found, **changes})


@pytest.mark.parametrize(
    ('kind', 'changes'),
    [
        ('constant map', dict(constant=True, ciou=0.9)),
        ('empty truth', dict(truth=0, warm=0, ciou=0.0)),
        ('found', dict(ciou=0.5, peak_inside=False, warm=1000)),
        ('elsewhere', dict(ciou=0.4999, peak_inside=False, warm=1000)),
        ('too large', dict(warm=201)),
        ('shifted', dict(warm=200)),
        ('shifted', dict(warm=50)),
        ('too small', dict(warm=49)),
    ],
)
def test_the_first_kind_that_holds_is_taken(kind, changes):
    assert kind_of(facts(**changes)) == kind


def test_facts_by_hand():
    """Four maps of 4 x 4 cells on a truth of the upper left 2 x 2."""
    truth = np.zeros((4, 4, 4), bool)
    truth[:3, :2, :2] = True
    ramp = np.arange(16.0).reshape(4, 4)
    on_it = np.zeros((4, 4))
    on_it[:2, :2] = [[4, 3], [2, 1]]
    maps = np.stack([ramp, on_it, np.full((4, 4), 7.0), ramp])
    low, good, flat, nothing = map_facts(maps, maps, truth)
    # n = 4: values above the fifth highest, 12 - 0: three cells, none of them in the truth.
    assert low == MapFacts(constant=False, truth=4, ciou=0.0, peak_inside=False, warm=8)
    # Three of four cells are above the threshold of 1; half of the height is 2.
    assert good == MapFacts(constant=False, truth=4, ciou=0.75, peak_inside=True, warm=3)
    assert (flat.constant, flat.ciou, flat.peak_inside) == (True, 0.0, False)
    assert (nothing.truth, nothing.peak_inside) == (0, False)
    kinds = [kind_of(found) for found in (low, good, flat, nothing)]
    assert kinds == ['elsewhere', 'found', 'constant map', 'empty truth']


def test_the_size_of_a_map_does_not_depend_on_its_scale():
    truth = np.zeros((1, 8, 8), bool)
    truth[0, :4, :4] = True
    values = np.random.default_rng(0).random((1, 8, 8))
    assert map_facts(values, values, truth) == map_facts(50 * values - 3, 50 * values - 3, truth)


def test_a_damaged_file_is_refused_when_its_map_is_asked_for(tmp_path):
    write_map(tmp_path, 'good', np.ones((2, 2)))
    (tmp_path / 'bad.npz').write_bytes(b'PK\x03\x04')
    files = MapFiles(tmp_path)
    assert sorted(files) == ['bad', 'good']
    assert 'bad' in files
    with pytest.raises(MapFileError, match=r'bad\.npz: cannot be read'):
        files['bad']


def test_only_what_browsers_play_is_playable(tmp_path):
    def made(name, **options):
        return flash_and_click(tmp_path / name, [0.5], 1.0, 10, **options)

    assert is_playable(made('good.mp4'))
    assert not is_playable(made('container.mkv'))
    assert not is_playable(made('pictures.mp4', video_codec='mpeg4'))
    assert not is_playable(made('sound.mp4', audio_codec='libopus'))
    frames = np.zeros((5, 32, 32, 3), np.uint8)
    write_video(tmp_path / 'silent.mp4', frames, 5)
    assert is_playable(tmp_path / 'silent.mp4')


def test_a_clip_is_rewritten_with_its_flashes_and_clicks(tmp_path):
    source = flash_and_click(
        tmp_path / 'a.mkv', [0.4, 1.2], 2.0, 25, video_codec='mpeg4', audio_codec='libmp3lame'
    )
    target = tmp_path / 'a.mp4'
    write_playable(target, Clip(source), side=48)
    assert is_playable(target)
    with av.open(str(target)) as container:
        stream = container.streams.video[0]
        assert (stream.width, stream.height) == (48, 32)
        bright = [
            f.time for f in container.decode(stream) if f.to_ndarray(format='gray').mean() > 128
        ]
    assert bright == pytest.approx([0.4, 1.2], abs=0.041)
    samples = np.abs(Clip(target).samples(0.0, 2.0))
    loud = np.flatnonzero(samples > 0.5 * samples.max()) / 16000
    assert sorted({round(time, 1) for time in loud}) == [0.4, 1.2]


def test_a_picture_keeps_its_proportions():
    assert fitted(np.zeros((100, 200, 3), np.uint8), 50).shape == (25, 50, 3)
    assert fitted(np.zeros((20, 10, 3), np.uint8), 50).shape == (20, 10, 3)


def test_a_spectrogram_is_bright_where_it_is_loud():
    values = np.zeros((30, 8))
    values[10:20, 2] = 5
    picture = draw_spectrogram(values).astype(int).sum(-1)
    assert picture.shape == (8, 30)
    # Band 2 of 0 to 7 is row 5 from above.
    bright = picture > picture.max() / 2
    assert np.argwhere(bright).tolist() == [[5, column] for column in range(10, 20)]
    assert np.ptp(draw_spectrogram(np.ones((3, 4)))) <= 10
    with pytest.raises(ValueError, match=r'shape \(0,\)'):
        draw_spectrogram([])


def test_the_page_holds_what_evaluate_gives(report):
    data = report.data
    truth = {e['file']: e for e in json.loads((report.folder / 'boxes.json').read_text())}
    left_out = {report.roles[role] for role in ('no map', 'unreadable map')}
    names = [name for name in truth if name not in left_out]
    files = MapFiles(report.folder / 'maps')
    result = evaluate(
        [files[n] for n in names], [truth[n]['bbox'] for n in names], ids=names, resamples=50
    )
    assert {row['name']: row['value'] for row in data['metrics']} == result.metrics
    for row in data['metrics']:
        assert (row['low'], row['high']) == result.intervals[row['name']]
        assert row['centre_disc'] == result.priors['centre_disc'].get(row['name'])
        assert row['ceiling'] == result.ceiling.get(row['name'])
    coverage = data['coverage']
    assert (coverage['evaluated'], coverage['expected']) == (6, 8)
    assert (coverage['no map'], coverage['unreadable maps'], coverage['constant maps']) == (1, 1, 1)
    samples = {sample['id']: sample for sample in data['samples']}
    assert list(samples) == list(truth)
    for name, score, adaptive in zip(
        names, result.per_sample['ciou'], result.per_sample['ciou_adaptive']
    ):
        assert samples[name]['ciou'] == pytest.approx(score, abs=1e-4)
        assert samples[name]['adaptive'] == pytest.approx(adaptive, abs=1e-4)
        assert samples[name]['time'] == truth[name]['time']
    adaptive, given = data['charts']
    assert sum(adaptive['histogram']) == adaptive['n'] == 6
    assert adaptive['success'][10] == pytest.approx(result.metrics['ciou_adaptive'], abs=1e-4)
    assert given['centre disc'][10] == pytest.approx(result.priors['centre_disc']['ciou'], abs=1e-4)
    rows = {row['name']: row for row in data['classes']}
    name = report.roles['too small']
    of_class = [n for n in names if truth[n]['class'] == truth[name]['class']]
    scores = [result.per_sample['ciou'][names.index(n)] for n in of_class]
    assert rows[truth[name]['class']]['n'] == len(of_class)
    assert rows[truth[name]['class']]['mean'] == pytest.approx(np.mean(scores), abs=1e-4)


def test_every_role_is_of_its_kind(report):
    kinds = {sample['id']: sample['kind'] for sample in report.data['samples']}
    assert {role: kinds[report.roles[role]] for role in ROLES} == {
        role: role.split(',')[0] for role in ROLES
    }
    known = {**{name: kind.meaning for name, kind in KINDS.items()}, **OTHER_KINDS}
    for row in report.data['kinds']:
        assert row['meaning'] == known[row['name']]
        assert row['n'] == list(kinds.values()).count(row['name'])


def test_what_could_not_be_read_is_listed(report):
    with open(report.page / 'problems.csv', newline='') as file:
        listed = {(row['id'], row['what']): row['reason'] for row in csv.DictReader(file)}
    expected = {
        (report.roles['unreadable map'], 'map'): 'cannot be read as a numpy file',
        (report.roles['elsewhere'], 'clip'): 'no file of this name',
        (report.roles['constant map'], 'clip'): 'cannot open it',
    }
    assert listed.keys() == expected.keys()
    for key, part in expected.items():
        assert part in listed[key]
        assert part in report.printed
    assert 'maps: evaluated 6 of 8 samples' in report.printed


def test_clips_are_copied_or_rewritten(report):
    samples = {sample['id']: sample for sample in report.data['samples']}
    copied = report.roles['found']
    of_page = report.page / f'{samples[copied]["stem"]}.mp4'
    assert of_page.read_bytes() == (report.folder / f'videos/{copied}.mp4').read_bytes()
    rewritten = samples[report.roles['found, in another form']]
    assert is_playable(report.page / f'{rewritten["stem"]}.mp4')
    gone = samples[report.roles['elsewhere']]
    assert (gone['clip'], gone['sound'], gone['overlay']) == (False, False, True)
    assert not (report.page / f'{gone["stem"]}.mp4').exists()


def test_a_second_run_draws_only_what_changed(report, capsys):
    def state():
        return {p.name: p.stat().st_mtime_ns for p in (report.page / 'samples').iterdir()}

    before = state()
    name = report.roles['too large']
    write_map(report.folder / 'maps', name, np.eye(7, dtype=np.float32))
    whole = report.page / f'samples/{report.roles["found"]}.sound.jpg'
    whole.unlink()
    (report.page / 'samples/.half.1.partial.jpg').write_text('of a run that was killed')
    parser = Parser()
    command.add_options(parser)
    command.run(parser.parse_args(report.arguments))
    changed = {file for file, time in state().items() if before.get(file) != time}
    # The changed map's, the lost file's, and the two whose clips could not be read.
    again = [name, *(report.roles[role] for role in ('found', 'elsewhere', 'constant map'))]
    assert {file.split('.')[0] for file in changed} == set(again)
    assert '4 of 8 samples drawn' in capsys.readouterr().out
    assert state().keys() == before.keys()


def test_pictures_with_sounds_and_silent_pairs(tmp_path):
    """IS3's objects as samples that sound and that do not."""
    root = standin_sets.is3(tmp_path / 'is3')
    names = ['cat_clock_1828_cat', 'cat_clock_1828_clock']
    for name in names:
        write_map(tmp_path / 'maps', name, np.arange(49, dtype=np.float32).reshape(7, 7))
    (tmp_path / 'sounding.csv').write_text(f'{names[0]},1\n{names[1]},0\n')
    (root / f'audio_wav/{names[1]}.wav').unlink()
    done = write_report(
        tmp_path / 'maps',
        root / 'synthetic3240_bbox.json',
        tmp_path / 'page',
        videos=root / 'visual_frames',
        audios=root / 'audio_wav',
        form='is3',
        protocol=make_protocol('extended'),
        sounding=tmp_path / 'sounding.csv',
        resamples=0,
    )
    first, second = read_data(tmp_path / 'page')['samples']
    assert is_playable(tmp_path / 'page' / f'{first["stem"]}.mp4')
    assert (first['label'], first['group'], first['duration']) == ('cat', 'cat_clock_1828', 4.0)
    assert (second['kind'], second['ciou'], second['clip']) == ('nothing sounds', None, False)
    assert [(name, what) for name, what, _ in done.problems] == [(names[1], 'clip')]
    # The sounding sample is the only one with a score.
    assert [chart['n'] for chart in read_data(tmp_path / 'page')['charts']] == [1, 1]


def test_wrong_requests_are_refused(report, tmp_path):
    folder = report.folder
    given = dict(truth=folder / 'boxes.json', videos=folder / 'videos')
    (tmp_path / 'index.html').write_text('my home page')
    for changes, message in (
        (
            dict(protocol=make_protocol('avsbench')),
            "'avsbench' has no report page: its truths are masks",
        ),
        (dict(clips='stream'), "clips is 'stream'"),
        (dict(side=4), 'side is 4 pixels'),
        (dict(), 'holds an index.html of something else'),
        (dict(videos=tmp_path), 'no video or picture file'),
    ):
        out = tmp_path if not changes else tmp_path / 'page'
        with pytest.raises(ValueError, match=re.escape(message)):
            write_report(folder / 'maps', out=out, **{**given, **changes})
    assert (tmp_path / 'index.html').read_text() == 'my home page'
    write_map(tmp_path / 'maps', 'stranger', np.eye(3))
    with pytest.raises(ValueError, match="named like 'stranger', annotations like 'test-0"):
        write_report(tmp_path / 'maps', out=tmp_path / 'page', **given)


def test_a_page_of_two_methods_holds_what_each_page_holds(report_of_two, tmp_path):
    data, folder = report_of_two.data, report_of_two.folder
    given = dict(truth=folder / 'boxes.json', videos=folder / 'videos', resamples=50, clips='none')
    write_report(folder / 'theirs', out=tmp_path, **given)
    alone = read_data(tmp_path)
    assert data['names'] == ['maps', 'theirs']
    assert data['title'] == 'maps and theirs'
    assert data['other coverage'] == alone['coverage']
    assert data['coverage']['evaluated'] == 6
    for key in ('metrics', 'classes', 'kinds'):
        others = {row['name']: row['other'] for row in data[key] if row['other']}
        assert others == {row['name']: row for row in alone[key]}
    assert [chart['title'] for chart in data['charts'][2:]] == [
        f'theirs: {chart["title"]}' for chart in alone['charts']
    ]
    for both, one in zip(data['samples'], alone['samples'], strict=True):
        assert both['other'] == {key: one[key] for key in both['other']}
    found, printed = report_of_two.roles, report_of_two.printed
    assert 'maps: evaluated 6 of 8 samples' in printed
    assert 'theirs: evaluated 6 of 8 samples' in printed
    assert ('map of maps', found['unreadable map']) in {(w, n) for n, w, _ in data['problems']}


def test_maps_of_two_methods_are_compared(report_of_two):
    samples = {s['id']: s for s in report_of_two.data['samples']}
    by_role = {role: samples[name] for role, name in report_of_two.roles.items()}
    # The second method's maps are the first one's in other units, but for those that are swapped.
    assert by_role['too large']['correlation'] == 1
    assert by_role['constant map']['correlation'] == 0
    assert by_role['too small']['correlation'] is None
    assert by_role['found']['correlation'] < 0.5
    assert (by_role['elsewhere']['kind'], by_role['elsewhere']['other']['kind']) == (
        'elsewhere',
        'found',
    )
    for role, is_drawn in (('too small', False), ('no map', True), ('found', True)):
        file = report_of_two.page / f'{by_role[role]["stem"]}.other.jpg'
        assert by_role[role]['other']['overlay'] == file.exists() == is_drawn


def test_two_methods_that_cannot_be_compared_are_refused(report_of_two, tmp_path, capsys):
    folder = report_of_two.folder
    maps = str(folder / 'maps')
    given = [str(folder / 'boxes.json'), '--videos', str(folder / 'videos'), '--out']
    for paths, message in (
        ([maps, f'{maps}/'], 'is given twice, expected the maps of two methods'),
        ([maps, str(folder / 'theirs'), maps], 'got the maps of 3 methods, expected one or two'),
    ):
        assert main(['report', *paths, *given, str(tmp_path)]) == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert message in line
    with pytest.raises(ValueError, match='is of one method, and two are compared'):
        write_report(
            maps, folder / 'boxes.json', tmp_path, videos=folder / 'videos',
            against=folder / 'theirs', confidence=tmp_path / 'sure.csv',
        )  # fmt: skip


def test_options_are_arguments_of_write_report():
    parser = Parser()
    command.add_options(parser)
    args = parser.parse_args(['MAPS', '--truth', 'TRUTH', '--videos', 'VIDEOS'])
    given = vars(args)
    defaults = write_report.__kwdefaults__
    for name in ('form', 'clips', 'side', 'decoder', 'resamples', 'time_limit'):
        assert given[name] == defaults[name]
    numbers = {'preset', 'threshold', 'tau', 'exact', 'consensus'}  # of the protocol
    positional = {'maps', 'truth', 'out', 'videos'}
    # The second method is one of the paths of maps.
    assert given.keys() - positional - numbers == defaults.keys() - {'against'}


def test_the_page_asks_for_nothing_from_elsewhere(report):
    for file in report.page.iterdir():
        if file.suffix in ('.html', '.css', '.js'):
            addresses = re.findall(r'(?:https?:)?//[\w.]+\.\w+[^\s\'"]*', file.read_text())
            assert set(addresses) <= {'http://www.w3.org/2000/svg'}, file


def test_the_page_is_part_of_an_installation(tmp_path):
    build = [sys.executable, 'setup.py', '-q', 'build_py', '--build-lib', str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    for page in ('mmssl/web/report', 'mmssl/web/check'):
        files = {file.name for file in (ROOT / page).iterdir()}
        assert {file.name for file in (tmp_path / page).iterdir()} == files


@pytest.fixture(scope='module')
def own(tmp_path_factory):
    """Clips of the user's own with maps and a class report, one of them a part of a recording."""
    root = tmp_path_factory.mktemp('own')
    for name, label in (('bell/a', 'bell'), ('bell/b', 'bell'), ('drum/c', 'drum')):
        own_clips.clip(root / f'mine/{name}.mp4', label, seconds=2)
    rows = ['path,label,split,start,end', 'bell/a.mp4,bell,test,,', 'bell/b.mp4,bell,test,0.5,1.5']
    rows += ['drum/c.mp4,drum,test,,', 'drum/c.mp4,drum,train,,1', 'bell/a.mp4,bell,train,0,1']
    (root / 'mine/clips.csv').write_text('\n'.join(rows))
    found = FORMS['own-clips'].samples(FormFiles(root / 'mine/clips.csv', split='test'))
    for sample in found.samples:
        write_map(root / 'maps', sample.id, np.arange(12, dtype=np.float32).reshape(3, 4))
    names = [sample.id for sample in found.samples]
    wrong = [WRONG, [names[2], 2, 2, 'drum', 'bell', '0.900'], ['gone', 2, 2, 'a', 'b', '0.5']]
    write_rows(root / 'wrong.csv', [*wrong, [names[1], 1, 2, 'bell', 'drum', '0.700']])
    return root, names


def own_page(own, out, *more):
    root, _ = own
    words = [str(root / part) for part in ('maps', 'mine/clips.csv')]
    options = ['--form', 'own-clips', '--videos', str(root / 'mine'), '--resamples', '0']
    status = main(['report', *words, *options, '--out', str(out), *map(str, more)])
    assert status == 0
    return read_data(out)


def test_own_clips_without_boxes_have_a_page_with_what_is_classified_wrongly(own, tmp_path):
    root, names = own
    data = own_page(own, tmp_path, '--wrong', root / 'wrong.csv')
    assert data['wrong'] == [
        dict(id=names[2], wrong=2, of=2, label='drum', predicted='bell', score=0.9),
        dict(id=names[1], wrong=1, of=2, label='bell', predicted='drum', score=0.7),
    ]
    assert [s['id'] for s in data['samples']] == names
    assert {s['kind'] for s in data['samples']} == {'no truth'}
    assert (data['metrics'], data['charts'], data['problems']) == ([], [], [])
    assert [s['duration'] for s in data['samples']] == pytest.approx([2, 1, 2], abs=0.05)
    # A part of a recording is written anew, and no more than that.
    part = tmp_path / unquote(f'{data["samples"][1]["stem"]}.mp4')
    assert Clip(part).duration == pytest.approx(1, abs=0.1)


def test_own_clips_with_boxes_are_scored_beside_those_without(own, tmp_path):
    root, names = own
    boxes = [{'file': 'a.mp4', 'class': 'bell', 'bbox': [[0.5, 0.5, 1, 1]], 'time': 0.4}]
    (tmp_path / 'boxes.json').write_text(json.dumps(boxes))
    data = own_page(own, tmp_path / 'page', '--boxes', tmp_path / 'boxes.json')
    assert (data['coverage']['evaluated'], data['coverage']['expected']) == (1, 3)
    assert data['wrong'] is None
    scored = [s['id'] for s in data['samples'] if s['ciou'] is not None]
    assert scored == [names[0]]
    command = ['evaluate', str(root / 'maps'), str(root / 'mine/clips.csv'), '--form', 'own-clips']
    command += ['--out', str(tmp_path / 'numbers')]
    assert main([*command, '--boxes', str(tmp_path / 'boxes.json')]) == 0
    numbers = json.loads((tmp_path / 'numbers/maps.json').read_text())
    assert numbers['evaluated'] == numbers['expected'] == 1
    assert main(command) == 2


@pytest.mark.parametrize(
    ('text', 'said'),
    [
        ('clip,wrong\na,1\n', ":1: ['clip', 'wrong'], expected the header clip,wrong,of,class"),
        (
            f'{",".join(WRONG)}\na,x,1,b,c,0.5\n',
            ":2: ['a', 'x', '1', 'b', 'c', '0.5'], expected num",
        ),
        (f'{",".join(WRONG)}\na,1,1,b\n', ':2: 4 columns, expected clip, wrong, of'),
        (f'{",".join(WRONG)}\na,1,1,b,c,0.5\n', ': none of its 1 clips is a sample: clips are nam'),
        (f'{",".join(WRONG)}\n' + 2 * 'a,1,1,b,c,0.5\n', ":3: clip 'a' appears twice"),
        ('', ':1: [], expected the header'),
    ],
)
def test_a_list_of_wrong_clips_that_is_none(own, tmp_path, text, said):
    (tmp_path / 'wrong.csv').write_text(text)
    with pytest.raises(AnnotationError) as refused:
        read_mistakes(tmp_path / 'wrong.csv', str, own[1])
    assert str(refused.value).startswith(f'{tmp_path}/wrong.csv{said}')


def test_a_test_without_wrong_clips_has_an_empty_list(own, tmp_path):
    write_rows(tmp_path / 'wrong.csv', [WRONG])
    assert read_mistakes(tmp_path / 'wrong.csv', str, own[1]) == []
