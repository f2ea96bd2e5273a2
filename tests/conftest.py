"""Small rendered collections that the tests share."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from mmssl.soundingshapes import RenderSettings, render_collection, render_vggsound_standin

from .report_results import Report, write_results

ROOT = Path(__file__).parent.parent
# Packages that could download look at these when they are imported.
os.environ.update(HF_HUB_OFFLINE='1', HF_HUB_DISABLE_TELEMETRY='1')


@pytest.fixture(scope='session', autouse=True)
def _two_threads():
    torch.set_num_threads(2)


@pytest.fixture(scope='session')
def shapes(tmp_path_factory):
    """A tiny SoundingShapes collection."""
    settings = RenderSettings(train=16, val=8, test=8, pairs=2, negatives=3, duration=3.0)
    return render_collection(tmp_path_factory.mktemp('shapes'), settings, workers=2)


@pytest.fixture(scope='session')
def standin(tmp_path_factory):
    """Clips laid out exactly like VGGSound."""
    return render_vggsound_standin(tmp_path_factory.mktemp('vggsound'), clips=4, workers=2)


@pytest.fixture(scope='session')
def report(shapes, tmp_path_factory):
    """A report page as ``tools/report.py`` writes it, of maps with known faults."""
    folder = tmp_path_factory.mktemp('report')
    roles = write_results(Path(shapes), folder)
    made = Report(folder, roles, [sys.executable, 'tools/report.py', *Report.options(folder)])
    done = subprocess.run(made.command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    made.printed = done.stdout
    return made
