"""Boxes from maps, and pictures: pixels are looked at."""

import numpy as np
import pytest

from mmssl.localization import BoxRule, boxes_from_map
from mmssl.visualization import contact_sheet, draw_box, overlay_map, result_grid
from mmssl.visualization.drawing import GREEN

pytestmark = pytest.mark.numeric


def test_box_surrounds_the_region_of_the_peak():
    values = np.zeros((14, 14))
    values[2:5, 3:7] = 1.0
    values[10:13, 10:13] = 0.9  # another region, lower
    ((box, score),) = boxes_from_map(values)
    assert box == pytest.approx((3 / 14, 2 / 14, 7 / 14, 5 / 14), abs=0.03)
    assert score == pytest.approx(1.0, abs=0.3)  # smooth enlargement overshoots
    ((flipped, _),) = boxes_from_map(values[:, ::-1])
    assert flipped == pytest.approx((1 - box[2], box[1], 1 - box[0], box[3]), abs=0.01)


def test_several_boxes_come_best_first():
    values = np.zeros((14, 14))
    values[2:5, 3:7] = 1.0
    values[10:13, 10:13] = 0.9
    values[0, 13] = 0.8  # too small
    first, second = boxes_from_map(values, BoxRule(several=True, smallest=0.02))
    assert first.score > second.score
    assert second.box == pytest.approx((10 / 14, 10 / 14, 13 / 14, 13 / 14), abs=0.03)
    assert len(boxes_from_map(values, BoxRule(several=True, smallest=0.0))) == 3


def test_cuts():
    """A ramp from -1 to 1: half of the peak lies at 3/4, half of the range in the middle."""
    ramp = np.tile(np.linspace(-1, 1, 224), (224, 1))
    ((peak, _),) = boxes_from_map(ramp)
    ((middle, _),) = boxes_from_map(ramp, BoxRule(cut='range'))
    assert peak == pytest.approx((0.75, 0, 1, 1), abs=0.01)
    assert middle == pytest.approx((0.5, 0, 1, 1), abs=0.01)
    # Nowhere above 0: the range decides.
    ((below, _),) = boxes_from_map(ramp - 5)
    assert below == pytest.approx(middle, abs=0.01)


@pytest.mark.parametrize('value', [0.0, 0.1, 0.3, -2.7])
def test_box_of_a_constant_map_is_the_frame(value):
    assert boxes_from_map(np.full((7, 7), value)) == [((0, 0, 1, 1), pytest.approx(value))]


def test_box_of_what_is_no_map_is_refused():
    with pytest.raises(ValueError, match=r'map has shape \(7,\)'):
        boxes_from_map(np.zeros(7))
    with pytest.raises(ValueError, match='finite'):
        boxes_from_map(np.full((7, 7), np.nan))


def test_overlay_colours_the_peak_and_leaves_the_rest():
    picture = np.full((70, 70, 3), 100, np.uint8)
    values = np.zeros((7, 7))
    values[5, 1] = 1
    drawn = overlay_map(picture, values)
    assert np.abs(drawn[55, 15].astype(int) - 100).max() > 30
    assert np.array_equal(drawn[10, 60], picture[10, 60])
    assert (picture == 100).all()
    # A range that the map does not reach shows nothing.
    faint = overlay_map(picture, values, value_range=(1.5, 3.0))
    assert np.array_equal(faint, picture)


def test_box_is_drawn_on_its_edge_only():
    picture = np.zeros((100, 200, 3), np.uint8)
    drawn = draw_box(picture, (0.25, 0.1, 0.75, 0.9))
    assert tuple(drawn[50, 49]) == GREEN
    assert tuple(drawn[50, 149]) == GREEN
    assert not drawn[50, 100].any()
    assert not picture.any()


def test_sheets_hold_every_picture_and_mark():
    picture = np.zeros((20, 30, 3), np.uint8)
    sheet = contact_sheet([picture] * 3, ['a', 'b', 'c'], np.zeros((300, 80)), [0.5, 1.5, 2.5])
    assert len(sheet.axes) == 4
    assert [line.get_xdata()[0] for line in sheet.axes[0].lines] == [0.5, 1.5, 2.5]
    rows = [
        {'frame': picture, 'maps': {'x': np.eye(3), 'y': np.eye(3)}, 'boxes': [(0, 0, 1, 1)] * 2}
    ]
    assert len(result_grid(rows * 2).axes) == 6
