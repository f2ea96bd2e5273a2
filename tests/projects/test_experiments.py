"""What the experiments share: true moments, jobs that run once, verdicts."""

import json
import os
import signal
import subprocess
import sys

import numpy as np
import pytest

from mmssl.datasets.annotations import read_boxes, read_moments
from projects.experiments import Cell, Job, JobError, compare, run_jobs
from projects.experiments.cells import HELD, NOT_HELD, UNDECIDED
from projects.experiments.true_moments import (
    write_event_moments,
    write_subsets,
    write_true_boxes,
)

from ..conftest import ROOT
from ..warm import wait_until


def test_truth_of_the_training_clips(shapes, tmp_path):
    write_event_moments(shapes, tmp_path / 'moments.json')
    moments = read_moments(tmp_path / 'moments.json')
    assert len(moments) == 16
    places = set()
    for name in moments:
        truth = json.loads((shapes / f'truth/{name}.json').read_text())
        start, end = truth['event']
        assert start < moments[name][0] < end
        places.add(round((moments[name][0] - start) / (end - start), 1))
    assert len(places) > 3  # not always the same part of the event
    name = next(iter(moments))
    (tmp_path / 'two.json').write_text(
        json.dumps({name: [{'time': float(moments[name][0])}], **outside_of_event(shapes, moments)})
    )
    write_true_boxes(shapes, tmp_path / 'two.json', tmp_path / 'boxes.json')
    (entry,) = read_boxes(tmp_path / 'boxes.json')
    truth = json.loads((shapes / f'truth/{name}.json').read_text())
    assert entry['video_id'] == name
    assert entry['boxes'][0].tolist() == truth['boxes'][int(moments[name][0] * 10)]


def outside_of_event(shapes, moments):
    """A moment at which nothing sounds visibly."""
    for name in list(moments)[1:]:
        boxes = json.loads((shapes / f'truth/{name}.json').read_text())['boxes']
        if None in boxes:
            return {name: [{'time': boxes.index(None) / 10 + 0.05}]}
    raise AssertionError('every event fills its clip')


def test_more_clips_than_there_are_is_an_error(shapes):
    with pytest.raises(ValueError, match='has 16 training clips, expected at least 17'):
        write_subsets(shapes, [17])


def python(name, code, *needs):
    return Job(name, (sys.executable, '-c', code), needs)


def test_jobs_run_once_in_order_and_failures_name_their_log(tmp_path):
    def append(name):
        return f'open({str(tmp_path / "order")!r}, "a").write({name!r})'

    jobs = [
        python('a', append('a')),
        python('b/c', append('b'), 'a'),
        python('bad', 'import sys; sys.exit("no good")', 'b/c'),
        python('after', append('d'), 'bad'),
    ]
    with pytest.raises(JobError, match=r'bad failed with status 1, see .*bad/log\.txt'):
        run_jobs(jobs, tmp_path)
    assert 'no good' in (tmp_path / 'bad/log.txt').read_text()
    assert (tmp_path / 'order').read_text() == 'ab'
    jobs[2] = python('bad', append('c'), 'b/c')
    run_jobs(jobs, tmp_path)
    assert (tmp_path / 'order').read_text() == 'abcd'
    # A time is only kept where nothing interrupted it.
    times = [json.loads((tmp_path / f'{n}/done.json').read_text())['seconds'] for n in ('a', 'bad')]
    assert times[0] >= 0
    assert times[1] is None
    with pytest.raises(ValueError, match='workers is 0'):
        run_jobs(jobs, tmp_path, workers=0)


def test_a_killed_run_keeps_the_folder_until_its_jobs_end(tmp_path):
    started, go = tmp_path / 'started', tmp_path / 'go'
    code = (
        f'import os, time\nopen({str(started)!r}, "w").close()\n'
        f'while not os.path.exists({str(go)!r}): time.sleep(0.02)'
    )
    job = f'Job("slow", ({sys.executable!r}, "-c", {code!r}))'
    main = f'from projects.experiments import Job, run_jobs\nrun_jobs([{job}], {str(tmp_path)!r})'
    environment = {**os.environ, 'PYTHONPATH': str(ROOT)}
    process = subprocess.Popen([sys.executable, '-c', main], env=environment)
    wait_until(started.exists)
    process.send_signal(signal.SIGKILL)
    process.wait()
    slow = Job('slow', (sys.executable, '-c', code))
    with pytest.raises(ValueError, match='another run works here, or a job that a killed run left'):
        run_jobs([slow], tmp_path)
    go.touch()

    def runs():
        try:
            run_jobs([slow], tmp_path)
        except ValueError:
            return False
        return True

    wait_until(runs)  # the orphan ends, and with it its claim
    assert (tmp_path / 'slow/done.json').exists()


def test_verdicts_by_hand():
    low, high, between = Cell((0.1, 0.2)), Cell((0.3, 0.4)), Cell((0.15, 0.35))
    assert compare(high, low) == HELD
    assert compare(low, high) == NOT_HELD
    assert compare(between, low) == compare(low, between) == UNDECIDED
    assert compare(Cell((1.0,)), Cell((0.0,))) == UNDECIDED  # one seed proves nothing
    assert compare(low, low) == UNDECIDED
    cell = Cell((0.1, 0.2, 0.6))
    assert cell.mean == pytest.approx(0.3)
    assert cell.spread == pytest.approx(np.std([0.1, 0.2, 0.6], ddof=1))
    assert str(cell) == '0.300 ± 0.265'
