"""The call: every protocol against plain loops, what it refuses, and what cannot change."""

import numpy as np
import pytest
import torch

from mmssl.datasets.annotations import read_boxes
from mmssl.evaluation import METRICS, PRESETS, PROTOCOLS, evaluate, paired_differences
from mmssl.evaluation.functional import boxes_to_mask

from .. import evaluation_references as plain
from ..published import PUBLISHED

pytestmark = pytest.mark.numeric

COUNT = 12
BOXES = plain.make_boxes(1, COUNT)
SOUNDING = [i % 3 != 1 for i in range(COUNT)]
GROUPS = [f'picture {i // 2}' for i in range(COUNT)]
EXACT = dict(rel=0, abs=1e-9)


def scores_of(maps, truths, preset='vggss', threshold=None):
    masks = [plain.binarize(plain.prepare(m, preset), preset, threshold) for m in maps]
    return [plain.quick_ciou(m, g) for m, g in zip(masks, truths)], masks


def summary(scores, suffix=''):
    return {
        f'ciou{suffix}': np.mean([s >= 0.5 for s in scores]),
        f'auc{suffix}': plain.auc(scores),
        f'mean_ciou{suffix}': np.mean(scores),
    }


def test_the_quick_reference_is_the_plain_loop():
    rng = np.random.default_rng(0)
    mask, truth = rng.random((224, 224)) > 0.4, plain.flickr_weights(BOXES[2])
    assert plain.quick_ciou(mask, truth) == pytest.approx(plain.ciou(mask, truth), **EXACT)


@pytest.mark.parametrize('side', [7, 14, 224])
@pytest.mark.parametrize('protocol', ['vggss', 'flickr-soundnet'])
def test_single_protocols_agree_with_loops(protocol, side):
    maps = plain.make_maps(side, COUNT, side)
    make = plain.box_mask if protocol == 'vggss' else plain.flickr_weights
    truths = [make(sample) for sample in BOXES]
    for preset in PRESETS if side == 7 else ('vggss', 'lvs'):
        threshold = 0.2 if preset == 'acl' else None
        result = evaluate(maps, BOXES, protocol, preset=preset, threshold=threshold)
        half, _ = scores_of(maps, truths, preset, threshold)
        adaptive = [
            plain.quick_ciou(plain.adaptive(plain.prepare(m, preset), g), g)
            for m, g in zip(maps, truths)
        ]
        assert result.per_sample['ciou'] == pytest.approx(half, **EXACT)
        assert result.per_sample['ciou_adaptive'] == pytest.approx(adaptive, **EXACT)
        expected = {**summary(half), **summary(adaptive, '_adaptive')}
        found = {name: result.metrics[name] for name in expected}
        assert found == pytest.approx(expected, **EXACT)
        assert result.counts['constant_maps'] == 3


def test_float64_maps_are_computed_in_float64():
    rng = np.random.default_rng(3)
    maps = [rng.normal(size=(7, 7)) for _ in BOXES]
    scores, _ = scores_of(maps, [plain.box_mask(b) for b in BOXES])
    assert evaluate(maps, BOXES).per_sample['ciou'] == pytest.approx(scores, **EXACT)


def test_a_constant_map_scores_0_under_wu():
    """Under the other presets of ``>=`` it predicts the whole frame, which the box covers."""
    constant, box = [np.full((7, 7), 0.7, 'f')], [[[0, 0, 1, 1]]]
    assert evaluate(constant, box).metrics['mean_ciou'] == 1
    found = evaluate(constant, box, preset='wu')
    assert (found.metrics['ciou'], found.metrics['mean_ciou']) == (0, 0)
    assert found.counts['constant_maps'] == 1
    fused = evaluate(constant, box, preset='wu', object_maps=constant)
    assert fused.metrics['mean_ciou'] == 0


@pytest.mark.parametrize('order', ['<', '>'])
@pytest.mark.parametrize('kind', ['f2', 'f4', 'f8'])
def test_any_order_of_bytes(order, kind):
    maps = plain.make_maps(5, COUNT, 7)
    expected = evaluate([values.astype(kind) for values in maps], BOXES)
    written = [values.astype(order + kind) for values in maps]
    assert evaluate(written, BOXES).metrics == expected.metrics


def test_interactive_agrees_with_loops():
    # Maps that look where the box is, so that some groups succeed.
    maps = [boxes_to_mask(b).astype('f') + 0.1 * m for b, m in zip(BOXES, noise(224))]
    truths = [plain.box_mask(sample) for sample in BOXES]
    result = evaluate(maps, BOXES, 'interactive', groups=GROUPS)
    half, _ = scores_of(maps, truths)
    adaptive = [
        plain.quick_ciou(plain.adaptive(plain.prepare(m, 'vggss'), g), g)
        for m, g in zip(maps, truths)
    ]
    for suffix, scores in (('', half), ('_adaptive', adaptive)):
        pairs = list(zip(scores[::2], scores[1::2]))
        rates = [np.mean([a >= t and b >= t for a, b in pairs]) for t in np.arange(21) * 0.05]
        # numpy's 0.05 * i is Python's.
        assert result.metrics[f'iiou{suffix}'] == pytest.approx(rates[10], **EXACT)
        area = np.trapezoid(rates, np.arange(21) * 0.05)
        assert result.metrics[f'iauc{suffix}'] == pytest.approx(area, **EXACT)
    assert result.metrics['iiou_adaptive'] > 0
    assert result.counts['groups'] == COUNT // 2


def noise(side, count=COUNT, seed=9):
    rng = np.random.default_rng(seed)
    return [rng.normal(size=(side, side)).astype('f') for _ in range(count)]


@pytest.mark.parametrize('preset', ['vggss', 'slavc', 'slavc-fixed'])
@pytest.mark.parametrize('count', [COUNT, 431])
def test_extended_agrees_with_loops(preset, count):
    """431 samples: the strides of the thresholds are 2 and 43."""
    maps = plain.make_maps(2, COUNT, 7)
    boxes = [[0, 0, 0.7, 0.9]] * 3
    boxes = [*([box] for box in boxes), *BOXES[3:]]
    rng = np.random.default_rng(0)
    chosen = np.r_[np.arange(COUNT), rng.integers(0, COUNT, count - COUNT)]
    sounding = rng.random(count) < 0.7
    scores, _ = scores_of(maps, [plain.box_mask(b) for b in boxes], preset)
    mode, align, *_ = plain.TABLE[preset]
    own = [
        np.sort(plain.scaled(plain.enlarge(m, mode, align)).ravel())[-12544:].mean(dtype=float)
        for m in maps
    ]
    given = rng.random(count)
    for confidence in (None, given):
        result = evaluate(
            [maps[i] for i in chosen],
            [boxes[i] for i in chosen],
            'extended',
            preset=preset,
            sounding=sounding,
            confidence=confidence,
            exact=True,
            resamples=20,
        )
        used = np.array(own)[chosen] if confidence is None else given
        assert result.per_sample['confidence'] == pytest.approx(used, **EXACT)
        used = result.per_sample['confidence']  # ties must be the same ties
        hit = np.array(scores)[chosen] >= 0.5
        check_extended(result, used, sounding, hit, [boxes[i] for i in chosen])


def check_extended(result, confidence, sounding, hit, boxes):
    sizes = np.array([plain.box_mask(b).sum() for b in boxes])
    parts = {'': (np.ones(len(hit), bool), sounding)}
    edges = [0, 32**2, 96**2, 144**2, np.inf]
    for name, low, high in zip(('_small', '_medium', '_large', '_huge'), edges, edges[1:]):
        parts[name] = (sounding & (sizes >= low) & (sizes < high),) * 2
    for suffix, (kept, positives) in parts.items():
        arrays = [a[kept].tolist() for a in (confidence, sounding, hit)]
        if not kept.any():
            assert f'ap{suffix}' not in result.metrics
            continue
        expected = {
            f'ap{suffix}': plain.average_precision(*arrays),
            f'max_f1{suffix}': plain.max_f1(*arrays),
            f'loc_acc{suffix}': hit[positives].mean(),
        }
        assert {k: result.metrics[k] for k in expected} == pytest.approx(expected, **EXACT)
    assert result.counts['positives'] == sounding.sum()


@pytest.mark.parametrize('side', [7, 14])
def test_avsbench_agrees_with_float32_loops(side):
    maps = plain.make_maps(4, 8, side)
    masks = [boxes_to_mask(b) for b in BOXES[:8]]
    masks[5] = np.zeros((224, 224), dtype=bool)
    masks[6] = masks[6][:160, :200]
    result = evaluate(maps, masks, 'avsbench')
    miou, f_score = plain.avsbench(maps, masks)
    assert result.metrics['miou'] == pytest.approx(miou, abs=1e-6)
    assert result.metrics['f_score'] == pytest.approx(f_score, abs=1e-6)


def test_negative_audio_and_video_agree_with_loops():
    maps = plain.make_maps(6, COUNT, 7)
    scores, masks = scores_of(maps, [plain.box_mask(b) for b in BOXES], 'acl', 0.2)
    areas = [mask.mean() for mask in masks]
    positive = [s for s, f in zip(scores, SOUNDING) if f]
    negative = [a for a, f in zip(areas, SOUNDING) if not f]
    a, b = plain.auc(positive), plain.auc_below(negative)
    expected = {**summary(positive), 'pia': np.mean(negative), 'auc_negative': b}
    result = evaluate(maps, BOXES, 'negative-audio', sounding=SOUNDING, threshold=0.2)
    assert result.metrics == pytest.approx({**expected, 'f_auc': 2 * a * b / (a + b)}, **EXACT)
    video = evaluate(
        maps, BOXES, 'video', preset='acl', sounding=SOUNDING, groups=GROUPS, threshold=0.2
    )
    free = np.mean([area < 0.5 for area in negative])
    expected.update(tn_rate=free, fp_rate=1 - free)
    assert video.metrics == pytest.approx(expected, **EXACT)
    # A rule that always predicts half of the frame is always wrong on silent frames.
    assert evaluate(maps, BOXES, 'video', sounding=SOUNDING).metrics['fp_rate'] == 1


def test_object_guided_fusion_agrees_with_loops():
    maps, objects = plain.make_maps(1, COUNT, 7), noise(14)
    scores = []
    for values, other, sample in zip(maps, objects, BOXES):
        av, obj = (plain.prepare(m, 'vggss') for m in (values, other))
        fused = plain.norm(np.float32(0.4) * av + np.float32(0.6) * obj)
        scores.append(plain.quick_ciou(plain.binarize(fused, 'vggss'), plain.box_mask(sample)))
    found = evaluate(maps, BOXES, object_maps=objects).per_sample['ciou']
    assert found == pytest.approx(scores, **EXACT)
    assert not np.allclose(found, evaluate(maps, BOXES).per_sample['ciou'])


def test_tensors_arrays_and_sizes_may_be_mixed():
    maps = noise(7, 6)
    mixed = [torch.from_numpy(m) if i % 2 else m for i, m in enumerate(maps)]
    first, second = evaluate(maps, BOXES[:6]), evaluate(mixed, [torch.tensor(b) for b in BOXES[:6]])
    assert first.metrics == second.metrics
    sizes = [noise(side, 1)[0] for side in (7, 14, 20, 28, 7, 224)]
    together = evaluate(sizes, BOXES[:6]).per_sample['ciou']
    alone = [evaluate([m], [b]).per_sample['ciou'][0] for m, b in zip(sizes, BOXES)]
    assert together.tolist() == alone


def test_flipping_maps_and_boxes_changes_nothing():
    flipped = [np.stack([1 - b[:, 2], b[:, 1], 1 - b[:, 0], b[:, 3]], 1) for b in GRID_BOXES]
    for preset in ('vggss', 'lvs', 'slavc-fixed'):
        # float64: rounding then moves no pixel across the threshold.
        maps = [m.astype(float) for m in noise(7, len(GRID_BOXES))]
        first = evaluate(maps, GRID_BOXES, preset=preset)
        second = evaluate([m[:, ::-1].copy() for m in maps], flipped, preset=preset)
        for name in ('ciou', 'ciou_adaptive', 'pointing'):
            assert first.per_sample[name] == pytest.approx(second.per_sample[name], **EXACT)
        # (The frame has no middle pixel, so the disc's peak may fall on either side.)
        for name in ('mean_ciou', 'mean_ciou_adaptive'):
            discs = [r.priors['centre_disc'][name] for r in (first, second)]
            assert discs[0] == pytest.approx(discs[1], **EXACT)


#: Multiples of 1/224, so that flipping them is exact.
GRID_BOXES = [
    np.array([[28, 56, 140, 196]]) / 224,
    np.array([[112, 0, 196, 112]]) / 224,
    np.array([[7, 14, 63, 70], [49, 42, 210, 168]]) / 224,
]


@pytest.mark.parametrize('preset', ['vggss', 'alignment'])
def test_monotone_rescaling_changes_nothing_under_the_half_rule(preset):
    """At the grid's own size any increasing function; of small maps, increasing lines."""
    rng = np.random.default_rng(2)
    large = [rng.permutation(50176).reshape(224, 224) / 50176 for _ in BOXES[:3]]
    first = evaluate(large, BOXES[:3], preset=preset)
    second = evaluate([np.exp(2 * m) for m in large], BOXES[:3], preset=preset)
    assert first.metrics == second.metrics
    small = [m.astype(float) for m in noise(7, 3)]
    first = evaluate(small, BOXES[:3], preset=preset)
    second = evaluate([8 * m + 2 for m in small], BOXES[:3], preset=preset)
    assert first.metrics == pytest.approx(second.metrics, **EXACT)


def test_a_perfect_sample_cannot_lower_a_score():
    perfect = np.zeros((224, 224))
    perfect[:, :112] = np.linspace(2, 1, 112)
    box = [[0, 0, 0.5, 1]]
    before = evaluate(noise(7), BOXES).metrics
    after = evaluate([*noise(7), perfect], [*BOXES, box]).metrics
    assert all(after[name] >= before[name] for name in before)
    alone = evaluate([perfect], [box])
    assert alone.metrics['ciou'] == alone.metrics['auc'] == alone.ceiling['mean_ciou'] == 1


def test_no_map_beats_the_ceiling():
    """Maps without ties; the adaptive rule's strict comparison is in its ceiling."""
    for preset in ('vggss', 'lvs', 'alignment', 'wu', 'slavc-fixed'):
        truths = [boxes_to_mask(b) for b in BOXES]
        best = [g + 1e-3 * np.abs(m.astype(float)) for g, m in zip(truths, noise(224))]
        result = evaluate(best, BOXES, preset=preset)
        for name in ('mean_ciou', 'mean_ciou_adaptive'):
            assert result.metrics[name] <= result.ceiling[name] + 1e-12
        if preset in ('vggss', 'lvs'):  # the ceiling is reached
            for name in ('mean_ciou', 'mean_ciou_adaptive'):
                assert result.metrics[name] == pytest.approx(result.ceiling[name], **EXACT)


def test_priors_are_what_evaluating_their_maps_gives():
    from mmssl.evaluation.functional import centre_map

    disc = [centre_map().astype(float)] * COUNT
    result = evaluate(disc, BOXES)
    prior = result.priors['centre_disc']
    assert prior == pytest.approx({k: result.metrics[k] for k in prior}, **EXACT)
    whole = evaluate([np.zeros((7, 7))] * COUNT, BOXES)
    prior = whole.priors['whole_frame']
    assert prior == pytest.approx({k: whole.metrics[k] for k in prior}, **EXACT)
    rng = np.random.default_rng(0)
    random = evaluate([rng.random((224, 224)) for _ in BOXES], BOXES)
    prior = random.priors['uniform_noise']
    assert prior['mean_ciou'] == pytest.approx(random.metrics['mean_ciou'], abs=2e-3)
    masks = [boxes_to_mask(b) for b in BOXES]
    result = evaluate(disc, masks, 'avsbench')
    assert result.priors['centre_disc']['miou'] == pytest.approx(result.metrics['miou'])


def test_intervals_hold_the_value_and_narrow_with_samples():
    few, many = evaluate(noise(7), BOXES), evaluate(noise(7) * 9, BOXES * 9)
    for result in (few, many):
        for name, (low, high) in result.intervals.items():
            assert low <= result.metrics[name] <= high
    width = [np.diff(r.intervals['mean_ciou'])[0] for r in (few, many)]
    assert width[1] == pytest.approx(width[0] / 3, rel=0.15)
    # The spread of a mean, by the central limit theorem.
    spread = few.per_sample['ciou'].std() / COUNT**0.5
    assert width[0] == pytest.approx(2 * 1.96 * spread, rel=0.15)
    # Copies of a sample in one group tell nothing new.
    grouped = evaluate(noise(7) * 9, BOXES * 9, groups=list(range(COUNT)) * 9)
    assert np.diff(grouped.intervals['mean_ciou'])[0] == pytest.approx(width[0], rel=0.02)


def test_paired_differences():
    ids = [f'clip {i}' for i in range(COUNT)]
    good = [boxes_to_mask(b) + 0.01 * m for b, m in zip(BOXES, noise(224))]
    first, second = evaluate(good, BOXES, ids=ids), evaluate(noise(7), BOXES, ids=ids)
    found = paired_differences(first, second)['mean_ciou']
    assert found['difference'] == first.metrics['mean_ciou'] - second.metrics['mean_ciou']
    assert 0 < found['low'] < found['difference'] < found['high']
    assert found['above'] == 1
    assert paired_differences(first, first)['auc']['high'] == 0
    alone = paired_differences(first, second, resamples=0)['mean_ciou']
    assert alone == {'difference': found['difference']}
    with pytest.raises(ValueError, match='with different ids'):
        paired_differences(first, evaluate(good[:-1], BOXES[:-1], ids=ids[:-1]))


def test_every_metric_has_a_name_and_every_protocol_a_result():
    masks = [boxes_to_mask(b) for b in BOXES]
    for protocol in PROTOCOLS:
        flags = SOUNDING if protocol in ('extended', 'negative-audio', 'video') else None
        result = evaluate(
            noise(7),
            masks,
            protocol,
            sounding=flags,
            groups=GROUPS,
            threshold=0.3 if protocol == 'negative-audio' else None,
            exact=protocol == 'extended',
        )
        optional = {name for name in METRICS['extended'] if name.endswith(('small', 'huge'))}
        assert set(METRICS[protocol]) - set(result.metrics) <= optional
        everything = [*result.priors.values(), result.ceiling, result.metrics]
        assert all(0 <= v <= 1 for values in everything for v in values.values())
        assert set(result.intervals) == set(result.metrics)


ONE = [np.ones((7, 7), 'f')]
BOX = [[[0, 0, 1, 1]]]


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        (([np.full((7, 7), np.nan)], BOX), r'clip: map has NaN or infinite values \(49 of 49\)'),
        (([np.ones((1, 7, 7))], BOX), r'clip: map has shape \(1, 7, 7\).*expected floats \(h, w\)'),
        (([np.ones((7, 7), int)], BOX), 'clip: map has shape.*int64, expected floats'),
        (([None], BOX), 'clip: map is None'),
        ((ONE, [[[20, 30, 100, 120]]]), r'clip: .*did you pass pixels\?'),
        ((ONE, [[0, 0, 1, 1]]), r'clip: boxes have shape \(4,\), expected \(k, 4\)'),
        ((ONE, [[[0, 0, 1, np.nan]]]), 'clip: boxes .* contain NaN'),
        ((ONE, [None]), 'clip: truth is None'),
        ((ONE, [np.full((224, 224), 255)]), 'clip: mask .*255 means true'),
        ((ONE, BOX, 'lvss'), "protocol is 'lvss', expected one of"),
        ((ONE, BOX, 'interactive'), "protocol 'interactive' needs groups="),
        ((ONE, BOX, 'extended'), "protocol 'extended' needs sounding="),
        ((ONE, BOX, 'negative-audio'), 'needs a threshold, .*validation split'),
    ],
)
def test_wrong_input_is_refused_by_name(arguments, message):
    with pytest.raises(ValueError, match=message):
        evaluate(*arguments, ids=['clip'])


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        ({'preset': 'vgg'}, "preset is 'vgg', expected one of"),
        ({'preset': 'acl'}, "preset 'acl' needs a threshold"),
        ({'threshold': 0.5}, 'would not be used'),
        ({'tau': 0.03}, 'would not be used'),
        ({'sounding': [True, True]}, 'would not be used'),
        ({'confidence': [1, 2]}, 'would not be used'),
        ({'alpha': 0.4}, 'which are missing'),
        ({'exact': True}, "protocol 'extended'"),
        ({'ids': ['a', 'a']}, r"1 ids appear more than once, such as \['a'\]"),
        ({'ids': ['a']}, '2 maps and 1 ids'),
        ({'groups': ['a']}, '2 maps and 1 groups'),
        ({'protocol': 'extended', 'sounding': [True, None]}, 'sample 1: sounding is None'),
        (
            {'protocol': 'extended', 'sounding': [1, 0], 'confidence': [1, np.nan]},
            'sample 1: confidence is nan',
        ),
    ],
)
def test_wrong_options_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        evaluate(ONE * 2, BOX * 2, **options)


def test_nothing_and_unequal_numbers_are_refused():
    with pytest.raises(ValueError, match='no maps were given'):
        evaluate([], [])
    with pytest.raises(ValueError, match='2 maps and 1 truths'):
        evaluate(ONE * 2, BOX)


def test_priors_and_ceiling_of_boxes_worked_by_hand():
    """A quarter, a half, everything, nothing; the disc covers half of the frame."""
    boxes = [[[0, 0, 0.5, 0.5]], [[0, 0, 0.5, 1]], [[0, 0, 1, 1]], np.zeros((0, 4))]
    result = evaluate(noise(7, 4), boxes)
    assert result.ceiling['mean_ciou'] == pytest.approx((1 / 2 + 1 + 1 / 2 + 0) / 4, **EXACT)
    assert result.priors['whole_frame']['mean_ciou'] == pytest.approx((1 / 4 + 1 / 2 + 1) / 4)
    # By symmetry a quarter holds a quarter of the disc: 1/8 of the frame is met of 5/8.
    expected = (1 / 5 + 1 / 3 + 1 / 2 + 0) / 4
    assert result.priors['centre_disc']['mean_ciou'] == pytest.approx(expected, abs=2e-3)
    assert result.counts['empty_truths'] == 1


@pytest.mark.published('vggss/vggss.json')
def test_priors_and_ceiling_of_the_published_boxes():
    boxes = [entry['boxes'] for entry in read_boxes(PUBLISHED / 'vggss/vggss.json')]
    result = evaluate([np.zeros((2, 2), 'f')] * len(boxes), boxes, resamples=0)
    references = {**result.priors, 'ceiling': result.ceiling}
    found = {
        name: (100 * references[name]['ciou'], 100 * references[name]['auc'])
        for name in ('centre_disc', 'whole_frame', 'ceiling')
    }
    assert found['centre_disc'] == pytest.approx((34.02, 37.44), abs=0.0055)
    assert found['whole_frame'] == pytest.approx((21.95, 31.25), abs=0.0055)
    assert found['ceiling'] == pytest.approx((50.54, 49.47), abs=0.0055)
    assert result.counts == {'samples': 5158, 'constant_maps': 5158, 'empty_truths': 2}
