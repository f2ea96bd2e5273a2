"""The notebook, run from top to bottom.

Its cells are plain Python and run in order in one process, as a kernel runs them.
Jupyter itself, some thirty packages, is not needed for that.
"""

import matplotlib
import nbformat

from ..conftest import ROOT
from ..warm import warm

NOTEBOOK = ROOT / 'docs/tour.ipynb'


def cells():
    """Code cells of the notebook."""
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    return [cell for cell in notebook.cells if cell.cell_type == 'code']


def run_cells(sources):
    """Run cells in one namespace, and hold what they found against what they say."""
    matplotlib.use('Agg')
    names = {}
    for number, source in enumerate(sources):
        exec(compile(source, f'cell {number}', 'exec'), names)
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


def test_runs_top_to_bottom(tmp_path):
    folder = tmp_path / 'docs'
    folder.mkdir()
    done = warm(run_cells, [cell.source for cell in cells()], folder=folder)
    assert done.status == 0, done.output
    localized = sorted(path.name for path in (folder / 'tour/localized').iterdir())
    assert localized == [
        f'first_{end}' for end in ('boxes.json', 'localized.mp4', 'maps.npz', 'sheet.png')
    ]
    assert 'pointing: ' in done.output


def test_is_kept_without_outputs():
    nbformat.validate(nbformat.read(NOTEBOOK, as_version=4))
    assert all(not cell.outputs and cell.execution_count is None for cell in cells())
