"""Pages of moments and boxes: pixels are looked at, and tools run as a user runs them."""

import json

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb

from mmssl.datasets.annotations import AnnotationError, read_boxes, read_scored_moments
from projects.mining_pictures.box_page import SOURCE_COLOURS, BoxCase, BoxPanel, boxes_page
from projects.mining_pictures.boxes import visualize_boxes
from projects.mining_pictures.moment_page import MID_COLOUR, MOMENT_COLOUR, MomentCase, moments_page
from projects.mining_pictures.moments import visualize_moments

from ..warm import run_tool

PICTURE = np.full((40, 80, 3), 255, np.uint8)


def render(figure):
    """RGB pixels of a figure, row 0 on top, and a function from data to (row, column)."""
    # Lines are several pixels wide: their middle is not blended with what is beside them.
    figure.set_dpi(200)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    pixels = np.asarray(canvas.buffer_rgba())[..., :3]

    def place(axis, x, y):
        column, row = axis.transData.transform((x, y))
        return len(pixels) - 1 - int(row), int(column)

    return pixels, place


def is_colour(pixels, colour, tolerance=12):
    wanted = np.round(255 * np.array(to_rgb(colour)))
    return (np.abs(pixels.astype(int) - wanted) <= tolerance).all(-1)


def column_at(pixels, place, axis, x, colour):
    """Whether the pixels of a vertical through the axis are of a colour."""
    (low, column), (high, _) = place(axis, x, 4), place(axis, x, 76)
    return is_colour(pixels[high:low, column - 1 : column + 2], colour).any(1)


def case(**changes):
    settings = dict(
        title='clip',
        spectrogram=np.zeros((300, 80)),
        mid=1.5,
        mid_frame=PICTURE,
        times=[0.55, 2.45],
        frames=[PICTURE, PICTURE],
        scores=[3.0, None],
    )
    return MomentCase(**{**settings, **changes})


def test_mid_frame_is_red_and_dashed_and_moments_are_blue():
    figure = moments_page([case()])
    pixels, place = render(figure)
    sound, mid, first, second = figure.subfigs[0].axes
    red = column_at(pixels, place, sound, 1.5, MID_COLOUR)
    # Dashed: there and not there in turn, several times.
    assert 0.3 < red.mean() < 0.9
    assert np.count_nonzero(np.diff(red.astype(int))) >= 6
    for time in (0.55, 2.45):
        assert column_at(pixels, place, sound, time, MOMENT_COLOUR).all()
    for time in (1.0, 2.0):
        for colour in (MID_COLOUR, MOMENT_COLOUR):
            assert not column_at(pixels, place, sound, time, colour).any()
    for axis, colour in ((mid, MID_COLOUR), (first, MOMENT_COLOUR), (second, MOMENT_COLOUR)):
        assert is_colour(pixels[place(axis, -0.5, 20)], colour)
        assert is_colour(pixels[place(axis, 40, 20)], '#ffffff')
    titles = [axis.get_title() for axis in (mid, first, second)]
    assert titles == ['mid 1.50 s', '1: 0.55 s (3)', '2: 2.45 s']


def test_event_is_shaded_where_it_is():
    plain, shaded = moments_page([case()]), moments_page([case(event=(0.9, 1.3))])
    # Constrained layout depends on the legend: only the spectrogram is looked at.
    pixels, place = render(shaded)
    inside = pixels[place(shaded.subfigs[0].axes[0], 1.1, 40)].astype(int)
    outside = pixels[place(shaded.subfigs[0].axes[0], 2.0, 40)].astype(int)
    assert inside[1] > inside[0] + 20
    assert outside.max() - outside.min() <= 1
    assert [len(figure.legends[0].texts) for figure in (plain, shaded)] == [2, 3]


def test_a_page_holds_several_clips_of_unequal_numbers_of_moments():
    few = case(times=[0.5], frames=[PICTURE], scores=[1.0])
    figure = moments_page([case(), few])
    assert [len(part.axes) for part in figure.subfigs] == [4, 3]
    with pytest.raises(ValueError, match='no case'):
        moments_page([])
    with pytest.raises(ValueError, match='2 moments with 1 frames'):
        case(frames=[PICTURE])
    with pytest.raises(ValueError, match=r'spectrogram has shape \(0,\)'):
        case(spectrogram=[])


def test_every_source_of_boxes_has_its_place_and_colour():
    box = np.array([[0.25, 0.25, 0.75, 0.75]])
    panels = [BoxPanel(source, PICTURE, box, ['']) for source in SOURCE_COLOURS]
    figure = boxes_page([BoxCase('clip', panels)])
    pixels, place = render(figure)
    axes = figure.subfigs[0].axes
    assert len(axes) == 3
    for axis, colour in zip(axes, SOURCE_COLOURS.values()):
        # The edges of 0.25 to 0.75 of 80 x 40 pixels; pixel i begins at i - 0.5.
        for x, y in ((19.5, 20), (59.5, 20), (40, 9.5), (40, 29.5)):
            assert is_colour(pixels[place(axis, x, y)], colour)
        for x, y in ((40, 20), (10, 20), (40, 4)):
            assert is_colour(pixels[place(axis, x, y)], '#ffffff')
    assert [text.get_text() for text in figure.legends[0].texts] == list(SOURCE_COLOURS)


def test_a_page_of_boxes_leaves_out_sources_that_no_picture_has():
    nothing = np.zeros((0, 4))
    figure = boxes_page(
        [
            BoxCase('a', [BoxPanel('pseudo boxes', PICTURE, nothing, [])]),
            BoxCase('b', [BoxPanel('detector', PICTURE, nothing, [], 'not run')]),
        ]
    )
    assert [len(part.axes) for part in figure.subfigs] == [2, 2]
    assert [len(axis.images) for part in figure.subfigs for axis in part.axes] == [1, 0, 0, 1]
    assert figure.subfigs[1].axes[1].get_title() == 'not run'
    with pytest.raises(ValueError, match="source is 'x'"):
        BoxPanel('x', PICTURE, nothing, [])
    with pytest.raises(ValueError, match='0 boxes with 1 labels'):
        BoxPanel('truth', PICTURE, nothing, ['a'])


@pytest.fixture(scope='module')
def mined(shapes, tmp_path_factory):
    """Moments inside the events, pseudo boxes that are the true ones, a detector's results."""
    folder = tmp_path_factory.mktemp('mined')
    entries = json.loads((shapes / 'boxes_test.json').read_text())[:3]
    moments = {e['file']: [{'time': e['time'], 'score': 0.5}, {'time': 0.05}] for e in entries}
    for entry in entries:
        entry['score'] = [0.75]
    images = [
        {'id': i, 'file_name': e['file'], 'width': 112, 'height': 112, 'time': e['time']}
        for i, e in enumerate(entries)
    ]
    found = [{'image_id': 0, 'category_id': 7, 'bbox': [0, 0, 56, 56], 'score': 0.9}]
    files = {
        'moments': moments,
        'boxes': entries,
        'images': {'images': images, 'categories': [{'id': 7, 'name': 'dog'}]},
        'detections': found,
    }
    for name, content in files.items():
        (folder / f'{name}.json').write_text(json.dumps(content))
    return folder


def test_moments_as_a_user_draws_them(shapes, mined, tmp_path):
    (tmp_path / 'videos').mkdir()
    names = list(json.loads((mined / 'moments.json').read_text()))
    for name in names[:2]:
        (tmp_path / f'videos/{name}.mp4').symlink_to(shapes / f'videos/{name}.mp4')
    (tmp_path / f'videos/{names[2]}.mp4').write_bytes(b'no video')
    done = run_tool(
        '-m',
        'projects.mining_pictures.moments',
        mined / 'moments.json',
        *('--videos', tmp_path / 'videos', '--truth', shapes / 'truth', '--per-page', 1),
        *('--out', tmp_path / 'out'),
    )
    assert done.status == 1, done.errors
    assert done.printed.split() == [str(tmp_path / f'out/moments_00{i}.png') for i in (1, 2)]
    assert f'skipped {names[2]}: ' in done.errors
    # Nothing but the pages is left.
    assert len(list((tmp_path / 'out').iterdir())) == 2


def test_titles_say_what_the_mid_frame_misses(shapes, mined, tmp_path, monkeypatch):
    cases = []
    monkeypatch.setattr(
        'projects.mining_pictures.moments.moments_page',
        lambda batch: cases.extend(batch) or moments_page(batch),
    )
    drawn = visualize_moments(
        mined / 'moments.json', shapes / 'videos', tmp_path, truth=shapes / 'truth', top=1
    )
    assert len(drawn.pages) == 1
    assert not drawn.skipped
    for item in cases:
        truth = json.loads((shapes / 'truth' / f'{item.title.split(":")[0]}.json').read_text())
        start, end = truth['event']
        inside = start <= item.mid < end
        word = (
            'inside the event'
            if inside
            else ('audio' if truth['outside'] == 'silent' else 'visual')
        )
        assert word in item.title
        assert item.event == (start, end)
        assert len(item.times) == 1
        assert start <= item.times[0] < end


def test_boxes_as_a_user_draws_them(shapes, mined, tmp_path):
    done = run_tool(
        '-m',
        'projects.mining_pictures.boxes',
        mined / 'boxes.json',
        *('--videos', shapes / 'videos', '--truth', shapes / 'boxes_test.json'),
        *('--detections', mined / 'detections.json', '--images', mined / 'images.json'),
        *('--out', tmp_path),
    )
    assert done.status == 0, done.errors
    assert done.printed.splitlines()[-1] == str(tmp_path / 'boxes_001.png')


@pytest.mark.parametrize('truth', ['boxes_test.json', 'truth'])
def test_titles_of_boxes_give_the_iou(shapes, mined, tmp_path, monkeypatch, truth):
    cases = []
    monkeypatch.setattr(
        'projects.mining_pictures.boxes.boxes_page',
        lambda batch, **_: cases.extend(batch) or boxes_page(batch),
    )
    visualize_boxes(
        mined / 'boxes.json',
        shapes / 'videos',
        tmp_path,
        truth=shapes / truth,
        detections=mined / 'detections.json',
        images=mined / 'images.json',
        count=2,
    )
    assert len(cases) == 2
    assert all(item.title.endswith('IoU 1.00') for item in cases)
    pseudo, true, detector = cases[0].panels
    assert pseudo.labels[0].endswith(' 0.75')
    assert np.array_equal(pseudo.frame, true.frame)
    assert detector.labels == ['dog 0.90']
    assert detector.boxes.tolist() == [[0, 0, 0.5, 0.5]]
    assert cases[1].panels[2].note == 'detector: nothing found'


def test_truth_of_another_time_is_shown_at_its_own(shapes, mined, tmp_path, monkeypatch):
    cases = []
    monkeypatch.setattr(
        'projects.mining_pictures.boxes.boxes_page',
        lambda batch, **_: cases.extend(batch) or boxes_page(batch),
    )
    entry = json.loads((mined / 'boxes.json').read_text())[0]
    moved = tmp_path / 'moved.json'
    moved.write_text(json.dumps([{**entry, 'time': entry['time'] - 0.3}]))
    visualize_boxes(moved, shapes / 'videos', tmp_path, truth=shapes / 'boxes_test.json')
    assert f'(truth of {entry["time"]:.2f} s)' in cases[0].title
    pseudo, true = cases[0].panels
    assert true.note == f'truth at {entry["time"]:.2f} s'
    assert not np.array_equal(pseudo.frame, true.frame)


def test_errors_name_the_file_and_what_was_expected(shapes, mined, tmp_path):
    moments, videos = mined / 'moments.json', shapes / 'videos'
    with pytest.raises(AnnotationError, match=r'moments.json: no entry of nobody, expected clips'):
        visualize_moments(moments, videos, tmp_path, ids=['nobody'])
    with pytest.raises(ValueError, match='top is 0, expected at least 1'):
        visualize_moments(moments, videos, tmp_path, top=0)
    with pytest.raises(ValueError, match='no such folder'):
        visualize_moments(moments, tmp_path / 'nowhere', tmp_path)
    done = run_tool(
        '-m', 'projects.mining_pictures.boxes', moments, '--videos', videos, '--out', tmp_path
    )
    assert done.status == 2
    assert f'boxes: error: {moments}: holds a dict, expected a list of entries' in done.errors
    late = tmp_path / 'late.json'
    name = next(iter(json.loads(moments.read_text())))
    late.write_text(json.dumps({name: [{'time': 7.05, 'score': 1}]}))
    drawn = visualize_moments(late, videos, tmp_path)
    assert drawn.skipped == [(name, drawn.skipped[0][1])]
    assert 'time 7.05 s in a clip of 3.00 s' in drawn.skipped[0][1]


def test_scores_are_read_beside_times_and_boxes(tmp_path):
    path = tmp_path / 'file.json'
    path.write_text('{"a": [{"time": 1.5, "score": 2}, {"time": 0.5}], "b": []}')
    assert read_scored_moments(path) == {'a': [(1.5, 2.0), (0.5, None)]}
    path.write_text('{"9fhhMaXTraI_44000_54000": [47]}')
    assert read_scored_moments(path) == {'9fhhMaXTraI_000044': [(4.75, None)]}
    path.write_text('{"a": [{"time": 1.5, "score": "high"}]}')
    with pytest.raises(AnnotationError, match="entry 'a' has score 'high'"):
        read_scored_moments(path)
    entry = {'file': 'a', 'class': 'c', 'bbox': [[0, 0, 1, 1]], 'score': [0.5]}
    path.write_text(json.dumps([entry]))
    assert read_boxes(path)[0]['scores'] == [0.5]
    path.write_text(json.dumps([{**entry, 'score': [0.5, 1]}]))
    with pytest.raises(AnnotationError, match='expected 1 finite numbers'):
        read_boxes(path)
