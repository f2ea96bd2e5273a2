"""The progress of long tasks, in a log and on a terminal."""

import pytest

from mmssl import progress
from mmssl.progress import track


@pytest.fixture
def clock(monkeypatch):
    """A clock that advances with the items."""
    now = [0.0]
    monkeypatch.setattr(progress.time, 'monotonic', lambda: now[0])
    return now


def spend(clock, seconds, count):
    for item in range(count):
        clock[0] += seconds
        yield item


def test_a_log_tells_at_once_then_every_ten_seconds_then_the_time_it_took(clock, capsys):
    assert list(track(spend(clock, 4, 10), 'decoding', 10)) == list(range(10))
    assert capsys.readouterr().out.splitlines() == [
        'decoding: 0 of 10',
        'decoding: 3 of 10, 0:00:28 remaining',
        'decoding: 6 of 10, 0:00:16 remaining',
        'decoding: 9 of 10, 0:00:04 remaining',
        'decoding: 10 of 10, took 0:00:40',
    ]


def test_work_of_hours_of_unknown_length_and_of_nothing(clock, capsys):
    list(track(spend(clock, 4000, 2), 'mining', 2))
    list(track(spend(clock, 1, 3), 'reading'))
    list(track([], 'checking'))
    assert capsys.readouterr().out.splitlines() == [
        'mining: 0 of 2',
        'mining: 1 of 2, 1:06:40 remaining',
        'mining: 2 of 2, took 2:13:20',
        'reading: 0',
        'reading: 3',
        'checking: 0 of 0, took 0:00:00',
    ]


def test_a_terminal_gets_a_bar_and_who_is_not_to_talk_is_silent(capsys, monkeypatch):
    assert list(track([1, 2], 'quiet', disable=True)) == [1, 2]
    assert capsys.readouterr().out == ''
    monkeypatch.setenv('FORCE_COLOR', '1')
    assert list(track([1, 2], 'drawing')) == [1, 2]
    printed = capsys.readouterr().out
    assert 'drawing' in printed
    assert '━' in printed


def test_an_error_of_the_work_is_not_hidden():
    def broken():
        yield 1
        raise OSError('disk')

    with pytest.raises(OSError, match='disk'):
        list(track(broken(), 'reading'))
