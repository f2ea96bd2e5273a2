"""mmssl evaluate, run as a user runs it."""

import csv
import json

import numpy as np
import pytest

from mmssl.evaluation import evaluate, paired_differences
from mmssl.evaluation.functional import boxes_to_mask

from .. import evaluation_references as plain
from ..test_end_to_end import run as run_python

COUNT = 12
BOXES = plain.make_boxes(1, COUNT)
IDS = [f'abcdefghij{i:x}_{i:06d}' for i in range(COUNT)]
MAPS = {
    'noise': plain.make_maps(3, COUNT, 7),
    'near': [boxes_to_mask(b) + 0.01 * m for b, m in zip(BOXES, plain.make_maps(5, COUNT, 224))],
}


def run(*arguments, ok=True):
    return run_python('-m', 'mmssl', 'evaluate', *arguments, ok=ok)


@pytest.fixture(scope='module')
def files(tmp_path_factory):
    """An annotation file, a folder of npy files without the last clip, an archive of all."""
    folder = tmp_path_factory.mktemp('files')
    entries = [
        {'file': name, 'class': 'dog', 'bbox': boxes.tolist(), 'group': f'picture {i // 2}'}
        for i, (name, boxes) in enumerate(zip(IDS, BOXES))
    ]
    (folder / 'boxes.json').write_text(json.dumps(entries))
    (folder / 'noise').mkdir()
    for i, (name, values) in enumerate(zip(IDS[:-1], MAPS['noise'])):
        # The millisecond form names the same clip.
        name = name if i else f'{name[:11]}_0_10000'
        np.save(folder / f'noise/{name}.npy', values)
    np.save(folder / 'noise/stranger.npy', values)
    np.savez(folder / 'near.npz', **dict(zip(IDS, MAPS['near'])))
    return folder


def test_methods_are_scored_and_compared(files, tmp_path):
    printed = run(
        files / 'noise', files / 'near.npz', '--truth', files / 'boxes.json', '--out', tmp_path
    )
    groups = [f'picture {i // 2}' for i in range(COUNT)]
    noise = evaluate(MAPS['noise'][:-1], BOXES[:-1], groups=groups[:-1], ids=IDS[:-1])
    near = evaluate(MAPS['near'], BOXES, groups=groups, ids=IDS)
    found = {name: json.loads((tmp_path / f'{name}.json').read_text()) for name in MAPS}
    for name, result in (('noise', noise), ('near', near)):
        assert found[name]['metrics'] == result.metrics
        assert found[name]['priors'] == result.priors
        assert found[name]['settings']['preset'] == 'vggss'
    assert (found['noise']['evaluated'], found['noise']['expected']) == (11, 12)
    assert (tmp_path / 'noise_missing.txt').read_text() == f'{IDS[-1]}\n'
    assert (tmp_path / 'near_missing.txt').read_text() == ''
    with open(tmp_path / 'noise.csv', newline='') as file:
        rows = list(csv.DictReader(file))
    assert [row['id'] for row in rows] == IDS[:-1]
    assert [float(row['ciou']) for row in rows] == noise.per_sample['ciou'].tolist()
    common = evaluate(MAPS['near'][:-1], BOXES[:-1], groups=groups[:-1], ids=IDS[:-1])
    comparison = json.loads((tmp_path / 'comparison.json').read_text())
    assert comparison['samples'] == 11
    assert comparison['differences']['noise - near'] == paired_differences(noise, common)
    assert 'noise: evaluated 11 of 12 samples' in printed
    assert 'noise: 1 of 12 have no map' in printed
    assert "1 maps belong to no annotation, ['stranger']" in printed
    line = next(line for line in printed.splitlines() if line.startswith('near/auc '))
    assert line.split()[1] == f'{near.metrics["auc"]:.4f}'
    assert 'comparison on 11 common samples' in printed


def test_methods_are_compared_without_intervals(files, tmp_path):
    places = '--truth', files / 'boxes.json', '--out', tmp_path, '--resamples', 0
    printed = run(files / 'noise', files / 'near.npz', *places)
    assert '(first - second)' in printed
    found = json.loads((tmp_path / 'comparison.json').read_text())['differences']['noise - near']
    assert found['auc'].keys() == {'difference'}


def test_extended_with_lists(files, tmp_path):
    """Eight clips sound, two that nothing annotates do not."""
    flags = {**dict.fromkeys(IDS[:8], 1), 'silent': 0, 'mute': 0}
    maps = {**dict(zip(IDS, MAPS['near'])), 'silent': MAPS['noise'][0], 'mute': MAPS['noise'][3]}
    np.savez(tmp_path / 'all.npz', **maps)
    lines = [f'{name},{flag}' for name, flag in flags.items()]
    (tmp_path / 'sounding.csv').write_text('\n'.join(['id,sounding', *lines]))
    run(
        tmp_path / 'all.npz', '--truth', files / 'boxes.json', '--protocol', 'extended',
        '--preset', 'slavc', '--exact', '--sounding', tmp_path / 'sounding.csv', '--out', tmp_path,
    )  # fmt: skip
    expected = evaluate(
        [maps[name] for name in flags],
        [*BOXES[:8], np.zeros((0, 4)), np.zeros((0, 4))],
        'extended',
        preset='slavc',
        sounding=list(flags.values()),
        exact=True,
    )
    assert json.loads((tmp_path / 'all.json').read_text())['metrics'] == expected.metrics


def test_wrong_files_are_refused(files, tmp_path):
    truth = ('--truth', files / 'boxes.json', '--out', tmp_path)
    (tmp_path / 'ids.txt').write_text('nobody\n')
    printed = run(files / 'near.npz', *truth, '--ids', tmp_path / 'ids.txt', ok=False)
    assert "none of its 1 identifiers is annotated, e.g. 'nobody'" in printed
    np.savez(tmp_path / 'other.npz', stranger=MAPS['noise'][0])
    printed = run(tmp_path / 'other.npz', *truth, ok=False)
    assert "maps are named like 'stranger', annotations like 'abcdefghij0_000000'" in printed
    np.savez(tmp_path / 'bad.npz', **{IDS[3]: np.full((7, 7), np.nan)})
    printed = run(tmp_path / 'bad.npz', *truth, ok=False)
    assert f'{IDS[3]}: map has NaN' in printed
    assert 'Traceback' not in printed
    np.savez(tmp_path / 'words.npz', **dict.fromkeys(IDS, np.array([['loud', 'low']])))
    for options in ((), ('--choose-threshold',)):
        printed = run(tmp_path / 'words.npz', *truth[:2], *options, ok=False)
        assert f'mmssl: error: {IDS[0]}: map of type <U4 is not an array of numbers' in printed


def test_a_list_may_name_clips_without_annotation(files, tmp_path):
    """As the list of all intact clips on a disk does."""
    (tmp_path / 'clean.txt').write_text(f'{IDS[2]}\nsomebody\n{IDS[0]}\nelse\n')
    printed = run(
        files / 'near.npz', files / 'boxes.json', '--ids', tmp_path / 'clean.txt', '--out', tmp_path
    )
    line = "2 of 4 identifiers are not annotated and are left out, ['somebody', 'else'] among them"
    assert f'{tmp_path}/clean.txt: {line}' in printed
    assert 'near: evaluated 2 of 2 samples' in printed


def test_counts_are_whole_numbers_and_shares_are_not(files, tmp_path):
    (tmp_path / 'one.txt').write_text(IDS[0])
    printed = run(
        files / 'near.npz', files / 'boxes.json', '--ids', tmp_path / 'one.txt', '--out', tmp_path
    )
    cells = {line.split()[0]: line.split()[1] for line in printed.splitlines() if '/' in line}
    assert (cells['near/samples'], cells['near/constant_maps']) == ('1', '0')
    assert cells['near/ciou'] in ('0.0000', '1.0000')


def test_a_threshold_is_chosen_on_a_validation_split(files, tmp_path):
    """Maps that are 5 inside the boxes, and noise below 1 elsewhere."""
    for name, boxes, noise in zip(IDS, BOXES, plain.make_maps(7, COUNT, 224)):
        inside = boxes_to_mask(boxes)
        np.save(tmp_path / f'{name}.npy', np.where(inside, 5.0, np.clip(noise, -1, 1)))
    printed = run(tmp_path, '--truth', files / 'boxes.json', '--choose-threshold')
    word, threshold, *rest = printed.strip().splitlines()[-1].replace(':', '').split()
    assert word == 'threshold'
    assert 0.9 < float(threshold) <= 5
    assert f'1.0000 on {COUNT} samples' in ' '.join(rest)
    (tmp_path / f'{IDS[0]}.npy').unlink()
    output = run(tmp_path, '--truth', files / 'boxes.json', '--choose-threshold', ok=False)
    assert f"1 maps are missing, ['{IDS[0]}'] among them" in output


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        (['--protocol', 'video', '--choose-threshold'], 'does not use --protocol: leave'),
        (
            ['--choose-threshold', '--out', 'x', '--sounding', 'near.npz'],
            'not use --sounding, --out:',
        ),
        (['near.npz', '--choose-threshold'], 'maps of one method, got 2'),
        (['--sounding', 'near.npz'], "near.npz would not be used by protocol 'vggss'"),
        (['--pairs', 'near.npz'], "near.npz would not be used with form 'vggss'"),
    ],
)
def test_options_without_a_meaning_are_refused(files, options, message):
    options = [files / word if word.endswith('.npz') else word for word in options]
    assert message in run(files / 'near.npz', *options, '--truth', files / 'boxes.json', ok=False)


def test_swapped_boxes_are_reported_and_score_as_before(files, tmp_path):
    entries = json.loads((files / 'boxes.json').read_text())
    x0, y0, x1, y1 = entries[0]['bbox'][0]
    entries[0]['bbox'] = [[x1, y0, x0, y1]]
    (tmp_path / 'boxes.json').write_text(json.dumps(entries))
    printed = run(files / 'near.npz', '--truth', tmp_path / 'boxes.json', '--out', tmp_path / 'out')
    assert '1 of zero area (1 with x1 < x0 or y1 < y0), 1 entries without any truth' in printed
    found = json.loads((tmp_path / 'out/near.json').read_text())
    assert found['counts']['empty_truths'] == 1
    boxes = [np.zeros((0, 4)), *BOXES[1:]]
    groups = [f'picture {i // 2}' for i in range(COUNT)]
    assert found['metrics'] == evaluate(MAPS['near'], boxes, groups=groups, ids=IDS).metrics


def test_extended_needs_its_pairs(files, tmp_path):
    output = run(
        files / 'near.npz', '--truth', files / 'boxes.json', '--form', 'extended', ok=False
    )
    assert 'give --pairs FILE' in output


def test_consensus_is_refused_where_it_would_change_the_truth(files, tmp_path):
    output = run(files / 'near.npz', '--truth', files / 'boxes.json', '--consensus', ok=False)
    assert "is of protocols 'flickr-soundnet' and 'extended'" in output
