"""The page of the benchmarks' results: one block a command, the rest left alone."""

from benchmarks import run_all

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
