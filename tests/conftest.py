"""Small rendered collections that the tests share, and settings for all tests."""

import fcntl
import os
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from mmssl.soundingshapes import RenderSettings, render_collection, render_vggsound_standin

from . import browser
from .published import skip_without
from .report_results import Report, write_results, write_second_method
from .warm import ROOT as ROOT
from .warm import run_tool, start_server

# Packages that could download look at these when they are imported.
os.environ.update(HF_HUB_OFFLINE='1', HF_HUB_DISABLE_TELEMETRY='1')
# Tests run in parallel: several threads in each would slow down one another.
os.environ['OMP_NUM_THREADS'] = '1'


#: The slowest files, slowest first, so that no process runs one of them alone at the end.
LONGEST = (
    *('docs_blocks', 'end_to_end', 'mining', 'export', 'configs', 'command', 'collections'),
    *('report_browser', 'detector', 'faults', 'report', 'visualizer', 'study'),
)


#: Files whose tests share little. Other files run in one process, which makes fixtures once.
SPLIT = ('test_docs_blocks',)


def pytest_collection_modifyitems(items):
    places = {f'test_{name}': place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(item.path.stem, len(places)))
    for item in items:
        if item.path.stem not in SPLIT:
            item.add_marker(pytest.mark.xdist_group(item.path.stem))


def pytest_runtest_setup(item):
    skip_without(item)


def once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """Make a folder once for all processes of a test run.

    Args:
        factory: The session's factory.
        name: Name of the folder.
        make: Function that makes the folder at a path.
    """
    base = factory.getbasetemp()
    if 'PYTEST_XDIST_WORKER' in os.environ:
        base = base.parent
    folder, done = base / name, base / f'{name}.done'
    with (base / f'{name}.lock').open('w') as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            make(folder)
            done.touch()
    return folder


@pytest.fixture(scope='session', autouse=True)
def _one_thread():
    torch.set_num_threads(1)


@pytest.fixture(scope='session')
def warm_server():
    """Start the server that forks all children and has imported their modules."""
    start_server()


@pytest.fixture(scope='session', autouse=True)
def _warm_from_the_start(request):
    # A single test may not need it.
    if 'PYTEST_XDIST_WORKER' in os.environ:
        request.getfixturevalue('warm_server')


@pytest.fixture(scope='session')
def shapes(warm_server, tmp_path_factory):
    """A tiny SoundingShapes collection."""
    settings = RenderSettings(train=16, val=8, test=8, pairs=2, negatives=3, duration=3.0)
    return once(
        tmp_path_factory, 'shapes', lambda folder: render_collection(folder, settings, workers=2)
    )


@pytest.fixture(scope='session')
def standin(warm_server, tmp_path_factory):
    """Clips laid out exactly like VGGSound."""
    return once(
        tmp_path_factory,
        'vggsound',
        lambda folder: render_vggsound_standin(folder, clips=4, workers=2),
    )


@pytest.fixture(scope='session')
def report(shapes, tmp_path_factory):
    """A report page as ``mmssl report`` writes it, of maps with known faults."""
    folder = tmp_path_factory.mktemp('report')
    roles = write_results(Path(shapes), folder)
    made = Report(folder, roles, Report.options(folder))
    done = run_tool('-m', 'mmssl', 'report', *made.arguments)
    assert done.status == 0, done.output
    made.printed = done.printed
    return made


@pytest.fixture(scope='session')
def report_of_two(shapes, tmp_path_factory):
    """A report page of two methods, as ``mmssl report`` writes it."""
    folder = tmp_path_factory.mktemp('report_of_two')
    roles = write_results(Path(shapes), folder)
    write_second_method(folder, roles)
    arguments = [str(folder / 'maps'), str(folder / 'theirs'), *Report.options(folder)[1:]]
    made = Report(folder, roles, [word for word in arguments if word != 'Maps with faults'])
    made.arguments.remove('--title')
    done = run_tool('-m', 'mmssl', 'report', *made.arguments)
    assert done.status == 0, done.output
    made.printed = done.printed
    return made


@pytest.fixture(scope='module')
def driver(tmp_path_factory):
    """A Chromium with a window of 1200 x 900."""
    browser.needed()
    with browser.chromium(tmp_path_factory.mktemp('profile'), 'window-size=1200,900') as found:
        yield found
