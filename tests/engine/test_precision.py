"""Training runs in bfloat16 if the device computes in it, and in a requested precision."""

import logging
import os
import subprocess
import sys
from contextlib import nullcontext

import pytest
import torch
from mmengine.config import Config
from mmengine.optim import build_optim_wrapper
from torch import nn

from mmssl.cli import train
from mmssl.cli.parser import Parser
from mmssl.engine import MixedPrecisionOptimWrapper, precision
from mmssl.engine.precision import choose_precision, computes_in_bfloat16

from ..conftest import ROOT

pytestmark = pytest.mark.numeric

#: Instruction sets to which oneDNN and torch can be limited.
ORDINARY = [('AVX2', 'avx2'), ('SSE41', 'default')]
CPU = torch.device('cpu')


@pytest.fixture
def processor(monkeypatch):
    """Pretend to be a processor: change the answers of oneDNN and torch."""

    def pretend(onednn: bool, units: bool, machine: str = 'x86_64', built: bool = True):
        monkeypatch.setattr(torch.backends.mkldnn, 'is_available', lambda: built)
        monkeypatch.setattr(torch.ops.mkldnn, '_is_mkldnn_bf16_supported', lambda: onednn)
        monkeypatch.setattr(torch.cpu, '_is_avx512_bf16_supported', lambda: units)
        monkeypatch.setattr(precision.platform, 'machine', lambda: machine)

    return pretend


@pytest.mark.parametrize(('onednn', 'torchs'), ORDINARY)
def test_an_ordinary_processor_trains_in_float32(onednn, torchs):
    """This needs a new process, because oneDNN reads its limit only once."""
    code = (
        'import torch; from mmssl.engine.precision import choose_precision\n'
        "print(choose_precision('auto', torch.device('cpu')))"
    )
    done = subprocess.run(
        [sys.executable, '-c', code], cwd=ROOT, capture_output=True, text=True,
        env={**os.environ, 'ONEDNN_MAX_CPU_ISA': onednn, 'ATEN_CPU_CAPABILITY': torchs},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == 'torch.float32'
    said = done.stdout + done.stderr
    assert said.count('Training in float32 on cpu: oneDNN reports that this processor') == 1


@pytest.mark.parametrize(
    ('facts', 'native', 'reason'),
    [
        (dict(onednn=True, units=True), True, 'oneDNN reports that this processor computes'),
        (dict(onednn=False, units=True), False, 'does not compute in bfloat16'),
        (dict(onednn=True, units=False), False, 'AVX-512, but not its bfloat16 units'),
        (dict(onednn=True, units=False, machine='aarch64'), True, 'computes in bfloat16'),
        (dict(onednn=True, units=True, built=False), False, 'lacks oneDNN'),
    ],
)
def test_processors(processor, facts, native, reason):
    processor(**facts)
    found, why = computes_in_bfloat16('cpu')
    assert found is native
    assert reason in why
    chosen = choose_precision('auto', CPU)
    assert chosen is (torch.bfloat16 if native else torch.float32)


@pytest.mark.parametrize('native', [True, False])
def test_a_gpu_is_asked_without_emulation(monkeypatch, native):
    asked = []

    def is_bf16_supported(including_emulation=True):
        asked.append(including_emulation)
        return native

    monkeypatch.setattr(torch.cuda, 'device', nullcontext)
    monkeypatch.setattr(torch.cuda, 'is_bf16_supported', is_bf16_supported)
    monkeypatch.setattr(torch.cuda, 'get_device_name', lambda device: 'Tesla T4')
    found, why = computes_in_bfloat16('cuda:0')
    assert found is native
    assert why == f'Tesla T4 {"computes" if native else "does not compute"} in bfloat16'
    assert asked == [False]


def test_other_devices_train_in_float32():
    found, why = computes_in_bfloat16('mps')
    assert not found
    assert why == 'bfloat16 has not been tried on devices of type mps'


@pytest.mark.parametrize('native', [True, False])
@pytest.mark.parametrize('wish', ['bfloat16', 'float32'])
def test_a_wish_is_obeyed_and_a_slow_one_warned_of(processor, monkeypatch, native, wish):
    processor(onednn=native, units=native)
    said = {logging.INFO: [], logging.WARNING: []}

    def print_log(line, logger, level=logging.INFO):
        said[level].append(line)

    monkeypatch.setattr(precision, 'print_log', print_log)
    assert choose_precision(wish, CPU) is getattr(torch, wish)
    asked = f'Training in {wish} on cpu: the config or the command line sets it.'
    assert said[logging.INFO] == [asked]
    assert len(said[logging.WARNING]) == (wish == 'bfloat16' and not native)
    assert all('precision=float32 may be faster' in line for line in said[logging.WARNING])


def test_an_unknown_precision_is_refused():
    with pytest.raises(ValueError, match=r"precision is 'fp16', expected 'auto', 'bfloat16' or"):
        choose_precision('fp16', CPU)


@pytest.mark.parametrize('wish', ['bfloat16', 'float32'])
def test_the_forward_pass_computes_in_the_precision_and_weights_stay_float32(wish):
    torch.manual_seed(0)
    network = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU())
    settings = dict(
        type='mmssl.MixedPrecisionOptimWrapper',
        optimizer=dict(type='AdamW', lr=1e-3),
        precision=wish,
    )
    wrapper = build_optim_wrapper(network, settings)
    assert isinstance(wrapper, MixedPrecisionOptimWrapper)
    before = [p.detach().clone() for p in network.parameters()]
    with wrapper.optim_context(network):
        outputs = network(torch.randn(2, 3, 8, 8))
        assert outputs.dtype is getattr(torch, wish)
        loss = (outputs.float() ** 2).mean()
    wrapper.update_params(loss)
    for old, new in zip(before, network.parameters()):
        assert new.dtype is torch.float32
        assert not torch.equal(old, new)


@pytest.mark.parametrize('theirs', ['OptimWrapper', 'AmpOptimWrapper'])
def test_amp_asks_for_bfloat16_of_any_config(theirs):
    """This includes configs of MMAction2, whose wrapper scales losses."""
    parser = Parser()
    train.add_options(parser)
    scale = {'loss_scale': 'dynamic', 'dtype': 'float16'} if theirs.startswith('Amp') else {}
    wrapper = dict(type=theirs, optimizer=dict(type='SGD', lr=0.1), **scale)
    config = Config(dict(train_cfg=dict(max_epochs=1), optim_wrapper=wrapper))
    train.settings(parser.parse_args(['config.py', '--amp']), config)
    wrapper = build_optim_wrapper(nn.Linear(2, 2), config.optim_wrapper)
    assert wrapper.dtype is torch.bfloat16
