"""The page of the benchmarks' results: one block a command, the rest left alone; plain loops."""

import importlib
import re

import pytest
import torch
from mmengine.config import Config

from benchmarks import run_all
from mmssl.apis.load import load_localizer
from mmssl.apis.model_index import find_model
from mmssl.media import Clip

from .conftest import ROOT

PAGE = f'# Speed\n\nIn words.\n\n{run_all.BEGIN}\n{run_all.END}\n\n## After\n'


def block(command, text):
    return f'{run_all.START}{command}\n{text}\n```'


def test_blocks_are_replaced_by_command_and_stand_in_their_order(tmp_path):
    page = tmp_path / 'page.md'
    page.write_text(PAGE)
    loading, scale = run_all.COMMANDS['loading'], run_all.COMMANDS['scale']
    run_all.write(page, {scale: block(scale, '3 ms')})
    run_all.write(page, {loading: block(loading, '1 ms')})
    run_all.write(page, {scale: block(scale, '2 ms')})
    body = '\n\n'.join([run_all.BEGIN, block(loading, '1 ms'), block(scale, '2 ms'), run_all.END])
    assert page.read_text() == f'# Speed\n\nIn words.\n\n{body}\n\n## After\n'


def test_a_block_is_what_a_command_prints_without_its_bars(tmp_path):
    script = tmp_path / 'script.py'
    script.write_text("print('rendering ━━━━ 100%')\nprint('ratio 1.00')\n")
    lines = run_all.result(str(script)).splitlines()
    assert lines[:3] == ['```text', f'$ python {script}', 'ratio 1.00']
    assert lines[3].startswith('(')
    assert lines[4:] == ['```']


def test_a_block_of_a_limited_processor_stands_beside_the_other(tmp_path):
    page = tmp_path / 'page.md'
    page.write_text(PAGE)
    loading, training = run_all.COMMANDS['loading'], run_all.COMMANDS['training']
    limited = run_all.titled(loading, avx2=True)
    for command in (training, limited, loading):
        run_all.write(page, {command: block(command, '1 ms')})
    text = page.read_text()
    places = [text.index(f'$ python {command}\n') for command in (loading, limited, training)]
    assert places == sorted(places)


def test_a_limited_command_uses_the_instructions_of_an_ordinary_processor(tmp_path):
    script = tmp_path / 'script.py'
    script.write_text('import torch\nprint(torch.backends.cpu.get_cpu_capability())')
    lines = run_all.result(str(script), avx2=True).splitlines()
    assert lines[2] in ('AVX2', 'DEFAULT')
    assert 'limited to AVX2' in lines[-2]


@pytest.fixture
def localizers(monkeypatch):
    """The script that compares published localizers, on small pictures."""
    monkeypatch.syspath_prepend(ROOT / 'benchmarks')
    script = importlib.import_module('published_localizers')
    monkeypatch.setattr(script, 'SIZE', (160, 90))
    monkeypatch.setattr(script, 'RATE', 10)
    return script


@pytest.mark.parametrize('method', ['ez-vsl', 'alignment'])
def test_the_authors_steps_give_the_maps_that_ours_give(localizers, tmp_path, method):
    config = find_model(method).config
    checkpoint = localizers.random_weights(config, tmp_path / 'random.pth')
    weights = torch.load(checkpoint)['state_dict']
    plain = localizers.AuthorsLoop(method, Config.fromfile(config), weights)
    model = load_localizer(checkpoint, device='cpu')
    (still,), video = localizers.render_stills(tmp_path, 1), localizers.render_video(tmp_path, 4)
    ours = model.localize_window(Clip(*still), 0, 10).maps[0]
    localizers.require_equal('still', [ours], [plain.still(*still)])
    ours = model.localize_window(Clip(*video), 2, 1).maps[3]
    localizers.require_equal('video', [ours], [plain.step(*video, 2.35)])
    with pytest.raises(SystemExit, match=r'video: maps differ by .* of their range'):
        localizers.require_equal('video', [ours], [plain.step(*video, 2.25)])


def test_both_sides_are_printed_with_their_ratios(localizers, capsys):
    names = ('plain', 'ours', 'plain bare', 'ours bare')
    ways = {name: localizers.Way(lambda: [torch.eye(2).numpy()]) for name in names}
    localizers.compare('lvs stills', ways, repeat=2)
    side, ratio = r' +\d+ \( +\d+\) ms', r'   \d+\.\d \(from \d+\.\d to \d+\.\d\)'
    assert re.fullmatch(rf'lvs stills{side}{side}{ratio}{ratio}\n', capsys.readouterr().out)
