"""Any PyTorch model on arrays."""

import numpy as np
import pytest
import torch
from torch import nn

import mmssl
from mmssl.apis import ModuleLocalizer, SoundLocalizationInferencer, localize
from mmssl.apis.localizer import Localization
from mmssl.apis.model import load_model
from mmssl.evaluation import evaluate
from mmssl.media import ArrayClip


class Seen(nn.Module):
    """Keeps its inputs; the map is the mean of 2 x 2 parts, times the sound's mean."""

    def __init__(self):
        super().__init__()
        self.norm = nn.Sequential(nn.BatchNorm2d(3), nn.Dropout(0.5))
        self.batches = []

    def forward(self, pictures, sounds):
        assert not torch.is_grad_enabled()
        assert not self.norm.training
        self.batches.append((pictures, sounds))
        return (
            nn.functional.adaptive_avg_pool2d(pictures.mean(1), 2) * sounds.mean(1)[:, None, None]
        )


def clip(seconds=5, rate=25):
    """Frames as bright as their number, a quarter of them black, and samples that rise."""
    frames = np.zeros((seconds * rate, 8, 12, 3), np.uint8)
    frames[:, :4, :6] = np.arange(seconds * rate)[:, None, None, None]
    return frames, np.arange(seconds * 16000) / 160000


def test_a_plain_module_sees_each_step_and_the_sound_around_it():
    model = Seen().train()
    frames, samples = clip()
    maps = localize(model, frames, samples, rate=25)
    assert maps.shape == (50, 2, 2)
    assert maps.dtype == np.float32
    pictures, sounds = (torch.cat(part) for part in zip(*model.batches))
    assert pictures.shape == (50, 3, 8, 12)
    # 25 frames a second, at the middles of the steps: 0.05 s shows frame 1, 0.15 s frame 3.
    numbers = (pictures[:, 0, 0, 0] * 255).round().int().tolist()
    assert numbers[:4] == [1, 3, 6, 8]
    assert numbers == [int((step + 0.5) * 2.5 + 1e-6) for step in range(50)]
    # 3 s around the instant, inside the clip.
    assert sounds.shape == (50, 48000)
    starts = (sounds[:, 0] * 10).numpy()
    assert starts == pytest.approx(np.clip(np.arange(50) / 10 + 0.05 - 1.5, 0, 2), abs=1e-4)
    assert model.training
    assert model.norm.training


def test_size_seconds_and_batches_are_settings():
    model, (frames, samples) = Seen(), clip()
    ready = ModuleLocalizer(model, size=(6, 4), seconds=0.5, batch_size=7)
    maps = localize(ready, frames, samples, rate=25)
    assert [len(pictures) for pictures, _ in model.batches] == [7] * 7 + [1]
    assert model.batches[0][0].shape == (7, 3, 4, 6)
    assert model.batches[0][1].shape == (7, 8000)
    assert maps.shape == (50, 2, 2)


def test_long_clips_give_what_short_batches_give():
    """A step's map depends on its own picture and sound alone, not on windows."""
    frames, samples = clip(seconds=41, rate=5)
    maps = localize(Seen(), frames, samples, rate=5)
    assert maps.shape == (410, 2, 2)
    alone = ModuleLocalizer(Seen()).localize_window(ArrayClip(frames, samples, 5), 38, 2)
    assert isinstance(alone, Localization)
    assert np.allclose(maps[380:400], alone.maps)


def test_modules_and_our_models_take_tensors():
    frames, samples = clip(seconds=2, rate=10)
    tensors = torch.from_numpy(frames), torch.from_numpy(samples)
    assert np.array_equal(localize(Seen(), *tensors), mmssl.localize(Seen(), frames, samples))
    found = localize('soundingshapes', *tensors)
    both = SoundLocalizationInferencer('soundingshapes', show_progress=False)(
        (frames, samples.astype(np.float32))
    )
    assert np.allclose(found, both['predictions'][0]['maps'], atol=1e-5)


def test_the_inferencer_takes_a_module(tmp_path):
    frames, samples = clip(seconds=2, rate=10)
    find = SoundLocalizationInferencer(ModuleLocalizer(Seen()), show_progress=False)
    found = find((frames, samples), out_dir=tmp_path)
    assert not found['failed']
    assert found['predictions'][0]['maps'].shape == (20, 2, 2)
    assert {path.name for path in tmp_path.iterdir()} == {
        f'arrays_{end}' for end in ('boxes.json', 'localized.mp4', 'maps.npz', 'sheet.png')
    }


@pytest.mark.parametrize(
    ('returned', 'message'),
    [
        (lambda n: torch.zeros(n, 2, 7, 7), r'returned shape \(16, 2, 7, 7\) for 16 pictures'),
        (lambda n: torch.zeros(7, 7), r'returned shape \(7, 7\) for 16 pictures, expected maps'),
        (lambda n: (torch.zeros(n, 7, 7),), 'returned tuple, expected a tensor'),
    ],
)
def test_maps_of_another_shape_are_refused(returned, message):
    class Wrong(nn.Module):
        def forward(self, pictures, sounds):
            return returned(len(pictures))

    with pytest.raises(ValueError, match=message):
        localize(Wrong(), *clip(seconds=2, rate=10))


def test_a_channel_of_maps_is_dropped():
    class Channel(nn.Module):
        def forward(self, pictures, sounds):
            return torch.zeros(len(pictures), 1, 7, 7, dtype=torch.float16)

    assert localize(Channel(), *clip(seconds=2, rate=10)).shape == (20, 7, 7)


def test_wrong_inputs_are_refused():
    frames, samples = clip(seconds=2, rate=10)
    network = load_model('mmssl/apis/weights/soundingshapes.pth').network
    with pytest.raises(ValueError, match='is a network of a config'):
        localize(network, frames, samples)
    with pytest.raises(ValueError, match=r'model is of type int.*ModuleLocalizer'):
        localize(3, frames, samples)
    with pytest.raises(ValueError, match=r'expected a nn\.Module'):
        ModuleLocalizer(3)
    with pytest.raises(ValueError, match='seconds 0 and'):
        ModuleLocalizer(Seen(), seconds=0)
    with pytest.raises(ValueError, match=r'type int64, expected floats \(S,\)'):
        localize(Seen(), frames, np.zeros(32000, np.int64))
    with pytest.raises(ValueError, match=r'samples reach 6553.*divide'):
        localize(Seen(), frames, samples * 32768)
    with pytest.raises(ValueError, match='rate is 0 frames'):
        localize(Seen(), frames, samples, rate=0)
    with pytest.raises(ValueError, match=r'frames have shape \(20, 3, 8, 12\)'):
        localize(Seen(), frames.transpose(0, 3, 1, 2), samples)


def test_tensors_of_maps_and_boxes_are_evaluated():
    """A batch of a network, boxes as tensors: as lists of arrays, in one dict of floats."""
    maps = torch.rand(12, 7, 7, generator=torch.Generator().manual_seed(0)).requires_grad_()
    boxes = [torch.tensor([[0.1, 0.2, 0.5, 0.9]])] * 11 + [torch.zeros(0, 4)]
    numbers = evaluate(maps, boxes, preset='lvs').numbers()
    same = evaluate([m.detach().numpy() for m in maps], [b.tolist() for b in boxes], preset='lvs')
    assert numbers == same.numbers()
    assert {'ciou', 'auc', 'centre_disc/ciou', 'low/ciou', 'samples'} <= set(numbers)
    assert all(type(value) is float for value in numbers.values())
    with pytest.raises(ValueError, match=r'shape \(1, 7, 7\).*maps\[:, 0\]'):
        evaluate(maps[:, None], boxes)
    with pytest.raises(ValueError, match=r'shape \(4,\).*put a single box into a list'):
        evaluate(maps, torch.rand(12, 4))
