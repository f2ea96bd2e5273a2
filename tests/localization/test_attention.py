"""Cross-modal attention against plain loops, and its properties."""

import numpy as np
import pytest
import torch

from mmssl.localization import ATTENTION_MODES, AttentionInputs, attention_maps, pool_over_time

pytestmark = pytest.mark.numeric


def softmax(values):
    powers = np.exp(values - values.max())
    return powers / powers.sum()


def reference(mode, place, sound, place_features, sound_features):
    """One location and one instant, written from the definitions."""
    if mode == 'class':
        return softmax(sound) @ place
    if mode == 'class-posterior':
        return softmax(sound) @ softmax(place)
    if mode == 'class-log-posterior':
        return softmax(sound) @ np.log(softmax(place))
    if mode == 'logit':
        return sound @ place
    if mode == 'cosine':
        lengths = np.linalg.norm(place_features) * np.linalg.norm(sound_features)
        return place_features @ sound_features / lengths
    raise AssertionError(f'no reference for mode {mode}')


@pytest.fixture
def inputs():
    torch.manual_seed(0)
    return AttentionInputs(
        visual_logits=torch.randn(2, 4, 6, 3, 5),
        audio_logits=torch.randn(2, 4, 6),
        visual_features=torch.randn(2, 7, 6, 3, 5),
        audio_features=torch.randn(2, 7, 6),
    )


@pytest.mark.parametrize('mode', sorted(ATTENTION_MODES))
def test_every_mode_equals_plain_loops(inputs, mode):
    maps = attention_maps(inputs, mode)
    assert maps.shape == (2, 6, 3, 5)
    arrays = [
        getattr(inputs, name).numpy().astype(float)
        for name in ('visual_logits', 'audio_logits', 'visual_features', 'audio_features')
    ]
    for n, t, y, x in np.ndindex(2, 6, 3, 5):
        expected = reference(
            mode,
            arrays[0][n, :, t, y, x],
            arrays[1][n, :, t],
            arrays[2][n, :, t, y, x],
            arrays[3][n, :, t],
        )
        assert maps[n, t, y, x].item() == pytest.approx(expected, abs=1e-5)


def test_context_averages_the_steps_there_are():
    values = torch.tensor([[[0.0, 3.0, 6.0, 9.0]]])
    assert pool_over_time(values, 3).tolist() == [[[1.5, 3.0, 6.0, 7.5]]]
    volume = values[..., None, None].expand(1, 1, 4, 2, 3)
    assert torch.equal(pool_over_time(volume, 3)[0, 0, :, 1, 2], torch.tensor([1.5, 3, 6, 7.5]))


def test_context_pools_the_sound_only(inputs):
    pooled = AttentionInputs(
        inputs.visual_logits,
        pool_over_time(inputs.audio_logits, 5),
        inputs.visual_features,
        pool_over_time(inputs.audio_features, 5),
    )
    assert torch.allclose(attention_maps(inputs, context=5), attention_maps(pooled))


@pytest.mark.parametrize('mode', sorted(ATTENTION_MODES))
def test_flipping_the_picture_flips_the_map(inputs, mode):
    flipped = AttentionInputs(
        inputs.visual_logits.flip(-1),
        inputs.audio_logits,
        inputs.visual_features.flip(-1),
        inputs.audio_features,
    )
    assert torch.allclose(
        attention_maps(flipped, mode), attention_maps(inputs, mode).flip(-1), atol=1e-6
    )


def test_a_certain_sound_gives_its_class_activation(inputs):
    certain = torch.full((2, 4, 6), -100.0)
    certain[:, 2] = 100.0
    sure = AttentionInputs(
        inputs.visual_logits, certain, inputs.visual_features, inputs.audio_features
    )
    assert torch.allclose(attention_maps(sure, 'class'), inputs.visual_logits[:, 2])


def test_errors_name_value_and_expectation(inputs):
    with pytest.raises(ValueError, match=r"mode is 'clas'.*'class'"):
        attention_maps(inputs, 'clas')
    with pytest.raises(ValueError, match='context is 4'):
        attention_maps(inputs, context=4)
    with pytest.raises(ValueError, match=r'audio_logits have shape \(2, 4, 5\)'):
        AttentionInputs(
            inputs.visual_logits,
            inputs.audio_logits[..., 1:],
            inputs.visual_features,
            inputs.audio_features,
        )
    narrow = AttentionInputs(
        inputs.visual_logits,
        inputs.audio_logits,
        inputs.visual_features,
        inputs.audio_features[:, :3],
    )
    with pytest.raises(ValueError, match='one width'):
        attention_maps(narrow, 'cosine')
