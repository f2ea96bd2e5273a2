"""VGGSounder's metrics: by hand, against plain loops, and against the authors' package."""

import json
from functools import partial

import numpy as np
import pytest
import torch

from mmssl.datasets.annotations import FLAGS, AnnotationError
from mmssl.evaluation import evaluate_labels
from mmssl.evaluation import functional as F
from mmssl.evaluation.labels import HEADS, SUBSETS, label_metric_names
from mmssl.evaluation.metrics import VGGSounderMetric

pytestmark = pytest.mark.numeric

ONE = np.ones((1, 2))
CLASSES = [f'class {i}' for i in range(12)]
HEADER = f'video_id,label,modality,{",".join(FLAGS)}\n'


def test_sets_of_two_clips_worked_by_hand():
    """Four classes, of which the last is neither true nor predicted."""
    truth = np.array([[1, 1, 0, 0], [0, 0, 1, 0]], dtype=bool)
    predicted = np.array([[1, 0, 0, 0], [1, 0, 1, 0]], dtype=bool)
    found = {name: float(v[0]) for name, v in F.set_scores(truth, predicted, ONE).items()}
    assert found == {
        'hit_rate': 1,
        'f1': 2 * 2 / (3 + 3),
        'f1_macro': (2 / 3 + 0 + 1 + 0) / 4,
        'accuracy': 0,
        'jaccard': 2 / 4,
        'precision': 2 / 3,
        'recall': 2 / 3,
    }


def test_areas_of_four_clips_worked_by_hand():
    """The higher clip of the class wins against both others, the lower one against half of one."""
    truth, scores = np.array([[1], [1], [0], [0]], dtype=bool), np.array([[3.0], [1], [1], [2]])
    found = F.label_aucs(truth, scores, np.ones((1, 4)))
    assert found['auc_roc'][0] == (2 + 0.5) / 4
    assert found['auc_pr'][0] == 1 / 2 * 1 + 1 / 2 * 2 / 4
    # A class of which all clips are has no area, and neither has one without clips.
    assert F.label_aucs(np.array([[True, False]]), np.zeros((1, 2)), np.ones((1, 1))) == {
        'auc_roc': 0,
        'auc_pr': 0,
    }


def test_confusion_worked_by_hand():
    sound, picture = np.array([True, True, True, False]), np.array([False, True, True, False])
    both = np.array([False, False, True, False])
    found = F.modality_confusion(sound, picture, both, np.ones((1, 4)))
    assert {name: value[0] for name, value in found.items()} == {'a': 0.5, 'v': 0.25, 'av': 0.25}


def test_top_k_takes_all_where_there_are_fewer():
    scores = np.array([[0.1, 0.7, 0.2]])
    assert F.top_k(scores, 2).tolist() == [[False, True, True]]
    assert F.top_k(scores, 5).all()


def made(clips=40, levels=None, seed=0):
    """Scores of every head, and labels that are heard, seen or both."""
    rng = np.random.default_rng(seed)
    shape = (clips, len(CLASSES))
    scores = {head: rng.random(shape) for head in HEADS}
    if levels:
        scores = {head: np.floor(values * levels) for head, values in scores.items()}
    kinds = rng.choice(4, shape, p=[0.7, 0.1, 0.1, 0.1])
    return scores, kinds % 2 == 1, kinds >= 2


@pytest.mark.parametrize('levels', [None, 4])
def test_every_metric_against_plain_loops(levels):
    scores, heard, seen = made(levels=levels)
    threshold = 2.0 if levels else 0.8
    found = evaluate_labels(scores, heard, seen, threshold=threshold, resamples=0)
    expected = plain_metrics(scores, heard, seen, threshold)
    assert found.keys() == expected.keys()
    assert found == pytest.approx(expected, abs=1e-12)


def plain_metrics(scores, heard, seen, threshold):
    """All metrics by loops over clips and classes."""
    truths = {
        'a': heard, 'v': seen, 'av': heard & seen, 'a_only': heard & ~seen, 'v_only': seen & ~heard,
    }  # fmt: skip
    choose = {f'@{k}': partial(plain_top, k=k) for k in (1, 3, 5, 10)}
    choose[''] = lambda row: {c for c, score in enumerate(row) if score >= threshold}
    found = {}
    for subset, truth in truths.items():
        rows = scores[SUBSETS[subset]]
        clips = [(set(np.flatnonzero(t)), row) for t, row in zip(truth, rows) if t.any()]
        for end, chosen in choose.items():
            pairs = [(true, chosen(row)) for true, row in clips]
            found |= {f'{subset}/{n}{end}': v for n, v in plain_sets(pairs).items()}
        found |= {f'{subset}/{n}': v for n, v in plain_areas(clips).items()}
    everything = [set(np.flatnonzero(row)) for row in heard | seen]
    for end in ('@1', ''):
        hits = {
            head: [bool(true & choose[end](row)) for true, row in zip(everything, scores[head])]
            for head in HEADS
        }
        lost = [not hit for hit in hits['av']]
        a, v = ([h and m for h, m in zip(hits[head], lost)] for head in ('audio', 'visual'))
        found |= {f'a/mu{end}': np.mean(a), f'v/mu{end}': np.mean(v)}
        found[f'av/mu{end}'] = np.mean([x and y for x, y in zip(a, v)])
    return found


def plain_top(row, k):
    return set(np.argsort(row)[-k:])


def plain_sets(pairs):
    right = sum(len(true & chosen) for true, chosen in pairs)
    true, chosen = (sum(len(pair[i]) for pair in pairs) for i in (0, 1))
    classes = []
    for c in range(len(CLASSES)):
        both = sum(c in t and c in p for t, p in pairs)
        one = sum((c in t) != (c in p) for t, p in pairs)
        classes.append(2 * both / (2 * both + one) if both + one else 0)
    return {
        'hit_rate': np.mean([bool(t & p) for t, p in pairs]),
        'f1': 2 * right / (true + chosen),
        'f1_macro': np.mean(classes),
        'accuracy': np.mean([t == p for t, p in pairs]),
        'jaccard': right / (true + chosen - right),
        'precision': right / chosen,
        'recall': right / true,
    }


def plain_areas(clips):
    roc, pr = [], []
    for c in range(len(CLASSES)):
        of, other = ([row[c] for t, row in clips if (c in t) == is_of] for is_of in (True, False))
        if not of or not other:
            continue
        roc.append(np.mean([(p > n) + (p == n) / 2 for p in of for n in other]))
        found, area = 0, 0
        for level in sorted(set(of), reverse=True):
            before, found = found, sum(p >= level for p in of)
            area += (found - before) / len(of) * found / (found + sum(n >= level for n in other))
        pr.append(area)
    return {'auc_roc': np.mean(roc), 'auc_pr': np.mean(pr)}


def test_weights_count_clips():
    """A draw is worth what the set of the drawn clips is worth, for every metric."""
    scores, heard, _ = made(levels=4)
    rows, values = heard.any(1), scores['audio']
    truth, values = heard[rows], values[rows]
    weights = np.random.default_rng(1).integers(0, 3, (2, len(truth)))
    for formula, predicted in ((F.set_scores, F.top_k(values, 3)), (F.label_aucs, values)):
        together = formula(truth, predicted, weights.astype(float))
        for draw, counts in enumerate(weights):
            drawn = np.repeat(np.arange(len(truth)), counts)
            alone = formula(truth[drawn], predicted[drawn], np.ones((1, len(drawn))))
            for name, value in alone.items():
                assert together[name][draw] == pytest.approx(value[0], abs=1e-12)


def test_intervals_hold_the_value_and_names_choose():
    scores, heard, seen = made()
    found = evaluate_labels(scores, heard, seen, names=['auc_pr', 'f1@3', 'mu@1'], resamples=50)
    assert {name.rpartition('/')[2] for name in found} == {'auc_pr', 'f1@3', 'mu@1'}
    for subset in SUBSETS:
        low, value, high = (found[f'{subset}/{end}f1@3'] for end in ('low/', '', 'high/'))
        assert low < value < high
    assert 'a_only/mu@1' not in found


def test_a_subset_without_clips_is_left_out():
    scores, heard, _ = made()
    found = evaluate_labels(scores, heard, heard & False, resamples=0)
    assert {name.partition('/')[0] for name in found} == {'a', 'a_only', 'v', 'av'}
    assert [name for name in found if name.startswith('v')] == ['v/mu@1']


def test_unknown_names_are_refused():
    with pytest.raises(ValueError, match=r"\['f1@2'\], known are hit_rate@1, .* with threshold="):
        VGGSounderMetric(metrics=['f1@2'])
    with pytest.raises(ValueError, match=r"\['f1'\]"):
        VGGSounderMetric(metrics=['f1'])
    assert VGGSounderMetric(metrics=['f1'], threshold=0.5).metrics == ('f1',)
    assert len(label_metric_names()) == 31


@pytest.fixture
def labels(tmp_path):
    """Six labelled clips, of the classes in another order than the data set's."""
    rows = [f'{i},vgg_{i},{name}\n' for i, name in enumerate(CLASSES[::-1])]
    (tmp_path / 'classes.csv').write_text('index,mid,display_name\n' + ''.join(rows))
    lines = [
        f'clip {i},class {(i + step) % 12},{modality},{i == 0},False,{i % 2 == 0}\n'
        for i in range(6)
        for step, modality in enumerate(('AV', 'A', 'V'))
    ]
    path = tmp_path / 'labels.csv'
    path.write_text(HEADER + ''.join(lines))
    return path


def metric_of(labels, **options):
    metric = VGGSounderMetric(labels, **{'resamples': 0, **options})
    metric.dataset_meta = {'classes': CLASSES}
    return metric


def sample_of(number, classes):
    """A clip whose heads name these classes."""
    scores = torch.eye(len(CLASSES), dtype=torch.bfloat16)[list(classes)]
    return {
        'video_id': f'clip {number}',
        'pred_score': dict(zip(('av', 'audio', 'visual'), scores)),
    }


def test_missing_clips_are_counted_and_listed(labels, tmp_path):
    metric = metric_of(labels, missing_file=tmp_path / 'missing.json')
    right = [sample_of(i, (i, i + 1, i + 2)) for i in range(4)]
    lost = {'video_id': 'clip 4', 'unreadable': 'no sound track'}
    metric.process({}, [*right, lost, sample_of(99, (0, 0, 0))])
    found = metric.evaluate(6)
    assert all(found[f'vggsounder/{subset}/hit_rate@1'] == 1 for subset in SUBSETS)
    assert (found['vggsounder/evaluated'], found['vggsounder/expected']) == (4, 6)
    assert (found['vggsounder/av/evaluated'], found['vggsounder/av/expected']) == (4, 6)
    assert found['vggsounder/unlabelled'] == 1
    assert all(isinstance(value, float) for value in found.values())
    assert json.loads((tmp_path / 'missing.json').read_text()) == [
        {'id': 'clip 4', 'reason': 'no sound track'},
        {'id': 'clip 5', 'reason': 'not in the data set'},
    ]


@pytest.mark.parametrize(
    ('flags', 'kept'),
    [
        ({'background_music': True}, 1),
        ({'background_music': False}, 5),
        ({'voice_over': True, 'background_music': False}, 2),
        ({'static_image': True}, 0),
    ],
)
def test_flags_choose_clips(labels, flags, kept):
    metric = metric_of(labels, **flags)
    metric.process({}, [sample_of(i, (i, i, i)) for i in range(6)])
    found = metric.evaluate(6)
    assert found['vggsounder/evaluated'] == found['vggsounder/expected'] == kept
    assert ('vggsounder/a/f1@1' in found) == (kept > 0)


def test_order_and_batches_change_nothing(labels):
    samples = [sample_of(i, (i, 11 - i, 0)) for i in range(6)]
    results = []
    for order in ([samples], [samples[4:][::-1], samples[:4]]):
        metric = metric_of(labels, resamples=20)
        for batch in order:
            metric.process({}, batch)
        results.append(metric.evaluate(6))
    assert results[0] == results[1]


def test_wrong_samples_and_classes_are_named(labels):
    metric = metric_of(labels)
    with pytest.raises(ValueError, match=r"clip 1: pred_score lacks \['visual'\]"):
        metric.process({}, [{'video_id': 'clip 1', 'pred_score': {'av': 0, 'audio': 0}}])
    with pytest.raises(ValueError, match='clip 1: pred_score is missing'):
        metric.process({}, [{'video_id': 'clip 1'}])
    broken = sample_of(1, (0, 0, 0))
    broken['pred_score']['av'][0] = np.nan
    with pytest.raises(ValueError, match='clip 1: pred_score has NaN'):
        metric.process({}, [broken])
    short = {'video_id': 'clip 1', 'pred_score': dict.fromkeys(HEADS, torch.zeros(3))}
    with pytest.raises(ValueError, match='clip 1: 3 scores, expected one of each of 12'):
        metric.process({}, [short])
    with pytest.raises(ValueError, match=r"12 classes, and the test data has 2.*'class 10'"):
        metric.dataset_meta = {'classes': CLASSES[:2]}
    with pytest.raises(ValueError, match='names no classes'):
        metric.dataset_meta = {}


def test_without_the_package_a_path_is_asked_for(monkeypatch):
    monkeypatch.setattr('mmssl.datasets.annotations.vggsounder.find_spec', lambda _: None)
    with pytest.raises(AnnotationError, match=r'pip install "mmssl\[vggsounder\]", or set labels='):
        VGGSounderMetric().dataset_meta = {'classes': CLASSES}


def test_the_authors_package_gives_the_same_numbers():
    """100 clips, scores with ties, one filter; ``benchmarks/vggsounder_parity.py`` has the rest."""
    for name in ('vggsounder', 'pandas'):
        pytest.importorskip(
            name, reason=f'{name} is not installed: pip install "mmssl[vggsounder]"'
        )
    from benchmarks import vggsounder_parity as parity

    filters = ({'background_music': False},)
    assert parity.compare('scores', 100, 5, None, filters) < parity.TOLERANCE
    assert parity.compare('sets', 100, None, parity.THRESHOLD, filters) < parity.TOLERANCE
