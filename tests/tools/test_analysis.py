"""Tools of analysis refuse wrong input before any work."""

import pytest

from mmssl.soundingshapes import read_truth
from tools.analysis_tools.plot_curves import read_scalars
from tools.analysis_tools.show_results import show_results


def test_scalars_that_are_none_are_named(tmp_path):
    with pytest.raises(SystemExit, match=r'no \*/vis_data/scalars\.json, expected a training'):
        read_scalars(tmp_path)
    path = tmp_path / 'run/vis_data/scalars.json'
    path.parent.mkdir(parents=True)
    path.write_text('{"step": 1}\nnot json\n')
    with pytest.raises(ValueError, match=r'scalars\.json: not the scalars of a training'):
        read_scalars(tmp_path)


def test_a_picture_of_no_pairs_is_refused(tmp_path):
    with pytest.raises(ValueError, match='pairs is 0, expected at least 1'):
        show_results(None, None, tmp_path / 'out', pairs=0)
    assert not (tmp_path / 'out').exists()


def test_a_clip_without_truth_is_named(tmp_path):
    with pytest.raises(ValueError, match=r'a\.json: no such file, expected the truth of clip a$'):
        read_truth(tmp_path, 'a')
