"""How tools end: one line and status 2 for wrong input, one line and status 130 for Ctrl-C."""

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
import torch
from mmengine.logging import MessageHub

from mmssl import interrupts
from mmssl.cli.ending import BAD_INPUT, DONE, INTERRUPTED, SOME_FAILED, Unfinished, exit_status
from mmssl.engine import Runner
from mmssl.progress import track

from ..conftest import ROOT
from ..fault_catalogue import clip
from ..warm import run_words, warm

WRONG = {
    'tools/train.py gone.py': 'gone.py',
    'tools/train.py configs/mmssl_soundingshapes.py --data-root gone': 'gone',
    'tools/test.py gone.py CHECKPOINT': 'gone.py',
    'tools/test.py configs/mmssl_soundingshapes.py gone.pth --data-root gone': 'gone',
    'tools/data/check.py gone --out out': 'gone',
    'tools/data/prepare.py gone --out out': 'gone',
    'tools/data/check.py https://host/clips --out out': 'is a URL, expected a folder: download it',
    'tools/data/prepare.py s3://bucket --out out': 'is a URL, expected a folder: save it as one',
    'tools/data/render_soundingshapes.py out --workers 0': 'workers is 0, expected at least 1',
    'tools/data/render_soundingshapes.py out --workers -1': 'workers is -1, expected at least 1',
    'tools/data/check.py configs --out out --shard 3/2': '3/2',
    '-m projects.mining_pictures.moments gone.json --videos configs --out out': 'gone.json',
    'tools/analysis_tools/moving_picture.py gone a b': 'gone: no such folder',
    'tools/analysis_tools/plot_curves.py gone': 'gone: no such folder',
    'tools/analysis_tools/show_results.py tools/test.py gone.pth': 'gone.pth: no such file',
    'tools/analysis_tools/compare_attention.py x y --contexts 2': "'2', expected SOUND,PICTURE",
    'tools/model_converters/convert_mc3_18.py gone.pth out.pth': 'gone.pth: no such file',
    'tools/model_converters/convert_mc3_18.py tools/test.py out.pth': 'not a checkpoint, exp',
    'tools/model_converters/convert_mc3_18.py tools/test.py /proc/x.pth': 'cannot be written to',
    'tools/model_converters/convert_resnet18.py tools out.pth': 'tools: is a folder, not a regular',
    'tools/model_converters/convert_resnet18.py small.pth out.pth': 'small.pth: [',
    'tools/model_converters/publish_checkpoint.py small.pth small.pth': 'would replace checkpoint',
}


@pytest.mark.parametrize('command', WRONG)
def test_wrong_input_is_answered_in_one_line(tmp_path, command):
    (tmp_path / 'configs').symlink_to(ROOT / 'configs')
    (tmp_path / 'tools').symlink_to(ROOT / 'tools')
    (tmp_path / 'projects').symlink_to(ROOT / 'projects')
    torch.save({'a': torch.zeros(1)}, tmp_path / 'small.pth')
    done = warm(run_words, ['python', *command.split()], folder=tmp_path)
    assert done.status == BAD_INPUT, done.output
    assert 'Traceback' not in done.output
    lines = [line for line in done.output.splitlines() if ': error: ' in line]
    assert len(lines) == 1, done.output
    assert lines[0].startswith(command.removeprefix('-m ').split()[0])
    assert WRONG[command] in lines[0]


def test_a_training_that_is_interrupted_says_how_to_go_on(shapes, tmp_path):
    command = [
        *(sys.executable, '-u', '-W', 'ignore', 'tools/train.py'),
        *('configs/mmssl_soundingshapes.py', '--data-root', shapes, '--no-validate'),
        *('--work-dir', tmp_path, '--cfg-options', 'train_cfg.max_epochs=1000'),
        'default_hooks.logger.interval=1',
    ]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, 'PYTHONPATH': str(ROOT)},
        # A shell starts what runs in the background with Ctrl-C ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as process:  # fmt: skip
        while 'Saving checkpoint' not in process.stdout.readline():
            assert process.poll() is None, process.stderr.read()
        process.send_signal(signal.SIGINT)
        _, said = process.communicate()
    assert process.returncode == INTERRUPTED, said
    assert said.splitlines()[-1] == (
        'tools/train.py: interrupted; --resume continues from the last checkpoint'
    )
    assert 'Traceback' not in said


@pytest.fixture
def program(monkeypatch):
    """This process as a program of ours that works."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    monkeypatch.setattr(interrupts, '_program', lambda: 'mmssl')
    interrupts.end_in_one_line()
    interrupts.raise_again()
    yield
    signal.signal(signal.SIGINT, before)
    interrupts.raise_again()


class Interrupting:
    """Ctrl-C comes where what is raised is dropped."""

    def __del__(self):
        signal.raise_signal(signal.SIGINT)


class InterruptingCopy:
    """Ctrl-C comes while MMEngine copies what goes into a checkpoint."""

    def __deepcopy__(self, memo):
        signal.raise_signal(signal.SIGINT)


def save_infos():
    hub = MessageHub('interrupted')
    hub.update_info('copied', InterruptingCopy())
    hub.state_dict()


@pytest.mark.filterwarnings('ignore::pytest.PytestUnraisableExceptionWarning')
@pytest.mark.parametrize('lose', [Interrupting, save_infos])
def test_ctrl_c_that_others_swallow_ends_training_and_long_loops(program, lose):
    # Not built, which takes a config.
    runner = Runner.__new__(Runner)
    runner._hooks = []
    runner.call_hook('after_train_iter')
    lose()
    with pytest.raises(KeyboardInterrupt):
        runner.call_hook('after_train_iter')
    with pytest.raises(KeyboardInterrupt):
        list(track([1], 'reading', disable=True))
    # What is begun after that is not interrupted.
    assert exit_status(lambda: runner.call_hook('after_train_iter'), 'tool') == DONE


#: Program, and whether it is one of ours.
STARTS = {
    'tools/train.py': ['tools/train.py', 'x.py'],
    'tools/test.py': ['tools/test.py', 'x.py', 'x.pth'],
    'tools/data/check.py': ['tools/data/check.py', 'x', '--out', 'x'],
    'mmssl': ['-m', 'mmssl', 'localize', 'x.mp4', 'soundingshapes'],
}


@pytest.mark.parametrize('program', STARTS)
def test_ctrl_c_during_the_imports_is_one_line(program):
    status, said = interrupted_start(STARTS[program])
    assert status == INTERRUPTED
    assert said.startswith(f'{program}: interrupted')
    assert len(said.splitlines()) == 1


def test_another_program_ends_as_it_likes(tmp_path):
    path = tmp_path / 'mine.py'
    path.write_text('try:\n    import mmssl, torch\nexcept KeyboardInterrupt:\n    print("mine")\n')
    assert interrupted_start([path]) == (0, 'mine\n')


@pytest.mark.parametrize('tool', ['check', 'render_soundingshapes'])
def test_ctrl_c_is_one_line_while_the_server_of_the_workers_imports(tool, tmp_path):
    clip(tmp_path / 'raw/a.mp4')
    words = {'check': ['raw', '--out', 'out'], 'render_soundingshapes': ['out', '--train', '9']}
    path = f'tools/data/{tool}.py'
    words = [path, *(tmp_path / word if word in ('raw', 'out') else word for word in words[tool])]
    status, said = interrupted_start([*words, '--workers', '2'], server=True)
    assert status == INTERRUPTED
    lines = [line for line in said.splitlines() if 'interrupted' in line or 'Trace' in line]
    assert lines == [f'{path}: interrupted; the same command continues']


def interrupted_start(words, server=False):
    """Status and output of a program that gets Ctrl-C while it, or its server, imports torch."""
    code = (
        'import os, runpy, signal, sys\n'
        'class Interrupt:\n'
        '    def find_spec(self, name, *_):\n'
        f'        if name == "torch" and (sys.argv[0] == "-c") == {server}:\n'
        '            sys.meta_path.remove(self)\n'
        '            os.killpg(0, signal.SIGINT)\n'
        'sys.meta_path.insert(0, Interrupt())\n'
    )
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, 'sitecustomize.py').write_text(code)
        done = subprocess.run(
            [sys.executable, *words],
            cwd=ROOT, env={**os.environ, 'PYTHONPATH': f'{folder}:{ROOT}'}, text=True, check=False,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )  # fmt: skip
    return done.returncode, done.stdout


def interrupt():
    raise KeyboardInterrupt


def interrupt_inside():
    """MMEngine turns whatever happens while it formats a config into an error of syntax."""
    try:
        raise KeyboardInterrupt
    except:  # noqa: E722
        raise SyntaxError('Failed to format the config file') from None


def refuse():
    raise ValueError('side is 0,\n expected at least 1')


def lose_processes():
    raise Unfinished('the worker processes were killed')


def test_statuses(capsys, monkeypatch):
    assert exit_status(lambda: None, 'tool') == DONE
    assert exit_status(lambda: 1, 'tool') == 1
    assert exit_status(interrupt, 'tool', 'the same command continues') == INTERRUPTED
    assert capsys.readouterr().err == 'tool: interrupted; the same command continues\n'
    assert exit_status(interrupt_inside, 'tool') == INTERRUPTED
    assert capsys.readouterr().err == 'tool: interrupted\n'
    assert exit_status(refuse, 'tool') == BAD_INPUT
    assert capsys.readouterr().err == 'tool: error: side is 0, expected at least 1\n'
    assert exit_status(lose_processes, 'tool', 'the same command continues') == SOME_FAILED
    assert capsys.readouterr().err == (
        'tool: error: the worker processes were killed; the same command continues\n'
    )
    monkeypatch.setenv('MMSSL_TRACEBACK', '1')
    with pytest.raises(ValueError, match='side is 0'):
        exit_status(refuse, 'tool')


class Unreadable(torch.utils.data.Dataset):
    """A data set that a loader's process cannot read."""

    def __len__(self):
        return 1

    def __getitem__(self, index):
        raise ValueError('side is 0,\nexpected at least 1')


def test_the_traceback_of_a_loaders_process_is_left_out(capsys):
    loader = torch.utils.data.DataLoader(Unreadable(), num_workers=1)
    assert exit_status(lambda: list(loader), 'tool') == BAD_INPUT
    assert capsys.readouterr().err == 'tool: error: side is 0, expected at least 1\n'


def test_bugs_keep_their_traceback():
    with pytest.raises(ZeroDivisionError):
        exit_status(lambda: 1 / 0, 'tool')
