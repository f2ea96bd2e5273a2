"""The functional core: worked by hand, against plain loops, on published boxes."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from mmssl.evaluation import evaluate
from mmssl.evaluation import functional as F

VGGSS = Path(__file__).parent.parent.parent / 'shared/data/vggss/vggss.json'


def box_filter_truth(seed, count):
    rng = np.random.default_rng(seed)
    low = rng.uniform(0, 0.6, (count, 2))
    return [np.r_[p, p + rng.uniform(0.1, 0.4, 2)][None] for p in low]


def plain_upsample(values):
    """Bilinear with aligned corners, pixel by pixel row."""
    h, w = values.shape
    rows, columns = np.linspace(0, h - 1, 224), np.linspace(0, w - 1, 224)
    along = np.stack([np.interp(columns, np.arange(w), row) for row in values])
    return np.stack([np.interp(rows, np.arange(h), column) for column in along.T], 1)


def plain_ciou(predicted, truth):
    inter = sum(1.0 for p, g in zip(predicted.ravel(), truth.ravel()) if p and g)
    return inter / (truth.sum() + (predicted & ~truth).sum())


@pytest.mark.parametrize('size', [(7, 7), (14, 14), (5, 9)])
def test_samples_score_as_plain_loops_do(size):
    rng = np.random.default_rng(3)
    boxes = box_filter_truth(1, 6)
    maps = [rng.normal(size=size) for _ in boxes]
    result = evaluate(maps, boxes)
    for i, (values, box) in enumerate(zip(maps, boxes)):
        large = torch.as_tensor(plain_upsample(values)).float().double().numpy()
        truth = np.zeros((224, 224), bool)
        x0, y0, x1, y1 = (int(224 * v) for v in box[0])
        truth[y0:y1, x0:x1] = True
        ordered = np.sort(large.ravel())
        half = large >= ordered[50176 // 2]
        adaptive = large > ordered[50176 - truth.sum()]
        # Interpolation in float32 may move pixels that lie at the threshold.
        assert result.per_sample['ciou'][i] == pytest.approx(plain_ciou(half, truth), abs=2e-4)
        assert result.per_sample['ciou_adaptive'][i] == pytest.approx(
            plain_ciou(adaptive, truth), abs=2e-4
        )
        row, column = np.unravel_index(values.argmax(), size)
        centre = int((row + 0.5) * 224 / size[0]), int((column + 0.5) * 224 / size[1])
        assert result.per_sample['pointing'][i] == truth[centre]


def test_rules_on_a_map_worked_by_hand():
    values = torch.tensor([[[0.0, 1.0], [2.0, 3.0]]])
    assert F.half_rule(values).tolist() == [[[False, False], [True, True]]]
    one = torch.tensor([[[True, False], [False, False]]])
    # One true pixel: strictly above the largest value is nothing; the rule keeps its quirk.
    assert F.adaptive_rule(values, one).tolist() == [[[False, False], [False, False]]]
    two = torch.tensor([[[True, True], [False, False]]])
    assert F.adaptive_rule(values, two).tolist() == [[[False, False], [False, True]]]
    empty = torch.zeros_like(one)
    assert torch.equal(F.adaptive_rule(values, empty), F.adaptive_rule(values, two))


def test_constant_maps_select_everything_or_nothing():
    constant = torch.full((1, 4, 4), 0.3)
    truth = torch.zeros(1, 4, 4, dtype=torch.bool)
    truth[0, 0, :2] = True
    assert F.half_rule(constant).all()
    assert not F.adaptive_rule(constant, truth).any()
    assert torch.equal(F.normalize(constant), constant)


@pytest.mark.parametrize('value', [0.0, 0.1, 0.3, 1.0, -2.7])
@pytest.mark.parametrize('size', [7, 14])
def test_constant_maps_stay_constant_through_interpolation(value, size):
    result = evaluate([np.full((size, size), value)], [[[0.1, 0.1, 0.5, 0.5]]])
    assert result.counts['constant_maps'] == 1
    assert result.metrics['pointing'] == 0
    everything = 90 * 90 / 50176  # boxes begin at int(22.4) and end at int(112.0)
    assert result.per_sample['ciou'] == pytest.approx(everything)
    assert result.per_sample['ciou_adaptive'] == 0


def test_ciou_worked_by_hand():
    predicted = torch.tensor([[[True, True], [False, False]]] * 3)
    truth = torch.tensor(
        [[[True, True], [False, False]], [[True, False], [True, False]], [[False] * 2] * 2]
    )
    assert F.ciou(predicted, truth).tolist() == [1.0, 1 / 3, 0.0]
    nothing = torch.zeros(1, 2, 2, dtype=torch.bool)
    assert F.ciou(nothing, nothing).tolist() == [0.0]


def test_auc_and_success_worked_by_hand():
    scores = torch.tensor([1.0, 0.5, 0.0], dtype=torch.float64)
    assert F.success_rate(scores) == pytest.approx(2 / 3)
    # Rates: 1 at t = 0; 2/3 up to 0.5; 1/3 above.
    expected = 0.05 * ((1 + 2 / 3) / 2 + 9 * 2 / 3 + (2 / 3 + 1 / 3) / 2 + 9 / 3)
    assert F.auc(scores) == pytest.approx(expected, abs=1e-12)


def test_boxes_to_mask_follows_the_protocol():
    mask = F.boxes_to_mask([[0.0, 0.5, 0.25, 1.0]])
    assert mask.sum() == 56 * 112
    assert mask[112:, :56].all()
    assert F.boxes_to_mask([[-2.9e16, 0.0, 0.5, 0.5]]).sum() == 112 * 112
    assert not F.boxes_to_mask([[0.3, 0.3, 0.3, 0.8]]).any()
    assert F.boxes_to_mask([[0, 0, 0.5, 1], [0.25, 0, 1, 1]]).all()
    assert not F.boxes_to_mask(np.zeros((0, 4))).any()


def test_pixels_instead_of_fractions_are_refused():
    with pytest.raises(ValueError, match='did you pass pixels'):
        F.boxes_to_mask([[20, 30, 100, 120]])
    with pytest.raises(ValueError, match='sample 1: map holds NaN'):
        evaluate([np.ones((7, 7)), np.full((7, 7), np.nan)], [[[0, 0, 1, 1]]] * 2)
    with pytest.raises(ValueError, match='2 maps and 1 truths'):
        evaluate([np.ones((7, 7))] * 2, [[[0, 0, 1, 1]]])
    with pytest.raises(ValueError, match="protocol is 'lvss'"):
        evaluate([np.ones((7, 7))], [[[0, 0, 1, 1]]], protocol='lvss')


def test_flipping_maps_and_boxes_changes_nothing():
    rng = np.random.default_rng(0)
    boxes = [np.array([[0.125, 0.25, 0.5, 0.75]]), np.array([[0.5, 0.0, 0.875, 0.5]])]
    maps = [rng.normal(size=(7, 7)).astype('f') for _ in boxes]
    flipped = [np.stack([1 - b[:, 2], b[:, 1], 1 - b[:, 0], b[:, 3]], 1) for b in boxes]
    first = evaluate(maps, boxes)
    second = evaluate([m[:, ::-1].copy() for m in maps], flipped)
    # Values at the threshold may fall to the other side by rounding: a pixel or two.
    for name in ('ciou', 'ciou_adaptive'):
        assert first.per_sample[name] == pytest.approx(second.per_sample[name], abs=1e-4)


def test_a_perfect_sample_cannot_lower_a_score():
    rng = np.random.default_rng(5)
    boxes = box_filter_truth(2, 4)
    maps = [rng.normal(size=(7, 7)) for _ in boxes]
    before = evaluate(maps, boxes).metrics
    perfect = np.zeros((224, 224))
    perfect[:, :112] = np.linspace(2, 1, 112)
    after = evaluate([*maps, perfect], [*boxes, [[0, 0, 0.5, 1]]]).metrics
    assert all(after[name] >= before[name] for name in before)
    assert evaluate([perfect], [[[0, 0, 0.5, 1]]]).metrics['ciou'] == 1


def test_pointing_worked_by_hand():
    truth = torch.zeros(2, 8, 8, dtype=torch.bool)
    truth[:, 1:3, 5:7] = True
    maps = torch.zeros(2, 4, 4)
    maps[0, 0, 3] = 1  # centre at row 1, column 7: outside
    maps[1, 0, 2] = 1  # centre at row 1, column 5: inside
    assert F.pointing(maps, truth).tolist() == [False, True]


def test_arguments_are_not_changed():
    values, truth = torch.rand(2, 9, 9), torch.rand(2, 9, 9) > 0.5
    copies = values.clone(), truth.clone()
    for call in (F.upsample, F.normalize, F.half_rule):
        call(values)
    F.adaptive_rule(values, truth)
    F.ciou(truth, truth)
    F.pointing(values, truth)
    assert torch.equal(values, copies[0])
    assert torch.equal(truth, copies[1])


def test_reference_scores_worked_by_hand():
    truth = F.boxes_to_mask([[0, 0, 0.5, 0.5]])[None]
    assert F.best_possible(truth).item() == pytest.approx(0.5)
    disc = F.half_rule(F.centre_map()[None])
    assert disc.sum().item() == pytest.approx(50176 / 2, rel=2e-3)
    assert disc[0, 112, 112]
    assert not disc[0, 0, 0]


@pytest.mark.skipif(not VGGSS.exists(), reason='the published VGG-SS boxes are not here')
def test_priors_and_ceiling_of_the_published_boxes():
    boxes = [F.boxes_to_mask(e['bbox']) for e in json.loads(VGGSS.read_text())]
    disc = F.half_rule(F.centre_map()[None])[0]
    scores = torch.cat([F.ciou(disc[None], truth[None]) for truth in boxes])
    best = torch.cat([F.best_possible(truth[None]) for truth in boxes])
    found = [100 * v for s in (scores, best) for v in (F.success_rate(s), F.auc(s))]
    assert found == pytest.approx([34.02, 37.44, 50.54, 49.47], abs=0.006)
