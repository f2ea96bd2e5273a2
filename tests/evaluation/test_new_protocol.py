"""An eighth protocol: two in this file, and nothing else changed but their registration."""

import ast
import csv
import json

import numpy as np
import pytest
import torch
from mmengine.config import Config

from mmssl.cli.commands import main
from mmssl.evaluation import METRICS, PROTOCOLS, evaluate
from mmssl.evaluation.functional import boxes_to_mask
from mmssl.evaluation.protocols import Overlap, Protocol, add_ciou, make_protocol, register
from mmssl.registry import METRICS as METRIC_TYPES
from mmssl.report.evaluators import choose_metrics, metric_names

from .. import evaluation_references as plain
from ..conftest import ROOT

pytestmark = pytest.mark.numeric

COUNT = 7
IDS = [f'abcdefghij{i}_00000{i}' for i in range(COUNT)]
MAPS = plain.make_maps(3, COUNT, 7)
BOXES = plain.make_boxes(1, COUNT)
GROUPS = [f'picture {i // 2}' for i in range(COUNT)]


class Height(Protocol):
    """How high a map is inside the truth, at most."""

    name = 'height'
    metric_names = ('height', 'group_height')
    columns = ('height', 'centre_disc/height')
    needs_groups = True

    def score(self, batch):
        inside = np.where(batch.truth, batch.p, -np.inf).max((1, 2))
        return {'height': inside, 'centre_disc/height': batch.truth[:, 112, 112]}

    def tabulate(self, table, columns):
        table.mean('height', columns['height'])
        lowest = np.full(table.units, np.inf)
        np.minimum.at(lowest, table.index, columns['height'])
        table.group_mean('group_height', lowest)

    def ceiling(self, columns):
        return {**self.kept(columns), 'height': (columns['some'] > 0).astype(float)}


class Frames(Overlap):
    """Mean cIoU of frames, whether they sound or not."""

    name = 'frames'
    metric_names = ('ciou', 'auc', 'mean_ciou')
    per_frame = True
    no_page = 'a sample is a frame there'

    def tabulate(self, table, columns):
        add_ciou(table, columns['ciou'])


@pytest.fixture(autouse=True)
def _registered():
    for protocol in (Height, Frames):
        register(protocol)
    yield
    for protocol in (Height, Frames):
        del PROTOCOLS[protocol.name]


def heights(maps):
    """By a plain loop: the highest of a map's values in the boxes."""
    masks = [plain.box_mask(b) > 0 for b in BOXES]
    return [float(plain.prepare(m, 'vggss')[mask].max()) for m, mask in zip(maps, masks)]


def test_the_call_knows_it():
    result = evaluate(MAPS, BOXES, 'height', groups=GROUPS, ids=IDS)
    expected = heights(MAPS)
    pairs = [min(expected[i : i + 2]) for i in range(0, COUNT, 2)]
    metrics = {'height': np.mean(expected), 'group_height': np.mean(pairs)}
    assert result.metrics == pytest.approx(metrics, rel=0, abs=1e-9)
    assert result.per_sample['height'] == pytest.approx(expected, rel=0, abs=1e-9)
    assert list(result.per_sample) == ['height']
    middle = np.mean([plain.box_mask(b)[112, 112] for b in BOXES])
    assert result.priors['centre_disc']['height'] == pytest.approx(middle)
    assert (result.priors['whole_frame'], result.priors['uniform_noise']) == ({}, {})
    assert result.ceiling == {'height': 1.0, 'group_height': 1.0}
    low, high = result.intervals['height']
    assert low < result.metrics['height'] < high
    assert result.counts['groups'] == 4


def test_what_it_does_not_need_is_refused():
    for options, message in (
        ({}, "protocol 'height' needs groups="),
        ({'groups': GROUPS, 'sounding': [True] * COUNT}, 'sounding= would not be used'),
        ({'groups': GROUPS, 'threshold': 0.5}, "not be used by protocol 'height'"),
        ({'groups': GROUPS, 'exact': True}, "exact is of protocol 'extended', not of"),
        ({'groups': GROUPS, 'consensus': True}, "protocols 'flickr-soundnet' and 'extended', not"),
    ):
        with pytest.raises(ValueError, match=message):
            evaluate(MAPS, BOXES, 'height', **options)


def samples_of(protocol):
    samples = []
    for i in range(COUNT):
        steps = torch.from_numpy(np.stack([MAPS[i], MAPS[i - 1], MAPS[i - 2]]))
        sample = {'video_id': IDS[i], 'gt_boxes': torch.tensor(BOXES[i]), 'pred_map': steps}
        if not PROTOCOLS[protocol].per_frame:
            sample.update(moment=0.05, group=GROUPS[i])
        samples.append(sample)
    return samples


def measured(protocol, batch_size):
    metric = METRIC_TYPES.build(dict(type='mmssl.SoundLocalizationMetric', protocol=protocol))
    samples = samples_of(protocol)
    for start in range(0, COUNT, batch_size):
        metric.process({}, samples[start : start + batch_size])
    return metric.evaluate(COUNT)


@pytest.mark.parametrize('batch_size', [1, 3, 7])
def test_the_metric_knows_it(batch_size):
    found = measured('height', batch_size)
    result = evaluate(MAPS, BOXES, 'height', groups=GROUPS)
    assert {name: found[f'loc/{name}'] for name in METRICS['height']} == result.metrics
    assert found['loc/ceiling/height'] == 1.0
    assert found['loc/centre_disc/height'] == result.priors['centre_disc']['height']
    assert (found['loc/low/height'], found['loc/high/height']) == result.intervals['height']
    found = measured('frames', batch_size)
    steps = [MAPS[i - step] for i in range(COUNT) for step in range(3)]
    boxes = [box for box in BOXES for _ in range(3)]
    result = evaluate(steps, boxes, 'frames', groups=[name for name in IDS for _ in range(3)])
    assert {name: found[f'loc/{name}'] for name in METRICS['frames']} == result.metrics
    assert (found['loc/samples'], found['loc/evaluated']) == (3 * COUNT, COUNT)


def test_its_metrics_can_be_named():
    evaluator = dict(type='mmssl.SoundLocalizationMetric', protocol='height')
    data = dict(dataset=dict(type='mmssl.AudioVisualDataset', boxes_file='boxes.json'))
    config = Config(dict(test_dataloader=data, test_evaluator=evaluator))
    choose_metrics(config, ['group_height'])
    assert config.test_evaluator == [{**evaluator, 'metrics': ['group_height']}]
    assert {'height', 'group_height'} < set(metric_names())


@pytest.fixture
def files(tmp_path):
    entries = [
        {'file': name, 'class': 'dog', 'bbox': boxes.tolist(), 'group': group}
        for name, boxes, group in zip(IDS, BOXES, GROUPS)
    ]
    (tmp_path / 'boxes.json').write_text(json.dumps(entries))
    np.savez(tmp_path / 'maps.npz', **dict(zip(IDS, MAPS)))
    near = [boxes_to_mask(b).astype('f') for b in BOXES]
    np.savez(tmp_path / 'near.npz', **dict(zip(IDS, near)))
    frames = [sample['pred_map'].numpy() for sample in samples_of('frames')]
    np.savez(tmp_path / 'frames.npz', **dict(zip(IDS, frames)))
    return tmp_path


def command(folder, *words):
    return main([str(word) for word in (*words, '--out', folder / 'out')])


def test_the_command_knows_it(files, capsys):
    truth = ('--truth', files / 'boxes.json')
    maps = (files / 'maps.npz', files / 'near.npz')
    assert command(files, 'evaluate', *maps, *truth, '--protocol', 'height') == 0
    printed = capsys.readouterr().out
    result = evaluate(MAPS, BOXES, 'height', groups=GROUPS)
    found = json.loads((files / 'out/maps.json').read_text())
    assert found['metrics'] == result.metrics
    assert found['settings']['protocol'] == 'height'
    assert f'maps/height {result.metrics["height"]:>25.4f}' in printed
    with open(files / 'out/maps.csv', newline='') as file:
        assert [float(row['height']) for row in csv.DictReader(file)] == heights(MAPS)
    compared = json.loads((files / 'out/comparison.json').read_text())
    assert compared['metrics']['near']['height'] == 1.0
    words = ('evaluate', files / 'frames.npz', *truth, '--protocol', 'frames', '--preset', 'lvs')
    assert command(files, *words) == 0
    found = json.loads((files / 'out/frames.json').read_text())
    assert found['counts'] == {
        'samples': 3 * COUNT, 'constant_maps': 6, 'empty_truths': 0, 'groups': COUNT
    }  # fmt: skip
    assert main(['report', '--help']) == 0
    assert 'height' not in capsys.readouterr().out


def test_a_name_is_given_once():
    class Other(Height):
        name = 'vggss'

    with pytest.raises(ValueError, match=r"'vggss' is already mmssl\S+VggSs: change"):
        register(Other)
    register(Height)  # the same lines, run again


def test_a_column_that_is_not_scored_is_named():
    class Forgetful(Height):
        name = 'forgetful'
        columns = ('height', 'depth')

    protocol = register(Forgetful)
    try:
        with pytest.raises(ValueError, match=r"score\(\) of protocol 'forgetful' returns no depth"):
            evaluate(MAPS, BOXES, 'forgetful', groups=GROUPS)
    finally:
        del PROTOCOLS[protocol.name]


@pytest.mark.parametrize(
    ('facts', 'line'),
    [
        ({'name': None}, r'protocol Wrong: name is None, expected a text'),
        ({'name': ''}, r"name is '', expected a text"),
        ({'metric_names': None}, r'metric_names is None, expected a tuple'),
        ({'metric_names': 'height'}, r"metric_names is 'height', expected a tuple"),
        ({'metric_names': ()}, r'metric_names is empty, expected at least one'),
        ({'columns': ['height']}, r"columns is \['height'\], expected a tuple"),
        ({'default_preset': 'vgss'}, r"default_preset is 'vgss', expected one of \('vggss'"),
        ({'score': Protocol.score}, r'score\(\) is missing, expected a method'),
        ({'tabulate': Protocol.tabulate}, r'tabulate\(\) is missing, expected a method'),
    ],
)
def test_an_incomplete_class_is_not_registered(facts, line):
    wrong = type('Wrong', (Height,), {'name': 'wrong', **facts})
    with pytest.raises(ValueError, match=line):
        register(wrong)
    for thing in (wrong(None), dict, 'height'):
        with pytest.raises(ValueError, match='is not a protocol, expected a sub'):
            register(thing)
    assert not {'wrong', '', None} & set(PROTOCOLS)


class Talkative(Height):
    """Gives a metric that it does not name."""

    name = 'talkative'
    metric_names = ('group_height',)


class Short(Height):
    """Gives a number for a whole batch."""

    name = 'short'

    def score(self, batch):
        return {**super().score(batch), 'height': 0.5}


@pytest.mark.parametrize(
    ('wrong', 'line'),
    [
        (Talkative, r"protocol 'talkative' returns \['height'\], expected names in its"),
        (Short, r"protocol 'short' returns 'height' of shape \(\) for 7 samples, expected \(7,\)"),
    ],
)
def test_a_wrong_step_is_named_when_it_is_first_taken(wrong, line):
    register(wrong)
    try:
        with pytest.raises(ValueError, match=line):
            evaluate(MAPS, BOXES, wrong.name, groups=GROUPS)
    finally:
        del PROTOCOLS[wrong.name]


def test_every_protocol_has_the_same_shape():
    for name, protocol in PROTOCOLS.items():
        assert protocol.name == name
        assert protocol.__doc__
        assert protocol.metric_names == METRICS[name]
        assert len(set(protocol.column_names())) == len(protocol.column_names())
        for step in ('score', 'tabulate'):
            assert getattr(protocol, step) is not getattr(Protocol, step)
    assert make_protocol('avsbench').numbers() == {
        'protocol': 'avsbench', 'preset': 'vggss', 'threshold': None, 'tau': 0.03, 'alpha': 0.4,
        'exact': False, 'consensus': False,
    }  # fmt: skip


def modules(folder='mmssl'):
    return {path: ast.parse(path.read_text()) for path in (ROOT / folder).rglob('*.py')}


def test_names_of_protocols_are_compared_nowhere():
    """A protocol's name stands in its own module, as a default, and in texts."""
    for path, tree in modules().items():
        for node in ast.walk(tree):
            if not isinstance(node, ast.Compare):
                continue
            parts = [node.left, *node.comparators]
            of_protocol = any('protocol' in ast.unparse(part) for part in parts)
            literals = [
                leaf.value
                for part in parts
                for leaf in ast.walk(part)
                if isinstance(leaf, ast.Constant) and leaf.value in PROTOCOLS
            ]
            assert not (of_protocol and literals), f'{path}: {ast.unparse(node)}'


#: Floors of the evaluation, from below.
FLOORS = (
    ('functional', 'map_files'), ('table',), ('protocols',), ('inputs',), ('samples',), ('reduce',),
    ('evaluate', 'labels'), ('threshold',), ('metrics',),
)  # fmt: skip


def test_imports_of_the_evaluation_go_down():
    floors = {name: floor for floor, names in enumerate(FLOORS) for name in names}
    home = ROOT / 'mmssl/evaluation'
    for path, tree in modules('mmssl/evaluation').items():
        parts = path.relative_to(home).with_suffix('').parts
        if parts == ('__init__',):
            continue
        for node in ast.walk(tree):
            if not isinstance(node, ast.ImportFrom) or node.level != len(parts):
                continue
            names = [node.module.split('.')[0]] if node.module else [a.name for a in node.names]
            for name in names:
                assert floors[name] < floors[parts[0]], f'{path} imports {name}'
