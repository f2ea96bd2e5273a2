"""Pictures that have one map each, in batches."""

import dataclasses

import numpy as np
import pytest
import soundfile
from PIL import Image

from mmssl.apis import SoundLocalizationInferencer
from mmssl.apis.inputs import as_inputs
from mmssl.apis.load import load_localizer
from mmssl.apis.opened import in_batches
from mmssl.apis.windows import localize_stills
from mmssl.media import Clip

from .. import zoo


@pytest.fixture(scope='module')
def stills(tmp_path_factory):
    folder, rng, paths = tmp_path_factory.mktemp('stills'), np.random.default_rng(0), []
    for index in range(4):
        picture, sound = folder / f'{index}.png', folder / f'{index}.wav'
        Image.fromarray(rng.integers(0, 255, (60, 80, 3), dtype=np.uint8)).save(picture)
        soundfile.write(sound, rng.uniform(-0.5, 0.5, 32000), 16000)
        paths.append((str(picture), str(sound)))
    return paths


@pytest.fixture(scope='module')
def model(tmp_path_factory):
    file = zoo.random_file('ez-vsl', tmp_path_factory.mktemp('released') / 'best.pth')
    return load_localizer('ez-vsl', file, device='cpu')


def test_a_batch_gives_the_maps_that_each_has_alone(model, stills, tmp_path, monkeypatch):
    localize = SoundLocalizationInferencer(model, show_progress=False)
    alone = [localize(pair)['predictions'][0]['maps'] for pair in stills]
    broken = tmp_path / 'broken.wav'
    broken.write_bytes(b'no sound')
    sizes, works = [], type(model).localize_stills
    monkeypatch.setattr(
        type(model), 'localize_stills', lambda *args: sizes.append(len(args[1])) or works(*args)
    )
    found = localize([*stills[:2], (stills[0][0], str(broken)), *stills[2:]])
    ((name, _),) = found['failed']
    assert name == f'{stills[0][0]} with {broken}'
    assert sizes == [4]
    maps = [prediction['maps'] for prediction in found['predictions'] if 'maps' in prediction]
    for ours, expected in zip(maps, alone, strict=True):
        assert ours.shape == (1, 7, 7)
        assert np.abs(ours - expected).max() < 1e-5 * np.ptp(expected)


def test_one_that_fails_is_named_and_other_shapes_are_left(model, stills):
    clips, steps = [Clip(*pair) for pair in stills], model.pipeline

    def failing(clip, *window):
        if clip is clips[1]:
            raise RuntimeError('internal')
        return steps(clip, *window)

    def narrowing(clip, *window):
        inputs = steps(clip, *window)
        return {**inputs, 'imgs': inputs['imgs'][..., : 100 if clip is clips[1] else None]}

    found = localize_stills(dataclasses.replace(model, pipeline=failing), [None, *clips])
    assert sorted(found) == [1, 2, 3, 4]
    assert str(found[2]) == 'internal'
    assert localize_stills(dataclasses.replace(model, pipeline=narrowing), clips) == {}
    assert localize_stills(model, [clips[0], None]) == {}  # one alone is no batch


def test_pictures_are_opened_together_and_videos_one_by_one():
    names = [('a.png', 'a.wav'), *['b.jpg'] * 9, 'c.mp4', 'd.mp4', 'e.png']
    pairs = [(item, item.stem) for item in as_inputs(names)]

    def stems(size):
        return [''.join(stem for _, stem in batch) for batch in in_batches(pairs, size)]

    assert stems(None) == ['abbbbbbb', 'bb', 'c', 'd', 'e']
    assert stems(5) == ['abbbb', 'bbbbb', 'cde']
    assert stems(1) == [stem for _, stem in pairs]
