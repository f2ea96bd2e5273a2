"""Two models over one video: one clock, one rule of colours, the same sound."""

import json

import av
import numpy as np
import pytest

from mmssl.apis import SoundLocalizationInferencer
from mmssl.apis.load import load_localizer
from mmssl.apis.localizer import Localization
from mmssl.apis.side_by_side import localize_side_by_side
from mmssl.apis.windows import localize_clip, localize_with_each
from mmssl.cli.commands import main
from mmssl.localization import map_correlation
from mmssl.media import Clip, write_video
from mmssl.media.planar import PlanarPicture
from mmssl.media.remux import VideoOptions
from mmssl.visualization import Caption

RATE = 16000


class Pointing:
    """Stands for a model: from the second second on, its map points at one corner.

    Args:
        row, column: 0 or 1.
        scale: Of its values.
        size: Of its maps.
    """

    classes, window, margin = None, 38, 1

    def __init__(self, row, column, scale=1.0, size=4):
        self.place, self.scale, self.size = (row * (size - 1), column * (size - 1)), scale, size

    def localize_window(self, clip, start, duration):
        times = np.arange(round(start * 10), round((start + duration) * 10))
        maps = np.zeros((len(times), self.size, self.size), np.float32)
        maps[times >= 10, self.place[0], self.place[1]] = self.scale
        return Localization(maps, {})


@pytest.fixture(scope='module')
def clip(tmp_path_factory):
    path = tmp_path_factory.mktemp('clip') / 'clip.mp4'
    tone = 0.3 * np.sin(2 * np.pi * 440 * np.arange(2 * RATE) / RATE)
    frames = np.full((20, 128, 192, 3), 90, np.uint8)
    write_video(path, frames, 10, tone.astype(np.float32), RATE)
    return path


def pictures(path):
    """Times and luma of a video."""
    with av.open(str(path)) as container:
        frames = [*container.decode(video=0)]
    return [frame.time for frame in frames], np.stack(
        [frame.to_ndarray(format='gray').astype(int) for frame in frames]
    )


def packets(path):
    with av.open(str(path)) as container:
        return [bytes(packet) for packet in container.demux(audio=0) if packet.size]


def made(models, given, folder, **options):
    return [*localize_side_by_side(models, given, folder, show_progress=False, **options)]


def test_each_model_has_a_half_on_the_same_clock(clip, tmp_path):
    models = {'left': Pointing(1, 0), 'right': Pointing(1, 1, scale=300, size=7)}
    (result,) = made(models, clip, tmp_path)
    assert result['failed'] is None
    times, seen = pictures(result['files']['video'])
    assert seen.shape == (20, 128, 384)
    assert times == pictures(clip)[0]
    assert packets(result['files']['video']) == packets(clip)
    changed = np.abs(seen - seen[0]).reshape(20, 128, 2, 192)
    # Nothing is coloured in the first second; then a corner of each half is, equally strongly.
    assert changed[:10, 16:].max() < 4
    corners = changed[10:, -16:].reshape(10, 16, 2, 2, 96).max((0, 1, 4))
    assert min(corners[0, 0], corners[1, 1]) > 20
    assert max(corners[0, 1], corners[1, 0]) < 6
    assert corners[0, 0] == pytest.approx(corners[1, 1], abs=4)


def test_a_half_is_the_video_of_one_model(clip, tmp_path):
    model = Pointing(1, 1)
    (result,) = made({'a': model, 'b': model}, clip, tmp_path)
    alone = SoundLocalizationInferencer(model, show_progress=False)(clip, out_dir=tmp_path)
    _, both = pictures(result['files']['video'])
    _, one = pictures(alone['visualization'][0]['video'])
    below = slice(16, None)  # the captions differ
    # Both are encoded with losses.
    for half in (both[:, below, :192], both[:, below, 192:]):
        assert np.abs(half - one[:, below]).mean() < 1
    assert np.abs(both[:, :9, :192] - one[:, :9]).mean() > 10


def test_facts_name_both_models_and_how_alike_they_are(clip, tmp_path):
    (result,) = made({'a': Pointing(0, 0), 'b': Pointing(0, 0, size=8)}, clip, tmp_path)
    facts = json.loads(result['files']['boxes'].read_text())
    assert facts['models'] == ['a', 'b']
    assert (facts['video'], facts['audio'], facts['duration']) == (str(clip), None, 2.0)
    assert facts['correlation'][:10] == [0] * 10  # maps of one value
    assert min(facts['correlation'][10:]) > 0.5


def test_all_pictures_together_have_the_largest_side(clip, tmp_path):
    options = VideoOptions(side=96)
    (result,) = made({'a': Pointing(0, 0), 'b': Pointing(0, 1)}, clip, tmp_path, video=options)
    assert pictures(result['files']['video'])[1].shape[1:] == (32, 96)


def test_arrays_and_pictures_are_shown_twice_too(clip, tmp_path):
    frames, samples = np.full((20, 64, 96, 3), 90, np.uint8), np.zeros(2 * RATE, np.float32)
    (result,) = made({'a': Pointing(1, 0), 'b': Pointing(1, 1)}, (frames, samples), tmp_path)
    assert pictures(result['files']['video'])[1].shape == (20, 64, 192)
    assert result['notes'] == ['the sound is silent, so nothing tells where it comes from']


def test_an_input_that_cannot_be_read_does_not_stop_the_others(clip, tmp_path):
    models = {'a': Pointing(1, 0), 'b': Pointing(1, 1)}
    results = made(models, [tmp_path / 'gone.mp4', clip, clip], tmp_path)
    assert [bool(result['failed']) for result in results] == [True, False, False]
    names = [result['files']['video'].name for result in results[1:]]
    assert names == ['clip_side_by_side.mp4', 'clip_2_side_by_side.mp4']


def test_one_name_for_two_models_is_refused(clip, tmp_path):
    with pytest.raises(ValueError, match='1 models are given, expected two with different names'):
        made({'a': Pointing(1, 0)}, clip, tmp_path)


def test_columns_are_the_memory_of_a_repeated_picture():
    picture = PlanarPicture(av.VideoFrame(8, 4, 'yuv420p'), matrix=1)
    for number, plane in enumerate(picture.planes):
        plane[:] = number + np.arange(plane.shape[1])
    wide = picture.repeated(3)
    assert [plane.shape for plane in wide.planes] == [(4, 24), (2, 12), (2, 12)]
    for number in range(3):
        part = wide.column(number, 3)
        assert all(np.array_equal(a, b) for a, b in zip(part.planes, picture.planes))
    wide.column(1, 3).planes[0][:] = 200
    assert (wide.planes[0] == 200).sum(0).tolist() == [0] * 8 + [4] * 8 + [0] * 8


@pytest.mark.parametrize('shape', [(140, 200), (140, 200, 3)])
def test_a_caption_darkens_the_upper_edge_and_lights_its_letters(shape):
    picture = np.full(shape, 100, np.uint8)
    Caption('a model').draw_on(picture)
    assert (picture[14:] == 100).all()
    assert picture[:14].min() == 35
    assert picture[:14].max() > 150
    other = np.full(shape, 100, np.uint8)
    Caption('x' * 200).draw_on(other)
    assert not np.array_equal(other, picture)


def test_the_correlation_of_maps_does_not_depend_on_scale_and_size():
    values = np.random.default_rng(0).random((3, 7, 7))
    assert map_correlation(values, 5 * values - 2) == pytest.approx([1, 1, 1])
    assert map_correlation(values, -values) == pytest.approx([-1, -1, -1])
    assert map_correlation(values, np.ones((3, 14, 14))).tolist() == [0, 0, 0]
    assert map_correlation(values, np.full((3, 7, 7), 0.1)).tolist() == [0, 0, 0]
    other = np.random.default_rng(1).random((3, 14, 14))
    assert map_correlation(values, other) == pytest.approx(map_correlation(other, values))
    expected = [np.corrcoef(a.ravel(), b.ravel())[0, 1] for a, b in zip(other, other[::-1])]
    assert map_correlation(other, other[::-1]) == pytest.approx(expected)
    with pytest.raises(ValueError, match='3 and 2 maps are given'):
        map_correlation(values, values[:2])


REFUSED = {
    'soundingshapes soundingshapes': 'soundingshapes is given twice, expected two different models',
    'soundingshapes': 'compares two models, and soundingshapes is given alone after ',
    'soundingshapes gone.pth': 'gone.pth',
    'soundingshapes b.pth --top 3': '--top does not work with --side-by-side',
    'soundingshapes b.pth --outputs video': '--outputs does not work with --side-by-side',
    'a b --model ez-vsl --model fnac --model lvs': '--model is given 3 times, expected one for',
}


@pytest.mark.parametrize('words', REFUSED)
def test_what_two_models_cannot_be_is_refused_in_one_line(words, clip, tmp_path, capsys):
    command = ['localize', str(clip), *words.split(), '--side-by-side', '--out', str(tmp_path)]
    assert main(command) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert REFUSED[words] in line


def test_two_methods_for_one_model_are_refused(clip, capsys):
    assert main(['localize', str(clip), 'a.pth', *['--model', 'fnac'] * 2]) == 2
    assert '--model is given 2 times, expected once' in capsys.readouterr().err


class CountedClip:
    """A clip that counts the frames that are asked of it."""

    def __init__(self, path):
        self._clip, self.asked = Clip(path), 0

    def frames(self, times, size=None):
        self.asked += len(times)
        return self._clip.frames(times, size)

    def __getattr__(self, name):
        return getattr(self._clip, name)


@pytest.mark.parametrize(('second', 'decoded'), [('soundingshapes', 1), ('larger', 2)])
def test_frames_are_decoded_once_for_models_that_ask_for_the_same(clip, second, decoded):
    first = load_localizer('soundingshapes')
    models = {'first': first, 'second': first if second == 'soundingshapes' else Larger(first)}
    alone = CountedClip(clip)
    expected = {name: localize_clip(model, alone).maps for name, model in models.items()}
    together = CountedClip(clip)
    found = localize_with_each(models, together)
    assert {*found} == {*expected}
    assert all(np.allclose(found[name].maps, expected[name], atol=1e-5) for name in found)
    assert together.asked * 2 == alone.asked * decoded


class Larger(Pointing):
    """A model that asks for pictures of another size, and points by their brightness."""

    def __init__(self, model):
        super().__init__(0, 0)
        self.margin = model.margin

    def localize_window(self, clip, start, duration):
        times = np.arange(round(start * 10), round((start + duration) * 10)) / 10
        frames = clip.frames(times, (48, 32))
        return Localization(np.stack(frames)[..., 0].astype(np.float32), {})
