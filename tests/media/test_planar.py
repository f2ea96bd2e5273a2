"""Pictures of videos in planes: colours, turns and sizes agree with the way over RGB."""

import av
import numpy as np
import pytest
from av.video.reformatter import VideoReformatter

from mmssl.media.pictures import Orientation
from mmssl.media.planar import PlanarPicture, matrix_of, planar, planar_colours
from mmssl.visualization import MAP_COLOURS, MapLayer, overlay_map


def frame_of(picture, form='yuv420p', matrix=6):
    name = {1: 'ITU709', 6: 'ITU601'}[matrix]
    frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), 'rgb24')
    frame = frame.reformat(format=form, dst_colorspace=name, dst_color_range='MPEG')
    frame.colorspace = matrix
    return frame


def smooth(width, height):
    rows, columns = np.mgrid[:height, :width] / (height, width)[0]
    return np.uint8(255 * np.stack([rows, columns / columns.max(), rows * 0 + 0.3], 2).clip(0, 1))


AS_STORED = Orientation()


def in_planes(frame, size, turn=AS_STORED, matrix=6):
    return planar(frame, size, turn, matrix, VideoReformatter())


def shown(picture: PlanarPicture) -> np.ndarray:
    picture.frame.colorspace = picture.matrix
    return picture.frame.to_ndarray(format='rgb24').astype(int)


@pytest.mark.parametrize('matrix', [1, 6])
def test_colours_are_those_of_ffmpeg(matrix):
    blocks = np.repeat(np.repeat(MAP_COLOURS[None], 16, 0), 16, 1)
    frame = frame_of(blocks, 'yuv444p', matrix)
    expected = frame.to_ndarray()[:, 8, 8::16].T.astype(int)
    assert np.abs(expected - planar_colours(MAP_COLOURS, matrix)).max() <= 1
    # Worked by hand: white and black, and pure blue by BT.601.
    assert planar_colours(np.uint8([[255] * 3, [0] * 3]), matrix).tolist() == [
        *([235, 128, 128], [16, 128, 128]),
    ]
    assert planar_colours(np.uint8([[0, 0, 255]]), 6).tolist() == [[41, 240, 110]]


def test_the_matrix_is_kept_where_browsers_know_it():
    frame = frame_of(smooth(32, 32))
    for stored, written in {1: 1, 2: 6, 5: 6, 6: 6, 9: 1}.items():
        frame.colorspace = stored
        assert matrix_of(frame) == written
    assert matrix_of(av.VideoFrame(32, 32, 'rgb24')) == 1


@pytest.mark.parametrize('turn', [AS_STORED, Orientation(True, True), Orientation(flipped=True)])
@pytest.mark.parametrize('side', [(96, 64), (97, 65)])
def test_pictures_are_upright_and_even(side, turn):
    original = smooth(*side)
    picture = in_planes(frame_of(original), (64, 96) if turn.transposed else (96, 64), turn)
    expected = turn.apply(original)[: 96 if turn.transposed else 64]
    expected = expected[:, : 64 if turn.transposed else 96]
    assert np.abs(shown(picture) - expected).max() <= 12
    assert np.abs(shown(picture) - expected).mean() < 2


def test_the_decoders_own_picture_is_not_drawn_on():
    frame = frame_of(smooth(96, 64))
    before = frame.to_ndarray()
    for plane in in_planes(frame, (96, 64)).planes:
        plane[:] = 0
    assert np.array_equal(frame.to_ndarray(), before)


@pytest.mark.parametrize('matrix', [1, 6])
def test_a_map_over_planes_is_the_map_over_the_picture(matrix):
    original, values = smooth(192, 128), np.random.default_rng(0).random((7, 7))
    picture = in_planes(frame_of(original, matrix=matrix), (192, 128), matrix=matrix)
    for plane, palette in zip(picture.planes, planar_colours(MAP_COLOURS, matrix).T, strict=True):
        MapLayer(values, plane.shape, palette=palette).draw_on(plane)
    difference = np.abs(shown(picture) - overlay_map(original, values))
    assert difference.mean() < 3
    assert np.quantile(difference, 0.99) < 12
