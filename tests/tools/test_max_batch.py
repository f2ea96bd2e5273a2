"""The search for the largest batch, on worked memory and on a real step."""

import pytest
from mmengine.config import Config

from tools.analysis_tools import max_batch
from tools.analysis_tools.max_batch import find_max_batch, try_batch

from ..conftest import ROOT

GIB = 2**30


def search(monkeypatch, peak_of, memory):
    """Batches tried, and the largest that fits."""

    def answer(config, batch, device, memory):
        peak = peak_of(batch)
        return peak if peak <= memory else None

    monkeypatch.setattr(max_batch, 'try_batch', answer)
    trials = list(find_max_batch(Config(), 'cpu', memory))
    fitting = [trial.batch for trial in trials if trial.peak is not None]
    return [trial.batch for trial in trials], max(fitting, default=0)


def test_memory_that_grows_evenly_is_searched_in_a_few_trials(monkeypatch):
    # 2 GiB and 1.5 GiB a clip: of 0.95 x 80 GiB = 76 GiB, 74 are left for 49 clips.
    tried, best = search(monkeypatch, lambda n: 2 * GIB + 3 * GIB // 2 * n, 80 * GIB)
    assert (tried, best) == ([1, 2, 16, 49], 49)


def test_what_a_process_takes_may_hide_the_first_clips(monkeypatch):
    tried, best = search(monkeypatch, lambda n: max(3 * GIB, GIB + GIB * n // 10), 10 * GIB)
    assert 80 <= best <= 90
    assert len(tried) < 10


def test_a_batch_that_breaks_its_promise_is_halved(monkeypatch):
    tried, best = search(monkeypatch, lambda n: GIB * n if n < 6 else 100 * GIB, 20 * GIB)
    assert best == 5
    assert max(tried) == 16


@pytest.mark.parametrize(('memory', 'largest'), [(0.5, 0), (1.2, 1), (3.0, 2)])
def test_few_clips(monkeypatch, memory, largest):
    _, best = search(monkeypatch, lambda n: GIB * n, int(memory * GIB))
    assert best == largest


def test_a_step_is_measured_and_refused(shapes):
    """On the CPU, where a limit of the process stands for the memory's."""
    config = Config.fromfile(ROOT / 'configs/mmssl/mmssl_soundingshapes_large.py')
    config.merge_from_dict({'train_dataloader.dataset.data_root': str(shapes)})
    small, large = (try_batch(config, n, 'cpu', 8 * GIB) for n in (2, 24))
    assert 200 * 2**20 < small < large < 8 * GIB
    assert try_batch(config, 24, 'cpu', small) is None
