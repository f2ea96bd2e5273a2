"""Repairs of upstream packages, and that loading a checkpoint never runs code."""

import os
import pickle
import subprocess
import sys

import cv2
import numpy as np
import pytest
import torch
from mmengine.logging import HistoryBuffer
from mmengine.runner.checkpoint import CheckpointLoader

from mmssl.apis.model import config_from_text
from mmssl.compat import repair

from ..conftest import ROOT


class Malicious:
    """Pickles to a call that would leave a file behind."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


def test_mmactions_models_import_in_a_fresh_process():
    code = 'import mmssl, mmaction.models as m; print(hasattr(m, "ResNet3d"))'
    run = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True)
    assert run.stdout.strip() == 'True', run.stderr


def test_mmactions_models_import_beside_transformers_without_timm(tmp_path):
    """VindLU is left out; a stand-in distribution makes MMAction2 see transformers."""
    (tmp_path / 'transformers').mkdir()
    (tmp_path / 'transformers/__init__.py').touch()
    facts = tmp_path / 'transformers-9.0.dist-info'
    facts.mkdir()
    (facts / 'METADATA').write_text('Metadata-Version: 2.1\nName: transformers\nVersion: 9.0\n')
    code = 'import mmssl, mmaction.models as m; print(m.multimodal.__file__)'
    environment = {**os.environ, 'PYTHONPATH': f'{tmp_path}{os.pathsep}{ROOT}'}
    run = subprocess.run(
        [sys.executable, '-c', code], capture_output=True, text=True, env=environment
    )
    assert 'multimodal' in run.stdout, run.stderr


@pytest.mark.parametrize('factor', [-0.1, -0.05, 0.1])
def test_hues_are_shifted_both_ways(factor):
    """NumPy 2 refuses to add a negative number to uint8."""
    from mmaction.datasets.transforms import ColorJitter

    picture = np.random.default_rng(0).integers(0, 256, (8, 9, 3)).astype(np.float32)
    expected = cv2.cvtColor(picture.astype(np.uint8), cv2.COLOR_RGB2HSV).astype(int)
    expected[..., 0] = (expected[..., 0] + int(factor * 255)) % 180
    rgb = cv2.cvtColor(expected.astype(np.uint8), cv2.COLOR_HSV2RGB)
    assert np.array_equal(ColorJitter.adjust_hue(picture, factor), rgb)


def test_a_missing_localizer_says_what_to_do():
    from mmaction.models import localizers

    stand_in = getattr(localizers, 'DRN', None)
    if stand_in is None or hasattr(stand_in, 'forward'):
        pytest.skip('this mmaction2 is complete, or has no DRN')
    with pytest.raises(ImportError, match='install MMAction2 from its source'):
        stand_in()


def test_missing_modules_are_stood_in_for():
    """In a process that cannot see pkg_resources and importlib_metadata."""
    code = (
        'import importlib.util as u\n'
        'find = u.find_spec\n'
        "hidden = ('pkg_resources', 'importlib_metadata')\n"
        'u.find_spec = lambda name, *a: None if name in hidden else find(name, *a)\n'
        'import mmssl, mmengine, mmaction, pkg_resources, importlib_metadata\n'
        'from mmengine.utils import is_installed, get_installed_path\n'
        "assert is_installed('mmengine') and not is_installed('no-such-package')\n"
        "assert 'mmengine' in get_installed_path('mmengine')\n"
        "assert importlib_metadata.distribution('mmengine').version\n"
        "print('fine')\n"
    )
    run = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True)
    assert run.stdout.strip() == 'fine', run.stderr


def test_checkpoints_of_mmengine_load(tmp_path):
    history = HistoryBuffer([0.5, 0.25], [1, 1])
    content = {
        'state_dict': {'w': torch.ones(2)},
        'message_hub': {
            'log_scalars': {'loss': history},
            'runtime_info': {'best': np.float64(0.5), 'iter': np.int64(3)},
        },
    }
    torch.save(content, tmp_path / 'epoch_1.pth')
    loaded = CheckpointLoader.load_checkpoint(str(tmp_path / 'epoch_1.pth'))
    assert loaded['message_hub']['log_scalars']['loss'].mean() == pytest.approx(0.375)
    assert loaded['message_hub']['runtime_info'] == {'best': 0.5, 'iter': 3}


@pytest.mark.parametrize('place', ['state_dict', 'message_hub'])
def test_hidden_code_is_refused_and_does_not_run(tmp_path, place):
    trap = tmp_path / 'was here'
    torch.save({place: {'x': Malicious(trap)}}, tmp_path / 'evil.pth')
    with pytest.raises(pickle.UnpicklingError, match=r'evil\.pth: refused.*mkdir.*can run code'):
        CheckpointLoader.load_checkpoint(str(tmp_path / 'evil.pth'))
    assert not trap.exists()
    # The same file, loaded without care, does run it: the test can fail.
    torch.load(tmp_path / 'evil.pth', weights_only=False)
    assert trap.exists()


class LooksUp:
    """Pickles to a getattr on something else than a history buffer's statistic."""

    def __reduce__(self):
        return getattr, (HistoryBuffer, '__init__')


def test_attribute_look_up_is_limited_to_statistics(tmp_path):
    torch.save({'x': LooksUp()}, tmp_path / 'evil.pth')
    with pytest.raises(pickle.UnpicklingError, match='refused'):
        CheckpointLoader.load_checkpoint(str(tmp_path / 'evil.pth'))


def test_a_missing_checkpoint_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r'gone\.pth: no such file'):
        CheckpointLoader.load_checkpoint(str(tmp_path / 'gone.pth'))


def test_bytes_that_are_no_checkpoint_are_refused_in_plain_words(tmp_path):
    # The unpickler stumbles over them with an error of another kind.
    (tmp_path / 'bytes.pth').write_bytes(bytes([0x80, 2, 0x73]) + bytes(range(256)))
    with pytest.raises(
        ValueError, match=r'bytes\.pth: torch cannot read it .*expected a checkpoint'
    ):
        CheckpointLoader.load_checkpoint(str(tmp_path / 'bytes.pth'))


def test_a_checkpoints_config_is_read_without_running_it(tmp_path):
    text = "model = dict(type='A', sizes=(1, -2), inner={'a b': [True, None]})\nx = 1e-3\n"
    config = config_from_text(text)
    assert config.model.inner['a b'] == [True, None]
    assert config.model.sizes == (1, -2)
    trap = tmp_path / 'was here'
    for evil in (
        f'x = __import__("os").mkdir({str(trap)!r})',
        f'import os; os.mkdir({str(trap)!r})',
        f'x = dict(a=[open({str(trap)!r}, "w")])',
        f'x = f"{{open({str(trap)!r}, chr(119))}}"',
    ):
        with pytest.raises(ValueError, match='holds code'):
            config_from_text(evil)
    assert not trap.exists()


def test_repairing_twice_changes_nothing():
    modules = dict(sys.modules)
    repair()
    assert {k: v for k, v in sys.modules.items() if k in modules} == modules


GLOO = """
import os, sys
from pathlib import Path
import mmssl, torch
import mmengine.runner  # as in every distributed run
from mmengine.dist import init_dist
from mmssl.compat.for_torch import leave_process_group

rendezvous = sys.argv[1]
os.environ.update(RANK='0', WORLD_SIZE='1', LOCAL_RANK='0')
init_dist(
    *('pytorch', 'nccl'), init_method=f'file://{rendezvous}', rank=0, world_size=1
)

def threads_of_gloo():
    names = [path.read_text() for path in Path('/proc/self/task').glob('*/comm')]
    return sum('gloo' in name for name in names)

def train():
    held = {}
    held['itself'] = held  # a cycle, as those of a runner
    held['network'] = torch.nn.parallel.DistributedDataParallel(torch.nn.Linear(4, 4))
    held['network'](torch.ones(2, 4)).sum().backward()

train()
print(threads_of_gloo() > 0)
leave_process_group()
print(threads_of_gloo())
"""


@pytest.mark.skipif(sys.platform != 'linux', reason='only Linux lists the threads of a process')
def test_threads_of_gloo_end_before_python_does(tmp_path):
    """Otherwise Python's end kills one of them now and then, and the process with it."""
    done = subprocess.run(
        [sys.executable, '-W', 'ignore', '-c', GLOO, tmp_path / 'rendezvous'],
        capture_output=True, text=True, env={**os.environ, 'CUDA_VISIBLE_DEVICES': ''},
    )  # fmt: skip
    assert done.stdout.split() == ['True', '0'], done.stderr
