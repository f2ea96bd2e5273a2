"""The league: its jobs, its choice, how fast maps follow, and what its page says."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from mmengine.config import Config, DictAction

from mmssl.apis.config import numbered, read_config
from projects.experiments import Cell
from projects.experiments.pages import write_between
from projects.league import TRIAL, Scale, plan_league, select_jobs
from projects.league.choose import choose
from projects.league.cost import cost_of
from projects.league.follow import AFTER, BEFORE, Followed, follow_curve, peaks_inside, summary
from projects.league.methods import METHODS, OURS, PICTURE_METHODS, RATES
from projects.league.plan import KINDS, LEVELS
from projects.league.write import COLUMNS, gap_share, write_league

from ..conftest import ROOT
from ..warm import run_tool


def planned(folder, scale=TRIAL):
    return {job.name: job for job in plan_league(folder, scale, ROOT)}


def test_every_job_comes_after_its_needs(tmp_path):
    scale, seen = Scale(), set()
    jobs = plan_league(tmp_path, scale, ROOT)
    for job in jobs:
        assert set(job.needs) <= seen, job.name
        seen.add(job.name)
    assert len(seen) == len(jobs)
    count = len(METHODS)
    # Two collections, moments, three networks; the grid; finals with two tests, modes of ours.
    level = 6 + count * (2 * scale.grid + 1) + scale.seeds * (3 * count + len(OURS))
    moments = scale.seeds * (1 + 2 * len(PICTURE_METHODS) * len(KINDS))
    assert len(jobs) == len(LEVELS) * level + moments


def test_a_night_on_two_cores_is_enough():
    seconds = sum(job.seconds for job in plan_league(Path('league'), Scale(), ROOT))
    assert seconds / 2 < 10 * 3600


def test_everybody_tries_as_many_settings_and_sees_as_many_clips(tmp_path):
    jobs = planned(tmp_path, Scale())
    for name, method in METHODS.items():
        assert len(RATES) * len(method.values) == Scale.grid
        command = jobs[f'level-2/{name}/chosen'].command
        assert command.count('--candidate') == Scale.grid
        # The first value is the config's own.
        place = read_config(str(ROOT / 'configs' / f'{method.config}.py')).model
        *path, last = method.number.removeprefix('model.').split('.')
        for part in path:
            place = place[part]
        own = {'dropout': 0.0, 'tau': 0.03, 'weights': '[100,100,100]'}
        own['thresholds'] = '[0.65,0.4]'
        assert place.get(last, own.get(last)) == method.values[0], name
    finals = [job for name, job in jobs.items() if name.rsplit('/', 1)[-1] == 'seed-1']
    epochs = {job.command[job.command.index('--epochs') + 1] for job in finals}
    data = {job.command[job.command.index('--data-root') + 1] for job in finals}
    assert epochs == {str(Scale.epochs)}
    assert len(data) == len(LEVELS)


def test_networks_cost_about_the_same():
    macs = [cost_of(name, ROOT).macs for name in METHODS]
    assert max(macs) < 2 * min(macs)


def test_options_of_every_training_are_of_its_config(tmp_path):
    """An override that names nothing would be ignored silently."""
    optional = {'fc', 'dropout', 'tau', 'thresholds', 'weights', 'boxes', 'moments_file', 'top_k'}
    optional |= {'boxes_file', 'backbone', 'audio_backbone', 'teacher', 'supervised'}
    optional |= {'unsupervised', 'embedding_channels', 'momentum', 'largest_angle', 'scale'}
    for job in planned(tmp_path).values():
        if '--cfg-options' not in job.command or '--candidate' in job.command:
            continue
        path = Path(job.command[2])
        if not path.exists():  # the chosen one, which is a method's
            method = METHODS[path.parts[-3]]
            path = ROOT / 'configs' / f'{method.config}.py'
        config = Config.fromfile(path)
        for option in job.command[job.command.index('--cfg-options') + 1 :]:
            key, _, value = option.partition('=')
            place = config
            *parts, last = numbered(key, config.to_dict()).split('.')
            for part in parts:
                place = place[int(part)] if part.isdigit() else place.get(part, {})
            assert last in place or last in optional, option
            assert DictAction._parse_int_float_bool(value) is not None


def test_a_piece_of_the_league_brings_what_it_needs(tmp_path):
    jobs = plan_league(tmp_path, TRIAL, ROOT)
    names = {job.name for job in select_jobs(jobs, ['level-1'], ['lvs'])}
    assert {'level-1/data', 'level-1/picture', 'level-1/lvs/seed-0-test'} <= names
    assert not any('ours' in name or 'level-2' in name or 'selected' in name for name in names)
    moments = {job.name for job in select_jobs(jobs, ['moments'], ['lvs'])}
    # Moments are those that ours selects.
    assert {'level-1/ours/seed-0-mined', 'level-1/lvs/ten-best/seed-0-test'} <= moments
    assert 'level-1/lvs/seed-0' not in moments
    assert select_jobs(jobs) == jobs


def test_the_best_of_the_validation_clips_becomes_the_config(tmp_path):
    for name, value in (('low', 0.2), ('high', 0.6), ('same', 0.6)):
        content = {'vggss': {'ciou_adaptive': value, 'pointing': 1 - value}}
        (tmp_path / f'{name}.json').write_text(json.dumps(content))
    files = [str(tmp_path / f'{name}.json') for name in ('low', 'high', 'same')]
    assert choose([(path, ()) for path in files]) == (1, [0.2, 0.6, 0.6])
    rates = ('optim_wrapper.optimizer.lr=0.0003', 'optim_wrapper.optimizer.lr=0.003')
    done = run_tool(
        *('-m', 'projects.league.choose', ROOT / 'configs/lvs/lvs_r18-small_soundingshapes.py'),
        *('--cfg-options', 'model.weights.backbone=picture.pth'),
        *('--candidate', files[0], rates[0], 'model.cls_head.thresholds=[0.65,0.4]'),
        *('--candidate', files[1], rates[1], 'model.cls_head.thresholds=[0.5,0.25]'),
        *('--out', tmp_path / 'config.py'),
    )
    assert done.status == 0, done.errors
    config = read_config(str(tmp_path / 'config.py'))
    assert config.optim_wrapper.optimizer.lr == 0.003
    assert list(config.model.cls_head.thresholds) == [0.5, 0.25]
    assert config.model.weights.backbone == 'picture.pth'
    listed = json.loads((tmp_path / 'config.json').read_text())
    assert [row['chosen'] for row in listed] == [False, True]


LEFT, RIGHT = [[0.0, 0.0, 0.5, 1.0]], [[0.5, 0.0, 1.0, 1.0]]


def maps_of(sides):
    """Maps of two cells, whose peak is left or right, or that have none."""
    values = {'l': [[1.0, 0.0]], 'r': [[0.0, 1.0]], '-': [[0.5, 0.5]]}
    return np.array([values[side] for side in sides])


def test_delays_by_hand():
    # The sound changes sides at steps 3 and 7; the map follows after 2 steps, then never.
    boxes = [LEFT] * 3 + [RIGHT] * 4 + [LEFT] * 3
    inside = peaks_inside(maps_of('l-lllrrrrr'), boxes)
    assert inside.tolist() == [True, False, True, False, False, True, True, False, False, False]
    clip = Followed(inside, [3, 7])
    assert clip.delays() == [2, None]
    at_once = Followed(peaks_inside(maps_of('lllrrrrlll'), boxes), [3, 7])
    assert at_once.delays() == [0, 0]
    numbers = summary([clip, at_once])
    assert numbers['median_delay'] == 0
    assert numbers['followed'] == 0.75
    assert numbers['inside'] == pytest.approx((4 + 10) / 20)
    assert numbers['delays'] == [2, None, 0, 0]
    assert summary([clip, clip])['median_delay'] == 0.2
    assert summary([Followed(np.zeros(9, bool), [4])])['median_delay'] == float('inf')


def test_the_curve_counts_only_neighbouring_turns():
    inside = np.array([1, 1, 1, 0, 0, 1, 1, 0, 0, 0], bool)
    curve = follow_curve([Followed(inside, [3, 7])])
    assert len(curve) == BEFORE + AFTER
    # Three steps before the first change, four before the second: 0 and 1 at the fourth.
    assert curve[BEFORE - 4 : BEFORE] == [0, 0.5, 1, 1]
    assert curve[BEFORE : BEFORE + 4] == [0, 0, 0.5, 1]
    assert curve[BEFORE + 4] is None
    assert curve[BEFORE - 5] is None
    with pytest.raises(ValueError, match='2 maps with the boxes of 1 steps'):
        peaks_inside(maps_of('lr'), [LEFT])
    assert peaks_inside(maps_of('l'), [[]]).tolist() == [False]


def test_the_share_of_the_gap_by_hand():
    mid, half, event = Cell((0.5, 0.7)), Cell((0.6, 0.8)), Cell((0.7, 0.9))
    assert gap_share(half, mid, event) == '0.50'
    assert gap_share(half, event, mid) is None
    assert gap_share(None, mid, event) is None


def test_the_page_says_what_was_measured_and_what_was_not(tmp_path):
    page = tmp_path / 'league.md'
    page.write_text(
        'Before.\n<!-- written: make league -->\n<!-- end of what make league wrote -->\nAfter.\n'
    )
    scale = Scale(seeds=2)
    write_league(tmp_path, scale, page)
    text = page.read_text()
    assert text.startswith('Before.')
    assert text.endswith('After.\n')
    assert not (tmp_path / 'images').exists()
    for seed in range(2):
        for name, value in (('ours', 0.8), ('lvs', 0.6)):
            score(tmp_path, f'level-1/{name}/seed-{seed}-test', value + seed / 100)
        follow(tmp_path, f'level-1/lvs/seed-{seed}-follow', 0.3 if seed else float('inf'))
    score(tmp_path, 'level-1/ez-vsl/seed-0-test', 0.1)  # the other seed is missing
    write_league(tmp_path, scale, page)
    lines = page.read_text().splitlines()
    cell = '0.805 ± 0.007'
    assert f'| ours, individual layers | {" | ".join([cell] * len(COLUMNS))} |' in lines
    assert '| LVS | **held** | 0.200 ± 0.000 |' in lines
    assert '| LVS | 0.500 - 0.700; 0.510 - 0.710 |' in lines
    assert '| LVS, level 1 | never; 0.3 | 0.500 ± 0.000 | 0.400 ± 0.000 |' in lines
    missing = next(line for line in lines if line.startswith('Not run yet: ours, shared'))
    assert 'EZ-VSL' in missing
    assert 'LVS' not in missing
    assert (tmp_path / 'images/league.png').exists()
    again = page.read_text()
    write_league(tmp_path, scale, page)
    assert page.read_text() == again


def follow(folder, name, delay):
    numbers = {'median_delay': delay, 'followed': 0.5, 'inside': 0.4}
    (folder / name).mkdir(parents=True)
    numbers['curve'] = [None] + [0.5] * (BEFORE + AFTER - 1)
    (folder / name / 'follow.json').write_text(json.dumps(numbers))


def score(folder, name, value):
    numbers = {}
    for protocol, metric in COLUMNS:
        numbers.setdefault(protocol, {})[metric] = value
    ends = {'low/ciou_adaptive': value - 0.1, 'high/ciou_adaptive': value + 0.1}
    numbers['vggss'] |= {**ends, 'centre_disc/ciou_adaptive': 0.3}
    (folder / name).mkdir(parents=True)
    (folder / name / 'scores.json').write_text(json.dumps(numbers))


def test_a_page_without_marks_is_refused(tmp_path):
    page = tmp_path / 'page.md'
    page.write_text('Something else.')
    with pytest.raises(ValueError, match='lacks the marks'):
        write_between(page, 'make league', 'text')
    assert page.read_text() == 'Something else.'


def test_dry_run_lists_jobs_and_runs_none(tmp_path):
    command = ['-m', 'projects.league', '--dry-run', '--only', 'level-1', '--methods', 'lvs']
    place = tmp_path / 'work'
    done = subprocess.run(
        [sys.executable, *command, '--workers', '2', '--work-dir', place],
        capture_output=True, text=True, cwd=ROOT,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    *jobs, total = done.stdout.splitlines()
    assert jobs[0].split()[1] == 'level-1/data'
    assert total.startswith(f'{len(jobs)} jobs; ')
    assert not place.exists()
    refused = run_tool('-m', 'projects.league', '--trial', '--clips', '7', '--dry-run')
    assert refused.status == 2
    assert '--trial sets all numbers, and clips is given' in refused.errors
