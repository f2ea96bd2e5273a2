"""Which Python make uses for the environment, and its errors if there is none."""

import os
import re
import shutil
import subprocess
import sys
import tomllib

import pytest

from .conftest import ROOT

SCRIPT = ROOT / 'tools/make_venv.sh'
TOOLS = ('cp', 'grep', 'ls', 'mkdir', 'rm')
#: A Python that claims another version, and makes environments that contain only itself.
FAKE = """#!/bin/sh
case "$1$2" in
-mpip) exit 0 ;;
-mvenv)
    [ "$3" != --clear ] || {{ shift; rm -r "$3"; }}
    mkdir -p "$3/bin" && cp "$0" "$3/bin/python" && {end}
    ;;
*)
    exec {python} -c 'import sys; sys.version_info = {version}; {block}; exec(sys.argv[1])' "$2"
    ;;
esac
"""
NO_VENV = 'sys.modules["ensurepip"] = None'
BROKEN = '#!/bin/sh\necho "pyenv: $0: command not found" >&2\nexit 127\n'


class SearchPath:
    """A PATH with a few tools and the Pythons that a test puts there."""

    def __init__(self, folder):
        self.folder, self.venv = folder / 'bin', folder / 'venv'
        self.folder.mkdir()
        for tool in TOOLS:
            (self.folder / tool).symlink_to(shutil.which(tool))

    def put(self, name, version=None, block='pass', end='exit 0'):
        text = BROKEN
        if version:
            parts = tuple(map(int, version.split('.')))
            text = FAKE.format(python=sys.executable, version=parts, block=block, end=end)
        (self.folder / name).write_text(text)
        (self.folder / name).chmod(0o755)
        return self.folder / name

    def run(self, wish=''):
        """Return the exit status and the output."""
        done = subprocess.run(
            [shutil.which('sh'), SCRIPT, self.venv, wish],
            env={'PATH': os.fspath(self.folder)}, capture_output=True, text=True,
        )  # fmt: skip
        return done.returncode, done.stdout + done.stderr


@pytest.fixture
def path(tmp_path):
    return SearchPath(tmp_path)


def version_of(venv):
    done = subprocess.run(
        [venv / 'bin/python', '-c', 'print("%d.%d" % sys.version_info[:2])'],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout.strip()


def test_the_newest_python_that_works_is_used(path):
    path.put('python3.11', '3.11')
    taken = path.put('python3.12', '3.12')
    path.put('python3.13')  # a stub from a version manager
    path.put('python3', '3.13', NO_VENV)  # Debian's, without python3-venv
    assert path.run() == (0, f'make: creating {path.venv} with Python 3.12, {taken}\n')
    assert version_of(path.venv) == '3.12'


def test_a_newer_python3_is_used_before_an_older_python3_11(path):
    path.put('python3.11', '3.11')
    taken = path.put('python3', '3.13')
    assert path.run() == (0, f'make: creating {path.venv} with Python 3.13, {taken}\n')


def test_an_existing_environment_keeps_its_python(path):
    old = path.put('python3.11', '3.11')
    path.run()
    new = path.put('python3.13', '3.13')
    assert path.run() == (0, '')
    assert path.run(old) == (0, '')
    status, said = path.run(new)
    assert status == 1
    assert said.count('\n') == 1
    assert f'{path.venv} has Python 3.11, but PYTHON={new} is another version' in said
    assert version_of(path.venv) == '3.11'


def test_a_requested_python_is_used(path):
    path.put('python3.13', '3.13')
    wish = path.put('my python', '3.11')
    assert path.run(wish) == (0, f'make: creating {path.venv} with Python 3.11, {wish}\n')


@pytest.mark.parametrize(
    ('version', 'block', 'reason'),
    [
        (None, '', 'does not run'),
        ('3.10', 'pass', 'is Python 3.10'),
        ('3.12', NO_VENV, 'has no ensurepip or venv (on Debian: install python3.12-venv)'),
    ],
)
def test_a_requested_python_that_cannot_be_used_is_refused(path, version, block, reason):
    path.put('python3.13', '3.13')
    wish = path.put('mine', version, block)
    expected = f'PYTHON={wish} {reason}; expected one of 3.13 3.12 3.11 with ensurepip and venv'
    assert path.run(wish) == (1, f'make: {expected}\n')
    assert not path.venv.exists()


def test_one_line_says_which_python_is_missing(path):
    path.put('python3.13')
    path.put('python3.12', '3.12', NO_VENV)
    path.put('python3', '3.9')
    status, said = path.run()
    assert status == 1
    assert said.count('\n') == 1
    assert 'expected one of 3.13 3.12 3.11 with ensurepip and venv' in said
    assert (
        'found: python3.13 does not run, '
        'python3.12 has no ensurepip or venv (on Debian: install python3.12-venv), '
        'python3 is Python 3.9; ' in said
    )
    assert said.endswith('make env PYTHON=/path/to/python\n')
    assert not path.venv.exists()
    for python in path.folder.glob('python*'):
        python.unlink()
    assert 'found: none; ' in path.run()[1]


def test_a_failure_leaves_no_half_built_environment(path):
    path.put('python3.12', '3.12', end='echo no space left >&2; exit 1')
    status, said = path.run()
    assert status == 1
    first, second = said.splitlines()
    assert first.startswith(f'make: creating {path.venv} with Python 3.12')
    assert second == f'make: python3.12 -m venv {path.venv} failed: no space left'
    assert not path.venv.exists()


def test_a_half_built_environment_is_rebuilt(path):
    """It is left by a kill, or by Debian if python3-venv is missing."""
    taken = path.put('python3.12', '3.12')
    path.venv.mkdir()
    (path.venv / 'pyvenv.cfg').touch()
    assert path.run() == (0, f'make: creating {path.venv} with Python 3.12, {taken}\n')
    assert [file.name for file in path.venv.iterdir()] == ['bin']


def test_all_files_list_the_same_versions():
    (line,) = re.findall(r"^SUPPORTED='(.*)'$", SCRIPT.read_text(), re.MULTILINE)
    versions = line.split()[::-1]
    facts = tomllib.loads((ROOT / 'pyproject.toml').read_text())
    listed = '\n'.join(facts['project']['classifiers'])
    assert re.findall(r'Python :: (3\.\d+)', listed) == versions
    past = f'3.{int(versions[-1][2:]) + 1}'
    assert facts['project']['requires-python'] == f'>={versions[0]},<{past}'
    assert facts['tool']['ruff']['target-version'] == f'py{versions[0].replace(".", "")}'
    assert facts['tool']['mypy']['python_version'] == versions[0]


def test_a_moved_environment_is_made_anew(path):
    python = path.put('python3.12', '3.12')
    path.run()
    (path.venv / 'pyvenv.cfg').touch()
    pip = path.venv / 'bin/pip'
    pip.write_text('#!/elsewhere/.venv/bin/python\n')
    assert path.run() == (0, f'make: creating {path.venv} with Python 3.12, {python}\n')
    pip.write_text(f'#!{path.venv}/bin/python\n')
    assert path.run() == (0, '')


def test_a_folder_of_other_files_is_left_alone(path):
    path.put('python3.12', '3.12')
    path.venv.mkdir()
    (path.venv / 'precious').write_text('kept')
    status, said = path.run()
    assert status == 1
    assert f'{path.venv} holds other files and is no environment' in said
    assert (path.venv / 'precious').read_text() == 'kept'
