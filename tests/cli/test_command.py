"""The command ``mmssl``: options, texts, exit statuses, and an installation as a user has it."""

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys

import numpy as np
import pytest
import torch

from mmssl import __version__
from mmssl.cli.commands import COMMANDS, STATUSES, main, make_parser, run_tool
from mmssl.cli.completion import whole_parser
from mmssl.media import Clip
from mmssl.soundingshapes import render_scene, sample_scene

from ..conftest import ROOT
from ..held import start_held
from ..test_end_to_end import ENVIRONMENT
from ..warm import PATIENCE

CONFIG = ROOT / 'configs/mmssl/mmssl_soundingshapes_large.py'
WEIGHTS = ROOT / 'mmssl/apis/weights/soundingshapes.pth'
#: Subcommand, and the tool that is the same.
TOOLS = {
    'train': 'train.py',
    'test': 'test.py',
    'check': 'data/check.py',
    'prepare': 'data/prepare.py',
}


@pytest.fixture(scope='module')
def clip(tmp_path_factory):
    path = tmp_path_factory.mktemp('clip') / 'clip.mp4'
    render_scene(path, sample_scene(0, 2.0))
    return path


@pytest.fixture
def maps(tmp_path_factory):
    """Folder of maps, annotation file, identifiers."""
    folder = tmp_path_factory.mktemp('maps')
    names = [f'abcdefghij{i}_00000{i}' for i in range(4)]
    entries = [{'file': n, 'class': 'dog', 'bbox': [[0, 0, 0.5, 0.5]]} for n in names]
    boxes = folder.with_name(f'{folder.name}.json')
    boxes.write_text(json.dumps(entries))
    rng = np.random.default_rng(0)
    for name in names:
        np.save(folder / f'{name}.npy', rng.random((7, 7)))
    return folder, boxes, names


def said(capsys, *arguments):
    """Exit status, what was printed, and the one line of an error."""
    status = main([str(a) for a in arguments])
    printed = capsys.readouterr()
    assert 'Traceback' not in printed.err
    return status, printed.out, printed.err


def test_commands_are_listed_and_their_modules_are_not_imported(capsys):
    status, printed, _ = said(capsys, '--help')
    assert status == 0
    for command in COMMANDS:
        assert f'{command.name} ' in printed or f'{command.name}\n' in printed
        assert command.summary in ' '.join(printed.split())
    code = (
        'import sys; from mmssl.cli.commands import make_parser; make_parser([]); '
        'print(sorted(m for m in sys.modules if m.startswith(("mmssl.apis", "mmssl.cli."))))'
    )
    done = subprocess.run([sys.executable, '-c', code], env=ENVIRONMENT, capture_output=True)
    assert done.stdout.decode().strip() == (
        "['mmssl.cli.commands', 'mmssl.cli.ending', 'mmssl.cli.parser']"
    )


@pytest.mark.parametrize('name', [command.name for command in COMMANDS])
def test_help_says_what_the_statuses_mean_and_its_examples_parse(name, capsys):
    status, printed, _ = said(capsys, name, '--help')
    assert status == 0
    assert STATUSES in printed
    assert 'Examples:' in printed
    examples = printed.split('Examples:')[1].split('\n\n')[0].replace('\\\n', ' ')
    lines = examples.strip().splitlines()
    assert len(lines) >= 2
    for line in lines:
        words = shlex.split(line)
        start = words.index('mmssl')
        assert start == 0 or words[0] == 'torchrun'
        make_parser([name]).parse_args(words[start + 1 :])


@pytest.mark.parametrize('name', TOOLS)
def test_tools_have_the_options_of_their_subcommands(name, capsys, monkeypatch):
    _, ours, _ = said(capsys, name, '--help')
    monkeypatch.setattr(sys, 'argv', [TOOLS[name], '--help'])
    assert run_tool(name, f'tools/{TOOLS[name]}') == 0
    theirs = capsys.readouterr().out
    # Usage lines break elsewhere, for the names differ in length.
    ours, theirs = (text.split('\n\n', 1)[1] for text in (ours, theirs))
    assert theirs.replace(f'python tools/{TOOLS[name]}', f'mmssl {name}') == ours
    # The tool itself is nothing but this call.
    source = (ROOT / 'tools' / TOOLS[name]).read_text()
    assert f"sys.exit(run_tool('{name}', 'tools/{TOOLS[name]}'))" in source


def test_usage_errors_are_status_2(capsys):
    for arguments, reason in (
        (['localise'], "invalid choice: 'localise'"),
        (['localize', 'clip.mp4'], 'required: model'),
        (['evaluate', 'maps', 'truth.json', '--protocol', 'mine'], "invalid choice: 'mine'"),
    ):
        status, _, error = said(capsys, *arguments)
        assert status == 2
        assert reason in error


def test_without_arguments_the_first_commands_are_shown(capsys):
    status, printed, shown = said(capsys)
    assert (status, printed) == (2, '')
    examples = [
        shlex.split(line) for line in shown.splitlines() if line.startswith('        mmssl')
    ]
    assert len(examples) == 5
    for _, *words in examples:
        make_parser(words).parse_args(words)
    assert 'mmssl --help lists all commands' in shown


def test_help_groups_every_option_and_names_related_commands(capsys):
    for command in COMMANDS:
        _, printed, _ = said(capsys, command.name, '--help')
        usage, *sections = printed.split('\n\n')
        assert usage.startswith(f'usage: mmssl {command.name} [options] ')
        # No option is outside of a titled group.
        assert 'positional arguments:' not in printed
        (own,) = (text for text in sections if text.startswith('options:'))
        assert own.count('\n') == 1
        assert '-h, --help' in own
        (related,) = (text for text in sections if text.startswith('see also:'))
        assert related.count('\n  mmssl ') == len(command.related) > 0
        assert command.name not in command.related


def test_values_are_called_by_their_kind(capsys):
    _, printed, _ = said(capsys, 'localize', '--help')
    for text in ('--audio FILE ', '--out FOLDER ', '--top N ', '--video-rate X ', '(default: 5)'):
        assert text in printed


def test_completions_know_all_options_and_which_values_are_paths():
    commands = next(a for a in whole_parser()._actions if a.dest == 'command').choices
    assert [*commands] == [command.name for command in COMMANDS]
    kinds = {a.dest: getattr(a, 'complete', None) for a in commands['localize']._actions}
    assert (kinds['audio'], kinds['out'], kinds['top']) == ('file', 'directory', None)
    shtab = pytest.importorskip('shtab')
    assert '_shtab_mmssl_localize_option_strings=' in shtab.complete(whole_parser(), 'bash')


def test_bad_input_is_status_2_and_one_line(capsys, clip, tmp_path):
    (tmp_path / 'empty').mkdir()
    (tmp_path / 'text.pth').write_text('no checkpoint')
    # Bytes over which the unpickler stumbles with an error of its own kind.
    (tmp_path / 'bytes.pth').write_bytes(bytes([0x80, 2, 0x73]) + bytes(range(256)))
    torch.save([1, 2], tmp_path / 'list.pth')
    torch.save({'meta': {'cfg': 'a = 1'}, 'state_dict': 3}, tmp_path / 'number.pth')
    for name, text in (('syntax', 'model = ('), ('code', 'import os'), ('five', 5)):
        torch.save({'meta': {'cfg': text}, 'state_dict': {}}, tmp_path / f'{name}.pth')
    (tmp_path / 'a.py').write_text('a = 1')
    (tmp_path / 'b.py').write_text("custom_imports = dict(imports=['not_there'])")
    (tmp_path / 'classes/dog').mkdir(parents=True)
    mining = ['moments', CONFIG, WEIGHTS, '--out', tmp_path / 'm.json']
    for arguments, reason in (
        (['localize', clip, 'no-such-model'], "'no-such-model' is neither a file nor the name"),
        (['localize', clip, tmp_path / 'text.pth'], 'text.pth'),
        (['localize', clip, tmp_path / 'bytes.pth'], 'torch cannot read it'),
        (['export', tmp_path / 'bytes.pth', '--out', tmp_path / 'm.onnx'], 'torch cannot read it'),
        (
            ['localize', clip, 'soundingshapes', '--out', tmp_path / 'text.pth'],
            'text.pth is a file, expected a folder for results',
        ),
        (
            ['localize', clip, 'soundingshapes', '--out', tmp_path / 'text.pth/deeper'],
            'text.pth is a file, expected a folder for results',
        ),
        (['localize', tmp_path / 'empty', 'soundingshapes'], 'nothing to localize in it'),
        (['localize', clip, clip, 'soundingshapes', '--audio', clip], '--audio goes with one'),
        (['localize', clip, 'soundingshapes', '--top', 0], 'top is 0'),
        (['evaluate', tmp_path / 'empty'], 'empty is given alone'),
        (['evaluate', tmp_path / 'gone', 'vggss.json'], 'vggss.json: no such file or folder'),
        (['moments', tmp_path / 'gone.py', 'x.pth', '--out', 'y.json'], 'gone.py'),
        (['export', tmp_path / 'text.pth', '--out', tmp_path / 'm.pth'], 'is not an ONNX file'),
        (['export', tmp_path / 'm.onnx', '--out', tmp_path / 'm.onnx'], 'would replace checkpoint'),
        (['render-demo', tmp_path / 'a.avi'], 'expected a name ending in .mp4'),
        (['render-demo', clip], 'clip.mp4 exists'),
        (['localize', clip, tmp_path / 'list.pth'], 'holds a list'),
        (['export', tmp_path / 'list.pth', '--out', tmp_path / 'm.onnx'], 'holds a list'),
        (['localize', clip, tmp_path / 'number.pth'], 'expected a state_dict'),
        (['localize', clip, tmp_path / 'gone.pth'], 'gone.pth: no such file'),
        (['localize', clip, 'soundingshapes', '--config', 'no.py'], 'no.py: no such file'),
        (['localize', clip, 'mmssl_vggsound'], 'has no weights'),
        (['localize', clip, 'soundingshapes', '--backend', 'onnx'], 'expected an exported model'),
        (['localize', clip, 'soundingshapes', '--device', 'gpu'], "device 'gpu' cannot be used"),
        (['export', 'soundingshapes', '--out', tmp_path / 'text.pth/m.onnx'], 'is a file'),
        (['moments', 'a.py', 'b.pth', '--out', tmp_path / 'empty'], 'is a folder, expected'),
        (['render-demo', tmp_path / 'a.mp4', '--duration', 1], 'expected at least 2 s'),
        (['render-demo', tmp_path / 'a.mp4', '--duration', 'nan'], 'duration is nan s'),
        (['render-demo', tmp_path / 'a.mp4', '--duration', 'inf'], 'duration is inf s'),
        (['render-demo', tmp_path / 'a.mp4', '--duration', 1e8], 'and at most 3600 s'),
        (['render-demo', ''], 'out is an empty text, expected a file'),
        (['localize', '', 'soundingshapes'], 'input is an empty text, expected a file'),
        (
            ['localize', clip, 'soundingshapes', '--out', ''],
            '--out is an empty text, expected a fol',
        ),
        (['localize', clip, tmp_path / 'empty'], 'empty: is a folder, not a regular file'),
        (['localize', clip, tmp_path / 'syntax.pth'], "syntax.pth: '(' was never closed"),
        (['localize', clip, tmp_path / 'code.pth'], 'code.pth: config of a checkpoint holds code'),
        (['localize', clip, tmp_path / 'five.pth'], 'five.pth: '),
        (['localize', clip, WEIGHTS, '--config', tmp_path / 'a.py'], 'a.py has no model, expected'),
        (['localize', clip, WEIGHTS, '--config', tmp_path / 'b.py'], 'which cannot be imported'),
        (['localize', tmp_path / 'classes', WEIGHTS], 'folders in it are not looked into'),
        (['localize', clip, WEIGHTS, '--model', 'ez-vsl'], 'keeps its own config: leave the given'),
        (['localize', clip, WEIGHTS, '--device', 'meta'], "device 'meta' cannot be used here"),
        (['test', CONFIG, tmp_path / 'empty'], 'empty: is a folder, not a regular file'),
        (['train', CONFIG, '--resume', tmp_path / 'gone.pth'], 'gone.pth: no such file'),
        (['train', CONFIG, '--seed', -5], '--seed is -5, expected a number from 0 to 4294967295'),
        (['render-demo', tmp_path / 'a.mp4', '--seed', -1], 'seed is -1'),
        (['render-demo', tmp_path / 'text.pth/a.mp4'], 'is a file, expected a folder'),
        (['prepare', clip.parent, '--out', tmp_path / 'p', '--crf', 52], 'crf is 52, expected 0 '),
        (['check', clip.parent, '--out', tmp_path / 'c', '--shortest', 'nan'], 'shortest is nan'),
        (['check', clip.parent, '--out', tmp_path / 'c', '--time-limit', 0], 'time limit is 0.0'),
        ([*mining, '--blur', 'nan'], 'blur (smoothing) is nan pixels'),
        ([*mining, '--batch-size', 0], 'batch size is 0, expected at least 1'),
        ([*mining, '--coco', tmp_path / 'empty/../m.json'], 'are one place: give each a name'),
        ([*mining, '--frames', tmp_path / 'm.json'], 'are one place: give each a name'),
        ([*mining[:3], '--out', WEIGHTS], f'--out {WEIGHTS} would replace checkpoint {WEIGHTS}'),
        (['test', *mining[1:3], '--wait-time', -1], '--wait-time is -1.0 s, expected 0'),
        (['test', *mining[1:3], '--interval', 0], '--interval is 0, expected at least 1'),
    ):
        status, printed, error = said(capsys, *arguments)
        assert (status, printed) == (2, ''), arguments
        lines = error.strip().splitlines()
        assert len(lines) == 1, error
        assert lines[0].startswith('mmssl: error: ')
        assert reason in lines[0]


def test_a_place_that_cannot_be_written_to_is_refused(capsys, clip, tmp_path, monkeypatch):
    # Modes say nothing to root, who may run the tests.
    monkeypatch.setattr(os, 'access', lambda path, mode: path != tmp_path)
    status, _, error = said(capsys, 'localize', clip, 'soundingshapes', '--out', tmp_path / 'out')
    assert (status, 'cannot be written to' in error) == (2, True)


def test_bad_input_of_an_evaluation_is_refused_before_anything_is_scored(capsys, maps, tmp_path):
    folder, boxes, names = maps
    (tmp_path / 'file').write_text('')
    (tmp_path / 'none.json').write_text('[]')
    (tmp_path / 'sounding.csv').write_text(''.join(f'{name},2\n' for name in names))
    evaluate, report = ['evaluate', folder, boxes], ['report', folder, '--truth', boxes]
    report += ['--videos', tmp_path]
    silent = ['--protocol', 'negative-audio', '--threshold', 0.5]
    for arguments, reason in (
        ([*evaluate, '--names', '../elsewhere'], "'../elsewhere' cannot name a method"),
        ([*evaluate, '--names', ''], 'cannot name a method'),
        ([*evaluate, '--resamples', -1], 'resamples is -1'),
        ([*evaluate, '--out', tmp_path / 'file'], 'file is a file, expected a folder'),
        ([*evaluate, *silent, '--sounding', tmp_path / 'sounding.csv'], 'has 2, expected 1'),
        (['evaluate', folder, tmp_path / 'none.json'], 'holds an empty list'),
        ([*report, '--resamples', -1], 'resamples is -1'),
        ([*report, '--out', tmp_path / 'file/deeper'], 'file is a file, expected a folder'),
        ([*report, '--workers', 0], 'workers is 0'),
        ([*report, '--time-limit', -1], 'time limit is -1.0 s'),
    ):
        status, printed, error = said(capsys, *arguments)
        assert (status, printed) == (2, ''), arguments
        assert reason in error
    assert not list(tmp_path.parent.glob('elsewhere*'))


def test_what_cannot_be_processed_is_status_1(capsys, clip, tmp_path):
    out = ('--out', tmp_path, '--outputs', 'boxes')
    status, printed, error = said(capsys, 'localize', clip, 'soundingshapes', *out)
    assert (status, printed) == (0, f'{tmp_path}/clip_boxes.json\n')
    assert 'error' not in error
    gone = tmp_path / 'gone.mp4'
    status, printed, error = said(capsys, 'localize', gone, clip, 'soundingshapes', *out)
    assert (status, printed) == (1, f'{tmp_path}/clip_boxes.json\n')
    assert f'error: {gone}: no such file\n' in error


def test_options_reach_the_inferencer(capsys, clip, tmp_path):
    status, *_ = said(
        capsys, 'localize', clip, 'soundingshapes', '--audio', clip, '--top', 2, '--several',
        '--decoder', 'pyav', '--out', tmp_path, '--outputs', 'boxes', 'maps', '--device', 'cpu',
        '--config', CONFIG, '--batch-size', 2,
    )  # fmt: skip
    assert status == 2  # a name has its own config
    status, *_ = said(
        capsys, 'localize', clip, WEIGHTS, '--audio', clip, '--top', 2, '--several',
        '--decoder', 'pyav', '--out', tmp_path, '--outputs', 'boxes', 'maps', '--device', 'cpu',
        '--config', CONFIG, '--batch-size', 2,
    )  # fmt: skip
    assert status == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ['clip_boxes.json', 'clip_maps.npz']
    found = json.loads((tmp_path / 'clip_boxes.json').read_text())
    assert len(found['moments']) == 2
    assert found['audio'] == str(clip)


def test_evaluate_takes_the_annotations_last_or_by_name(capsys, maps, tmp_path):
    folder, truth, names = maps
    methods = (tmp_path / 'a', tmp_path / 'b')
    for number, method in enumerate(methods):
        method.mkdir()
        for name in names:
            np.save(method / f'{name}.npy', np.load(folder / f'{name}.npy') ** (1 + number))
    found = []
    for number, paths in enumerate(((*methods, truth), (*methods, '--truth', truth))):
        out = tmp_path / f'out{number}'
        status, printed, _ = said(capsys, 'evaluate', *paths, '--protocol', 'vggss', '--out', out)
        assert status == 0
        assert 'a: evaluated 4 of 4 samples' in printed
        found.append({p.name: p.read_bytes() for p in out.iterdir()})
    assert found[0] == found[1]
    assert set(found[0]) > {'a.json', 'b.csv', 'comparison.json'}


def test_render_demo_says_what_sounds(capsys, tmp_path):
    path = tmp_path / 'demo.mp4'
    status, printed, _ = said(capsys, 'render-demo', path, '--seed', 5, '--duration', 3)
    assert status == 0
    scene = sample_scene(5, 3.0)
    assert re.fullmatch(
        rf'{path}: [a-z ]+, visible and audible from {scene.event[0]:.1f} s to '
        rf'{scene.event[1]:.1f} s\n',
        printed,
    )
    assert Clip(path).duration == pytest.approx(3, abs=0.05)


def test_ctrl_c_is_status_130_and_leaves_nothing(tmp_path):
    """The signal arrives while a clip is rendered and some of its frames are written."""
    held, work = tmp_path / 'held', tmp_path / 'work'
    held.mkdir()
    work.mkdir()
    process = start_held(
        held, 'mmssl.soundingshapes.draw:ScenePainter.frame', 20, ['-m', 'mmssl', 'render-demo'],
        cwd=work, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        # Whoever runs the tests in the background may have it ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )  # fmt: skip
    assert list(work.iterdir())
    process.send_signal(signal.SIGINT)
    _, error = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130
    assert error.strip() == 'mmssl: interrupted'
    assert not any(work.iterdir())


def test_a_reader_that_goes_leaves_the_work_to_be_done(clip, tmp_path):
    """As ``mmssl localize ... | head -1`` does."""
    reading, writing = os.pipe()
    os.close(reading)
    done = localize_twice(clip, tmp_path, stdout=writing, stderr=subprocess.PIPE)
    os.close(writing)
    assert done.returncode == 0, done.stderr
    assert done.stderr.splitlines()[-1] == '2 done'
    assert sorted(os.listdir(tmp_path / 'out')) == ['clip_2_boxes.json', 'clip_boxes.json']


@pytest.mark.skipif(not os.path.exists('/dev/full'), reason='/dev/full is a device of Linux')
def test_standard_output_that_cannot_be_written_is_named(clip, tmp_path):
    with open('/dev/full', 'w') as full:
        done = localize_twice(clip, tmp_path, stdout=full, stderr=subprocess.PIPE)
    assert done.returncode == 1
    assert 'standard output cannot be written: No space left on device' in done.stderr
    assert 'Traceback' not in done.stderr
    assert 'Exception ignored' not in done.stderr


def localize_twice(clip, folder, **options):
    words = ['-m', 'mmssl', 'localize', clip, clip, 'soundingshapes', '--outputs', 'boxes']
    return subprocess.run(
        [sys.executable, *words, '--out', folder / 'out'],
        env=ENVIRONMENT, text=True, check=False, **options,
    )  # fmt: skip


#: What an installation is made of.
SOURCES = ('setup.py', 'pyproject.toml', 'README.md', 'LICENSE', 'model-index.yml')
THREE_LINES = """\
from mmssl.apis import SoundLocalizationInferencer
inferencer = SoundLocalizationInferencer('soundingshapes')
inferencer('clip.mp4', out_dir='localized')
import mmssl
print(mmssl.__file__)
"""


def test_a_clone_is_found_from_the_folder_above_it(tmp_path):
    """Where a folder of its own name, which is no package, comes first."""
    (tmp_path / 'mmssl').mkdir()
    code = 'import importlib.util; print(importlib.util.find_spec("mmssl").origin)'
    environment = {k: v for k, v in ENVIRONMENT.items() if k != 'PYTHONPATH'}
    done = subprocess.run(
        [sys.executable, '-c', code], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    assert done.stdout.strip().endswith('mmssl/__init__.py'), done


def test_an_installed_package_localizes_in_three_lines(clip, tmp_path):
    """Installed from a copy of the sources, which keeps theirs clean; run elsewhere."""
    source, site, work = (tmp_path / name for name in ('source', 'site', 'work'))
    unwanted = shutil.ignore_patterns('__pycache__')
    for name in ('mmssl', 'configs', 'requirements'):
        shutil.copytree(ROOT / name, source / name, ignore=unwanted)
    for name in SOURCES:
        shutil.copy(ROOT / name, source)
    subprocess.run(
        [
            sys.executable, '-m', 'pip', 'install', '--quiet', '--no-deps', '--no-index',
            '--no-build-isolation', '--no-compile', '--target', site, source,
        ],
        check=True, capture_output=True,
    )  # fmt: skip
    work.mkdir()
    shutil.copy(clip, work / 'clip.mp4')
    environment = {**os.environ, 'PYTHONPATH': str(site)}
    options = {'cwd': work, 'env': environment, 'capture_output': True, 'text': True}
    done = subprocess.run([sys.executable, '-c', THREE_LINES], **options)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == f'{site}/mmssl/__init__.py'
    assert len(list((work / 'localized').iterdir())) == 4
    done = subprocess.run([site / 'bin/mmssl', '--version'], **options)
    assert done.stdout == f'mmssl {__version__}\n'
