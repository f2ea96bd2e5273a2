"""Tools of analysis refuse wrong input before any work."""

import numpy as np
import pytest

from mmssl.media import ArrayClip
from mmssl.soundingshapes import ClipTruth, read_truth
from mmssl.visualization.drawing import GREEN
from tools.analysis_tools.moving_picture import GAP, SIDE, STRIP, draw_pages
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


def test_a_moving_picture_has_a_page_per_step_with_the_true_boxes(tmp_path):
    frames = np.full((20, 64, 64, 3), 90, np.uint8)
    clip = ArrayClip(frames, np.zeros(32000, np.float32), 10)
    boxes = [[0.1, 0.1, 0.5, 0.5]] * 10 + [None] * 10
    truth = ClipTruth('striped disc', (0.0, 1.0), boxes, name='a', outside='silent')
    first, *_, last = draw_pages(clip, np.zeros((20, 7, 7)), truth)
    width = SIDE + GAP
    assert first.shape == last.shape == (SIDE + GAP + STRIP, SIDE + width, 3)
    assert tuple(first[int(0.1 * SIDE), width + SIDE // 4]) == GREEN
    assert not (last[:SIDE, width:] == GREEN).all(2).any()
