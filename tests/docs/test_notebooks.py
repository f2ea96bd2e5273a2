"""The notebooks, run from top to bottom.

Their cells are plain Python and run in order in one process, as a kernel runs them.
Jupyter itself, some thirty packages, is not needed for that.
"""

import matplotlib
import nbformat
import numpy as np
import pytest

from ..conftest import ROOT
from ..warm import warm

NAMES = ('tour', 'own_model')


def read(name):
    """A notebook of the documentation."""
    return nbformat.read(ROOT / f'docs/tutorials/{name}.ipynb', as_version=4)


def run_cells(sources, check):
    """Run cells in one namespace, and hold what they found against what they say."""
    matplotlib.use('Agg')
    names = {}
    for number, source in enumerate(sources):
        exec(compile(source, f'cell {number}', 'exec'), names)
    check(names)


def run(name, check, folder):
    """Run a notebook in a folder ``docs``, and return what it printed."""
    folder = folder / 'docs'
    folder.mkdir()
    cells = [cell.source for cell in read(name).cells if cell.cell_type == 'code']
    done = warm(run_cells, cells, check, folder=folder)
    assert done.status == 0, done.output
    return done.output


def both_sounds_are_found(names):
    first, second = names['first'], names['second']
    heard = [names['CLASS_NAMES'][scene.sound] for scene in names['scenes']]
    assert [first['class'], second['class']] == heard
    # Either sound is found in its own object, at the moment that the picture shows.
    step = names['step_at'](names['time'])
    for found, scene, painter in zip((first, second), names['scenes'], names['painters']):
        height, width = found['maps'].shape[1:]
        row, column = divmod(int(found['maps'][step].argmax()), width)
        x0, y0, x1, y1 = painter.boxes(names['time'])[scene.target]
        assert x0 < (column + 0.5) / width < x1
        assert y0 < (row + 0.5) / height < y1
    metrics, disc = names['judged'].metrics, names['judged'].priors['centre_disc']
    for name in ('pointing', 'ciou_adaptive'):
        assert metrics[name] > disc[name]


def a_plain_module_is_drawn_and_scored(names):
    plain, ours = (names['results'][name].metrics for name in names['maps'])
    # Blind to which object sounds: half of the sounds, and never both of a picture.
    assert plain['pointing'] == 0.5
    assert plain['group_pointing'] == 0
    assert ours['group_pointing'] == 1
    assert [found.shape for found in names['maps']['LoudContrast']] == [(50, 14, 14)] * 2
    assert np.allclose(*(found[names['step']].argmax() for found in names['maps']['LoudContrast']))
    assert names['sheet'].dtype == np.uint8
    assert names['files']['video'].is_file()


def test_the_tour_runs_top_to_bottom(tmp_path):
    printed = run('tour', both_sounds_are_found, tmp_path)
    localized = sorted(path.name for path in (tmp_path / 'docs/tour/localized').iterdir())
    assert localized == [
        f'first_{end}' for end in ('boxes.json', 'localized.mp4', 'maps.npz', 'sheet.png')
    ]
    assert 'pointing: ' in printed


def test_a_model_of_your_own_runs_top_to_bottom(tmp_path):
    printed = run('own_model', a_plain_module_is_drawn_and_scored, tmp_path)
    assert "LoudContrast {'pointing': 0.5" in printed


@pytest.mark.parametrize('name', NAMES)
def test_is_kept_without_outputs(name):
    nbformat.validate(read(name))
    code = [cell for cell in read(name).cells if cell.cell_type == 'code']
    assert all(not cell.outputs and cell.execution_count is None for cell in code)


def test_every_notebook_is_run():
    assert {path.stem for path in (ROOT / 'docs').rglob('*.ipynb')} == set(NAMES)
