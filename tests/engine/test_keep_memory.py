"""Freed memory stays in the process that trains on a CPU."""

import ctypes
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from mmssl.engine import KeepMemoryHook, keep_freed_memory, keep_memory_hook

#: Prints how many megabytes stay in the process after 8 blocks of 24 MB were freed, by default and
#: as the hook sets it. By default, malloc keeps blocks once one of their size was freed. The first
#: use therefore counts.
REMAINDERS = """
import torch
from mmssl.engine import keep_freed_memory

def resident():
    with open('/proc/self/statm') as file:
        return int(file.read().split()[1]) * 4096 / 1e6

def remainder():
    before = resident()
    held = [torch.ones(6_000_000) for _ in range(8)]
    del held
    return resident() - before

print(remainder())
assert keep_freed_memory()
print(remainder())
"""


@pytest.mark.skipif(not Path('/proc/self/statm').exists(), reason='needs the /proc of Linux')
@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), 'mallopt'), reason='malloc is not glibc')
def test_freed_blocks_stay_in_the_process():
    done = subprocess.run([sys.executable, '-c', REMAINDERS], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    returned, kept = map(float, done.stdout.split())
    assert returned < 20
    assert kept > 150


def test_another_malloc_is_left_alone(monkeypatch):
    monkeypatch.setattr(keep_memory_hook.ctypes, 'CDLL', lambda _: SimpleNamespace())
    assert keep_freed_memory() is False


@pytest.mark.parametrize(('device', 'calls'), [('cpu', 1), ('meta', 0)])
def test_only_a_training_on_the_cpu_keeps_memory(monkeypatch, device, calls):
    called = []
    monkeypatch.setattr(keep_memory_hook, 'keep_freed_memory', lambda: called.append(True))
    model = torch.nn.Linear(1, 1, device=device)
    KeepMemoryHook().before_train(SimpleNamespace(model=model))
    assert len(called) == calls
