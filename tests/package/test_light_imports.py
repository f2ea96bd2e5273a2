"""What an import loads: nothing heavy by itself, and everything that configs need."""

import os
import subprocess
import sys

import pytest

from ..conftest import ROOT

HEAVY = ('torch', 'numpy', 'mmengine', 'mmaction', 'av', 'cv2', 'librosa', 'scipy', 'matplotlib')


def loaded(code: str) -> list[str]:
    """Heavy packages that a fresh process has loaded after some code."""
    code += f'\nimport sys; print(*[name for name in {HEAVY} if name in sys.modules])'
    environment = {**os.environ, 'PYTHONPATH': str(ROOT)}
    done = subprocess.run(
        [sys.executable, '-c', code], capture_output=True, text=True, env=environment, cwd='/'
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()[-1].split()


@pytest.mark.parametrize(
    ('code', 'packages'),
    [
        ('import mmssl; mmssl.__version__', []),
        ('from mmssl.cli.commands import make_parser; make_parser([]).format_help()', []),
        ('from mmssl.evaluation import evaluate', ['torch', 'numpy']),
        ('import mmssl; mmssl.evaluate', ['torch', 'numpy']),
    ],
)
def test_only_what_is_needed_is_loaded(code, packages):
    assert loaded(code) == packages


def test_names_are_found_and_others_refused():
    code = (
        'import mmssl\n'
        'from mmssl.apis import SoundLocalizationInferencer as apis\n'
        'assert mmssl.SoundLocalizationInferencer is apis\n'
        "assert not hasattr(mmssl, 'nothing')\n"
    )
    assert 'mmengine' in loaded(code)


def test_types_and_repairs_are_there_where_mmssl_alone_is_imported():
    """As MMAction2's own tools do it by ``custom_imports``; repairs hold for what comes later."""
    code = (
        'from mmengine.hooks import CheckpointHook\n'
        'from mmengine.registry import MODELS, init_default_scope\n'
        'import mmssl\n'
        "init_default_scope('mmaction')\n"
        "assert MODELS.get('mmssl.AudioConvNet').__module__.startswith('mmssl.')\n"
        'from mmengine.fileio import LocalBackend\n'
        'from mmengine.runner.checkpoint import CheckpointLoader\n'
        'from mmengine.visualization import LocalVisBackend\n'
        'for mended in (\n'
        '    *(LocalBackend.put, LocalVisBackend._dump),\n'
        '    *(CheckpointHook._save_checkpoint_with_step, CheckpointHook._save_best_checkpoint),\n'
        "    CheckpointLoader._schemes[''],\n"
        '):\n'
        "    assert 'mmssl/compat/' in mended.__code__.co_filename, mended\n"
    )
    assert 'mmaction' in loaded(code)
