"""The cores that a process may use, their users, and how threads wait."""

import ast
import io
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from joblib.externals.loky.backend import context
from mmengine.config import Config

from mmssl import threads
from mmssl.apis import runner
from mmssl.cli import options, report
from mmssl.cli.config_options import add_config_options, add_launcher_options
from mmssl.cli.parser import Parser
from mmssl.engine import ShareCoresHook, share_cores_hook

from ..conftest import ROOT

#: Settings that would look like the user's.
OTHERS = (*threads.WAITING, *threads.NUMBERS, 'LOKY_MAX_CPU_COUNT')
ENVIRONMENT = {name: value for name, value in os.environ.items() if name not in OTHERS}
TOOLS = sorted(ROOT.glob('tools/**/*.py'))
SAYS = (
    'import os, torch\n'
    'print(torch.get_num_threads(), os.environ.get("GOMP_SPINCOUNT"), '
    'os.environ.get("OMP_WAIT_POLICY"))'
)


def printed(*words, **changes):
    """Run Python with only these settings, and return its output."""
    environment = {**ENVIRONMENT, 'PYTHONPATH': str(ROOT), **changes}
    command = [sys.executable, '-W', 'ignore', *words]
    run = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=ROOT)
    assert run.returncode == 0, run.stderr
    return run.stdout.strip()


@pytest.mark.skipif(not hasattr(os, 'sched_setaffinity'), reason='affinity cannot be set here')
def test_a_core_that_affinity_withholds_is_not_counted():
    code = (
        f'import os; os.sched_setaffinity(0, [{min(os.sched_getaffinity(0))}])\n'
        'from runpy import run_path; run_path("mmssl/threads.py", run_name="__main__")'
    )
    assert printed('-c', code) == '1'


@pytest.mark.parametrize(
    ('quota', 'cores'), [('100000', 1), ('150000', 2), ('300000', 3), ('max', 8)]
)
def test_a_containers_quota_counts_and_is_rounded_up(monkeypatch, quota, cores):
    """The machine has eight cores, and the file of its group contains the quota."""
    exists, name = os.path.exists, '/sys/fs/cgroup/cpu.max'
    monkeypatch.setattr(os.path, 'exists', lambda path: path == name or exists(path))
    text = f'{quota} 100000\n'
    monkeypatch.setattr(context, 'open', lambda path: io.StringIO(text), raising=False)
    monkeypatch.setattr(os, 'cpu_count', lambda: 8)
    monkeypatch.setattr(os, 'sched_getaffinity', lambda _: set(range(8)), raising=False)
    monkeypatch.delenv('LOKY_MAX_CPU_COUNT', raising=False)
    assert threads.usable_cores() == cores


def test_the_modules_script_needs_only_joblib():
    code = 'import sys; sys.path.insert(0, "mmssl"); import threads; threads.usable_cores(); '
    assert printed('-c', f'{code}print("torch" in sys.modules, "mmssl" in sys.modules)') == (
        'False False'
    )


def test_torch_has_no_more_threads_than_cores_and_sleeps_early():
    assert printed('-c', f'import mmssl\n{SAYS}', LOKY_MAX_CPU_COUNT='1') == (
        f'1 {threads.SPINS} None'
    )


def test_the_users_settings_of_threads_are_kept():
    own = {'OMP_NUM_THREADS': '1', 'OMP_WAIT_POLICY': 'ACTIVE'}
    assert printed('-c', f'import mmssl\n{SAYS}', **own) == '1 None ACTIVE'


@pytest.mark.parametrize('name', threads.WAITING)
def test_a_setting_of_the_user_prevents_our_own(monkeypatch, name):
    monkeypatch.delitem(sys.modules, 'torch')
    environment = {name: 'anything'}
    assert not threads.wait_asleep(environment)
    assert environment == {name: 'anything'}


def test_waiting_is_set_only_before_torch_is_loaded(monkeypatch):
    environment = {}
    assert not threads.wait_asleep(environment)
    assert not environment
    monkeypatch.delitem(sys.modules, 'torch')
    assert threads.wait_asleep(environment)
    assert environment == {'GOMP_SPINCOUNT': threads.SPINS}


@pytest.mark.parametrize(
    ('cores', 'asked', 'found'), [(4, None, 2), (1, None, 1), (1, 'OMP', 2), (1, 'MKL', 2)]
)
def test_torchs_threads_are_only_lowered_and_a_set_number_is_kept(monkeypatch, cores, asked, found):
    for name in threads.NUMBERS:
        monkeypatch.delenv(name, raising=False)
    if asked:
        monkeypatch.setenv(f'{asked}_NUM_THREADS', '2')
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(2)
        monkeypatch.setattr(threads, 'usable_cores', lambda: cores)
        threads.limit_torch()
        assert torch.get_num_threads() == found
    finally:
        torch.set_num_threads(before)


@pytest.fixture
def sharing(monkeypatch):
    """Torch has two threads, and the test sets the times: (wall, own, idle)."""
    for name in threads.NUMBERS:
        monkeypatch.delenv(name, raising=False)
    readings = [(0.0, 0.0, 0.0)]
    monkeypatch.setattr(threads, '_times', lambda: readings[-1])
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    share = threads.Sharing()

    def passed(wall, own, idle):
        readings.append(tuple(a + b for a, b in zip(readings[-1], (wall, own, idle))))
        return share.adapt()

    passed.share = share
    yield passed
    torch.set_num_threads(before)


@pytest.mark.parametrize(
    ('own', 'idle', 'left'),
    [(4, 0, 2), (2, 2, 2), (3.5, 0, 2), (2, 0, 1), (1, 0, 1), (0.5, 0.5, 1)],
    ids=['alone', 'reading', 'a little beside', 'two trainings', 'four', 'four that wait'],
)
def test_torch_gets_as_many_threads_as_others_leave_cores(sharing, own, idle, left):
    """Times are those of two seconds on two cores."""
    assert sharing(2, own, idle) == (left if left != 2 else None)
    assert torch.get_num_threads() == left


def test_a_thread_comes_back_when_the_others_have_gone(sharing):
    assert sharing(2, 2, 0) == 1
    assert sharing(1, 1, 1) is None  # too early
    assert sharing(1, 1, 1) == 2
    assert sharing(2, 2, 6) is None  # more cores are left than torch had threads


def test_work_of_helpers_is_own_work(sharing, monkeypatch):
    """Readers of clips work while this process waits for them."""
    used = {41: 5.0, 42: 1.0}
    monkeypatch.setattr(threads, '_seconds_of', lambda process: used.get(process, 0.0))
    sharing.share.helpers.add(42)
    used[42] += 2
    assert sharing(2, 1, 0) is None
    assert sharing(2, 1, 0) == 1  # they have done nothing since
    used.pop(42)  # it has ended
    assert sharing(2, 1, 3) == 2


def test_a_number_of_threads_that_somebody_sets_is_the_most(sharing):
    assert sharing(2, 2, 0) == 1
    torch.set_num_threads(2)
    assert sharing(2, 2, 6) is None
    torch.set_num_threads(1)
    assert sharing(2, 2, 6) is None
    assert torch.get_num_threads() == 1


@pytest.mark.parametrize('name', threads.NUMBERS)
def test_a_number_of_threads_in_the_environment_is_kept(sharing, monkeypatch, name):
    monkeypatch.setenv(name, '2')
    assert sharing(2, 1, 0) is None
    assert torch.get_num_threads() == 2


def test_without_idle_times_the_threads_stay(monkeypatch):
    monkeypatch.setattr(threads, 'Path', lambda path: Path('no-such-file'))
    share = threads.Sharing()
    assert share.adapt() is None


@pytest.mark.skipif(sys.platform != 'linux', reason='only Linux reports idle times')
def test_time_that_a_core_idles_or_this_process_works_is_left():
    before = threads._times()
    end = time.process_time() + 0.2
    while time.process_time() < end:
        pass
    wall, own, idle = (b - a for a, b in zip(before, threads._times()))
    cores = len(os.sched_getaffinity(0))
    assert own >= 0.18
    assert -0.05 * cores <= idle <= cores * (wall + 0.05)


def test_a_training_looks_before_each_step(monkeypatch):
    given = iter([1, None, 2])
    monkeypatch.setattr(share_cores_hook, 'SHARING', SimpleNamespace(adapt=lambda: next(given)))
    told = []
    runner_ = SimpleNamespace(logger=SimpleNamespace(info=told.append), deterministic=False)
    hook = ShareCoresHook()
    for look in (hook.before_train_iter, hook.before_val_iter, hook.before_test_iter):
        look(runner_, 0)
    assert [line.partition(',')[0] for line in told] == ['torch threads: 1', 'torch threads: 2']
    runner_.deterministic = True
    hook.before_train_iter(runner_, 0)  # it must not adapt: a fourth call would fail


@pytest.mark.parametrize('tool', TOOLS, ids=lambda path: path.stem)
def test_tools_import_the_package_before_torch(tool):
    """Modules that import torch count, too. The converters compute nothing."""
    names = [
        (node.names[0].name if isinstance(node, ast.Import) else node.module).partition('.')[0]
        for node in ast.parse(tool.read_text()).body
        if isinstance(node, (ast.Import, ast.ImportFrom))
    ]
    others = [name for name in names if name not in (*sys.stdlib_module_names, 'matplotlib')]
    assert others[:1] in ([], ['mmssl']) or tool.parent.name == 'model_converters'


def test_nobody_counts_the_machine_s_cores():
    counts = re.compile(r'cpu_count|_NPROCESSORS_ONLN|nproc\b')
    files = [*TOOLS, *ROOT.glob('mmssl/**/*.py'), *ROOT.glob('benchmarks/*.py'), ROOT / 'Makefile']
    found = [path.name for path in files if counts.search(path.read_text())]
    assert found == ['threads.py']


def test_the_report_has_a_process_for_each_core(monkeypatch):
    monkeypatch.setattr(options, 'usable_cores', lambda: 7)
    parser = Parser()
    report.add_options(parser)
    assert parser.get_default('workers') == 7


def test_makes_workers_are_the_usable_cores():
    environment = {**ENVIRONMENT, 'LOKY_MAX_CPU_COUNT': '1', 'MAKEFLAGS': ''}
    environment.pop('WORKERS', None)
    command = ['make', '--no-print-directory', '-n', 'study', f'VENV={sys.prefix}']
    run = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=ROOT)
    assert '-m projects.study --workers 1 ' in run.stdout, run.stdout + run.stderr


def test_a_small_machine_gets_a_loader_for_each_core(monkeypatch):
    said = []
    monkeypatch.setattr(runner, 'print_log', lambda line, *more: said.append(line))
    loader = {'batch_size': 8, 'num_workers': 12, 'persistent_workers': True}
    config = Config({'train_dataloader': loader, 'val_dataloader': {'num_workers': 1}})
    runner.limit_loaders(config, 2)
    assert config.train_dataloader == {**loader, 'num_workers': 2}
    assert config.val_dataloader.num_workers == 1
    (told,) = said
    assert 'train_dataloader: 2 loaders instead of 12' in told
    assert '--cfg-options train_dataloader.num_workers=12 keeps 12' in told
    assert 'val_dataloader' not in told


def test_loaders_that_were_typed_are_kept(monkeypatch):
    monkeypatch.setattr(runner, 'usable_cores', lambda: 2)
    parser = Parser()
    add_config_options(parser)
    add_launcher_options(parser)
    config = str(ROOT / 'configs/mmssl_vggsound.py')
    words = [config, '--cfg-options', 'train_dataloader.num_workers=5']
    args = parser.parse_args(words)
    config = runner.prepare_config(args)
    assert config.train_dataloader.num_workers == 5
    assert config.val_dataloader.num_workers == 2
