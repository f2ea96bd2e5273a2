"""Maps of whole clips, drawn: pixels are looked at."""

import numpy as np
import pytest

from mmssl.visualization import draw_boxes, draw_sheet, overlay_map, overlay_maps
from mmssl.visualization.clips import spectrogram_rows
from mmssl.visualization.drawing import GREEN

pytestmark = pytest.mark.numeric

MOMENT = 12


def clip():
    """2.5 s at 25 frames a second, and maps that rise in one corner at one step."""
    frames = np.full((63, 60, 80, 3), 90, np.uint8)
    maps = np.zeros((25, 6, 8), np.float32)
    maps[MOMENT, 0, 7] = 1
    samples = np.sin(np.arange(40000) / 5)
    return frames, maps, samples


def test_maps_lie_over_the_frames_of_their_steps():
    frames, maps, _ = clip()
    drawn = list(overlay_maps(frames, maps, rate=25))
    touched = [n for n, picture in enumerate(drawn) if not np.array_equal(picture, frames[n])]
    assert touched == [30, 31, 32]  # 1.2 s, 1.24 s and 1.28 s
    assert np.abs(drawn[30][3, 75].astype(int) - 90).max() > 30
    assert np.array_equal(drawn[30][50, 5], frames[0][50, 5])
    assert (frames == 90).all()


def test_a_frame_after_the_last_map_stays():
    frames, maps, _ = clip()
    drawn = list(overlay_maps(frames, maps[: MOMENT + 1], rate=25))
    assert len(drawn) == len(frames)
    assert np.array_equal(drawn[-1], frames[-1])


def test_a_sheet_is_a_picture_with_map_and_box_of_the_best_moment():
    frames, maps, samples = clip()
    plain = draw_sheet(frames, np.zeros_like(maps), samples, rate=25, top=1)
    sheet = draw_sheet(frames, maps, samples, rate=25, top=1)
    assert sheet.dtype == np.uint8
    assert sheet.shape[2] == 3
    green = (sheet == GREEN).all(-1)
    rows, columns = np.nonzero(green)
    # The box of the corner, not that of a constant map, which is the whole frame.
    assert 0 < np.ptp(rows) < np.ptp(np.nonzero((plain == GREEN).all(-1))[0]) / 2
    assert columns.mean() > sheet.shape[1] / 2


def test_wrong_arrays_are_refused():
    frames, maps, samples = clip()
    with pytest.raises(ValueError, match=r'63 maps for 2\.50 s, expected 25'):
        draw_sheet(frames, np.zeros((63, 6, 8)), samples, rate=25)
    with pytest.raises(ValueError, match=r'maps have shape \(6, 8\)'):
        draw_sheet(frames, maps[0], samples, rate=25)
    with pytest.raises(ValueError, match=r'picture has shape \(60, 80, 3\) and type float64'):
        overlay_map(frames[0] / 255, maps[0])
    with pytest.raises(ValueError, match=r'map has shape \(1, 6, 8\)'):
        overlay_map(frames[0], maps[:1])
    with pytest.raises(ValueError, match='samples reach 32767'):
        draw_sheet(frames, maps, samples * 32767, rate=25)


def test_several_boxes_are_drawn():
    picture = np.zeros((100, 200, 3), np.uint8)
    drawn = draw_boxes(picture, np.array([(0, 0, 0.25, 0.5), (0.5, 0.5, 1, 1)]))
    assert tuple(drawn[20, 49]) == tuple(drawn[70, 99]) == GREEN
    assert not picture.any()


def test_a_long_sounds_spectrogram_fits_a_page():
    """65 s: averaged in time, each row still where it belongs."""

    class Ticking:
        def samples(self, start, duration):
            times = start + np.arange(round(duration * 16000)) / 16000
            return np.where(times >= 62, np.sin(times * 6000), 0).astype(np.float32)

    rows, rate = spectrogram_rows(Ticking(), 65.0)
    assert rate == 50
    assert rows.shape == (65 * 50, 80)
    loud = rows.max(1) > rows.max() - 3
    assert not loud[: 62 * 50 - 2].any()
    assert loud[62 * 50 + 2 :].all()
