"""The functional core: worked by hand, and formula by formula against plain loops."""

import numpy as np
import pytest
import torch

from mmssl.evaluation import functional as F

from .. import evaluation_references as plain

pytestmark = pytest.mark.numeric

DIAGONAL = np.arange(16.0).reshape(1, 4, 4)


def mask_of(*cells, side=4):
    mask = np.zeros((1, side, side), dtype=bool)
    for row, column in cells:
        mask[0, row, column] = True
    return mask


def test_rules_on_a_4x4_map_worked_by_hand():
    # sort(p)[8] = 8: the lower half of the frame.
    assert F.half_rule(DIAGONAL)[0].tolist() == [[False] * 4] * 2 + [[True] * 4] * 2
    assert F.half_rule(DIAGONAL, '>').sum() == 7
    # Three true pixels: sort(p)[13] = 13, strictly above are 14 and 15.
    truth = mask_of((0, 0), (3, 2), (3, 3))
    found = F.adaptive_rule(DIAGONAL, truth)
    assert found.sum() == 2
    assert found[0, 3, 2:].all()
    assert F.ciou(found, truth).tolist() == [2 / 3]
    # One true pixel: strictly above the largest value is nothing; the rule keeps its quirk.
    assert not F.adaptive_rule(DIAGONAL, mask_of((3, 3))).any()
    # An empty truth counts as half of the frame.
    assert F.adaptive_rule(DIAGONAL, mask_of()).sum() == 7


def test_ciou_on_4x4_worked_by_hand():
    predicted = F.half_rule(DIAGONAL)
    assert F.ciou(predicted, predicted).tolist() == [1.0]
    # Two of four true pixels are met, six others are predicted: 2 / (4 + 6).
    truth = mask_of((0, 0), (1, 1), (2, 2), (3, 3))
    assert F.ciou(predicted, truth).tolist() == [0.2]
    weights = np.zeros((1, 4, 4))
    weights[0, 3] = [0.5, 0.5, 1, 1]
    # All weight is met, four others are predicted: 3 / (3 + 4).
    assert F.ciou(predicted, weights).tolist() == [3 / 7]
    nothing = mask_of()
    assert F.ciou(nothing, nothing).tolist() == [0.0]


@pytest.mark.parametrize(('comparison', 'whole'), [('>=', True), ('>', False)])
def test_constant_maps_select_everything_or_nothing(comparison, whole):
    constant = np.full((1, 4, 4), 0.3)
    assert F.half_rule(constant, comparison).all() == whole
    assert F.half_rule(constant, comparison).any() == whole
    assert np.array_equal(F.normalize(constant), constant)


@pytest.mark.parametrize('value', [0.0, 0.3, 0.5, 1.0, -2.7])
def test_wu_predicts_nothing_of_a_constant_map(value):
    """Its normalization leaves zeros there, which are below 0.5; others keep the value."""
    maps = np.full((1, 7, 7), value)
    zeros = F.prediction_values(maps, F.PRESETS['wu'], (224, 224))
    assert not zeros.any()
    assert not F.predict(zeros, F.PRESETS['wu']).any()
    assert maps[0, 0, 0] == value
    kept = F.prediction_values(maps, F.PRESETS['vggss'], (224, 224))
    assert (kept == value).all()
    assert F.predict(kept, F.PRESETS['vggss']).all()


@pytest.mark.parametrize('value', [0.0, 0.1, 0.3, 1.0, -2.7])
@pytest.mark.parametrize('mode', ['bilinear', 'bicubic'])
def test_constant_maps_stay_constant_through_interpolation(value, mode):
    large = F.resize(np.full((2, 7, 9), value, 'f'), (224, 224), mode, False)
    assert (large == np.float32(value)).all()


def test_order_statistics_are_exact():
    rng = np.random.default_rng(0)
    rows = np.stack(
        [
            rng.normal(size=5000),
            rng.integers(0, 3, 5000),
            np.zeros(5000),
            np.sort(rng.normal(size=5000)),
            np.tile([0.0] * 48 + [9.0], 103)[:5000],  # the guiding sample sees only zeros
        ]
    )
    ranks = np.tile([0, 1, 17, 2500, 4899, 4999], (5, 1))
    expected = np.take_along_axis(np.sort(rows, 1), ranks, 1)
    assert np.array_equal(F.order_statistics(rows, ranks), expected)
    assert np.array_equal(F.order_statistics(rows[:, :40], ranks[:, :3]), np.sort(rows[:, :40])[
        np.arange(5)[:, None], ranks[:, :3]
    ])  # fmt: skip


def test_auc_and_success_worked_by_hand():
    scores = np.array([1.0, 0.5, 0.0])
    assert F.success_rate(scores) == pytest.approx(2 / 3)
    # Rates: 1 at t = 0; 2/3 up to 0.5; 1/3 above.
    expected = 0.05 * ((1 + 2 / 3) / 2 + 9 * 2 / 3 + (2 / 3 + 1 / 3) / 2 + 9 / 3)
    assert F.auc(scores) == pytest.approx(expected, abs=1e-12)
    # The third threshold is 0.15000000000000002: a score of 0.15 does not reach it.
    assert F.auc([0.15]) == pytest.approx(plain.auc([0.15]), abs=1e-12)
    assert F.auc([0.15]) < F.auc([0.15000000000000002])
    assert F.areas_below([0.0])[0] == 1


def test_boxes_follow_the_protocols():
    mask = F.boxes_to_mask([[0.0, 0.5, 0.25, 1.0]])
    assert mask.sum() == 56 * 112
    assert mask[112:, :56].all()
    assert F.boxes_to_mask([[-2.9e16, 0.0, 0.5, 0.5]]).sum() == 112 * 112
    assert not F.boxes_to_mask([[0.3, 0.3, 0.3, 0.8]]).any()
    assert F.boxes_to_mask([[0, 0, 0.5, 1], [0.25, 0, 1, 1]]).all()
    assert not F.boxes_to_mask(np.zeros((0, 4))).any()
    # 15 of 256 begins at int(13.125); two boxes make a consensus, one makes half of it.
    boxes = np.array([[15, 0, 128, 256], [64, 0, 256, 256]]) / 256
    weights = F.boxes_to_weights(boxes)
    assert [weights[5, x] for x in (12, 13, 55, 56, 111, 112, 223)] == [0, 0.5, 0.5, 1, 1, 0.5, 0.5]


def test_pointing_worked_by_hand():
    truth = np.zeros((3, 8, 8), dtype=bool)
    truth[:, 1:3, 5:7] = True
    maps = np.zeros((3, 4, 4))
    maps[0, 0, 3] = 1  # centre at row 1, column 7: outside
    maps[1, 0, 2] = 1  # centre at row 1, column 5: inside
    assert F.pointing(maps, truth).tolist() == [False, True, False]


def test_extended_worked_by_hand():
    """Four samples by falling confidence: hit, negative, hit, missed positive."""
    confidence = np.array([0.9, 0.7, 0.5, 0.3])
    sounding = np.array([True, False, True, True])
    hit = np.array([True, False, True, False])
    precision, recall = F.precision_recall(confidence, sounding, hit, confidence)
    assert precision == pytest.approx([1, 1 / 2, 2 / 3, 2 / 4])
    assert recall == pytest.approx([1 / 3, 1 / 3, 2 / 3, 1])
    # Thresholds 0.7, 0.5, 0.3 without the highest: precision 2/3, 2/3, 1/2 made falling.
    # But sort(conf)[:-1] ends below the highest: recall 1/3, 2/3, 1.
    expected = 2 / 3 * (2 / 3 - 1 / 3) + 2 / 3 * (1 - 2 / 3)
    assert F.average_precision(confidence, sounding, hit) == pytest.approx(expected, abs=1e-12)
    # Standard: recall over three positives, 1/3 at precision 1 and 2/3 at 2/3.
    exact = 1 / 3 + 2 / 3 / 3
    assert F.exact_average_precision(confidence, sounding, hit) == pytest.approx(exact, abs=1e-12)
    assert F.max_f1(confidence, sounding, hit) == pytest.approx(2 / 3, abs=1e-12)


def test_top_quarter_counts_ties():
    values = np.zeros((1, 4, 4))
    values[0, 0] = [3, 2, 2, 2]
    values[0, 1, :2] = 2
    assert F.top_quarter_mean(values).tolist() == [9 / 4]


def test_avsbench_worked_by_hand():
    predicted = F.half_rule(DIAGONAL)
    truth = mask_of((3, 3), (0, 0))
    assert F.mask_iou(predicted, truth)[0] == pytest.approx(1 / 9, abs=1e-8)
    assert F.mask_iou(predicted, mask_of())[0] == pytest.approx(1 / 2, abs=1e-8)
    curve = F.f_curves((DIAGONAL / 15).astype('f'), mask_of((3, 3)))[0]
    assert curve[-1] == pytest.approx(1, abs=1e-12)
    # At t = 0 all pixels are predicted: precision 1/16, recall 1.
    assert curve[0] == pytest.approx(1.3 / 16 / (0.3 / 16 + 1), abs=1e-12)


def test_f_curves_agree_with_comparisons_at_every_threshold():
    rng = np.random.default_rng(1)
    exact = np.tile(F.F_THRESHOLDS, 40)[:10000]
    near = np.nextafter(exact, np.float32(2)), np.nextafter(exact, np.float32(-1))
    outside = rng.uniform(-1, 2, 10000).astype('f')
    p = np.stack([exact, *near, outside]).reshape(4, 100, 100)
    truth = rng.random((4, 100, 100)) < 0.3
    curves = F.f_curves(p, truth)
    for values, mask, curve in zip(p, truth, curves):
        plainly = [F.f_of_masks((values >= t)[None], mask[None])[0] for t in F.F_THRESHOLDS]
        assert curve == pytest.approx(plainly, abs=1e-12)


def test_fusion_worked_by_hand():
    maps, objects = np.array([[[0.0, 1], [2, 4]]]), np.array([[[8.0, 0], [0, 0]]])
    # 0.4 * (0, 1/4, 1/2, 1) + 0.6 * (1, 0, 0, 0) = (0.6, 0.1, 0.2, 0.4)
    assert F.fuse(maps, objects).ravel() == pytest.approx([1, 0, 0.2, 0.6])
    fused = F.fuse_scaled(maps, objects, tau=0.5)
    assert fused.ravel() == pytest.approx([0.4 * 0.5 + 0.6 * 3.2, 0.3, 0.4, 0.6])


def test_references_worked_by_hand():
    truth = F.boxes_to_mask([[0, 0, 0.5, 0.5]])[None]
    half = 224 * 112
    assert F.best_possible(truth, half, half).tolist() == [0.5]
    assert F.best_possible(truth, 0, 224 * 224).tolist() == [1.0]
    weights = np.zeros((1, 4, 4))
    weights[0, 0], weights[0, 1] = 1, 0.5
    # The best four pixels are those of weight 1: 4 / 6.
    assert F.best_possible(weights, 4, 4).tolist() == [4 / 6]
    disc = F.centre_discs(np.array([half]))
    assert np.array_equal(disc, F.half_rule(F.centre_map()[None]))
    assert disc[0, 112, 112]
    assert not disc[0, 0, 0]


def test_noise_overlaps_as_random_masks_do():
    rng = np.random.default_rng(0)
    weights = np.zeros(10000)
    weights[:3000], weights[:1000] = 0.5, 1
    drawn = []
    for _ in range(300):
        mask = np.zeros(10000, dtype=bool)
        mask[rng.permutation(10000)[:5000]] = True
        drawn.append(plain.quick_ciou(mask, weights))
    counts = [np.full(300, n) for n in (3000, 1000, 5000, 10000)]
    met = F.noise_overlap(*counts, seed=0)
    scores = F.ciou_of_counts(*met, *counts[:3])
    assert scores.mean() == pytest.approx(np.mean(drawn), abs=4e-4)
    assert scores.std() == pytest.approx(np.std(drawn), rel=0.15)


@pytest.mark.parametrize('preset', F.PRESETS)
@pytest.mark.parametrize('side', [7, 14])
def test_presets_agree_with_the_formulas(preset, side):
    maps = plain.make_maps(5, 8, side)
    threshold = 0.2 if preset == 'acl' else None
    p = F.prediction_values(np.stack(maps), F.PRESETS[preset], (224, 224))
    predicted = F.predict(p, F.PRESETS[preset], threshold)
    for values, found_p, found in zip(maps, p, predicted):
        expected = plain.prepare(values, preset)
        assert np.array_equal(found_p, expected)
        assert np.array_equal(found, plain.binarize(expected, preset, threshold))


def test_arguments_are_not_changed():
    rng = np.random.default_rng(0)
    values, truth = rng.random((2, 224, 224)), rng.random((2, 224, 224)) > 0.5
    weights = truth / 2
    copies = [a.copy() for a in (values, truth, weights)]
    for preset in F.PRESETS.values():
        p = F.prediction_values(values, preset, (224, 224), object_maps=values)
        F.predict(p, preset, 0.5 if preset.rule == 'given' else None)
    for call in (F.normalize, F.invert_twice, F.half_rule, F.top_quarter_mean):
        call(values)
    F.adaptive_rule(values, truth)
    F.f_curves(values.astype('f'), truth)
    for mask in (truth, weights):
        F.ciou(truth, mask)
        F.pointing(values, mask)
    for array, copy in zip((values, truth, weights), copies):
        assert np.array_equal(array, copy)


def test_tensors_are_taken():
    values = torch.arange(16.0).reshape(1, 4, 4)
    assert np.array_equal(F.half_rule(values), F.half_rule(DIAGONAL))
    assert F.normalize(values).max() == 1
    resized = F.resize(values.bfloat16(), (8, 8), 'bilinear', True)
    assert resized.dtype == np.float32


def test_bootstrap_draws_are_seeded_and_whole():
    first, second = (np.concatenate(list(F.draws(37, 50, seed=3))) for _ in range(2))
    assert np.array_equal(first, second)
    assert (first.sum(1) == 37).all()
    assert F.interval(np.r_[np.arange(101.0), np.nan]) == pytest.approx((2.5, 97.5))
