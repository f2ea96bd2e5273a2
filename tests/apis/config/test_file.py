"""A wrong config file is refused in one line, with the file and the line in it."""

import re

import pytest

from mmssl.apis.config import read_config

from ...config_checks import CONFIG, checked
from ...conftest import ROOT

BASE = f'_base_ = {str(CONFIG)!r}\n'
#: Content of a file, what is said after its name.
WRONG = {
    f'{BASE}model = dict(\n    x=1\ny = 3\n': r", line 2: syntax error: '\(' was never closed",
    f'{BASE}x = 1\n\ny = xx\n': ", line 4: name 'xx' is not defined",
    f'{BASE}x = 1 / 0\n': ', line 2: ZeroDivisionError: division by zero',
    "# Mine.\n_base_ = 'gone.py'\n": r', line 2: _base_ names .*/gone\.py, which does not exist',
    f'{BASE}\nx = {{{{_base_.crp}}}}\n': r', line 3: \{\{_base_\.crp\}\}: the base files have '
    r'none, did you mean crop\?',
    f'{BASE}x = {{{{_base_.model.nosuch}}}}\n': r', line 2: \{\{_base_\.model\.nosuch\}\}: the '
    'base files have none',
    f'{BASE}train_cfg = dict(max_epochs=dict(x=1))\n': ': TypeError: max_epochs=.* cannot inherit',
    "custom_imports = dict(imports=['nosuch_module'])\n": ': custom_imports names nosuch_module, '
    "which cannot be imported: No module named 'nosuch_module'; modules are looked for in the "
    'folders of PYTHONPATH',
    "custom_imports = 'mmssl'\n": r": custom_imports is 'mmssl', expected dict\(imports=\[",
    'custom_imports = dict(imports=3)\n': r': custom_imports is .*, expected dict\(imports=\[',
}


@pytest.mark.parametrize('content', WRONG)
def test_a_wrong_file_is_refused_in_one_line(content, tmp_path):
    path = tmp_path / 'mine.py'
    path.write_text(content)
    with pytest.raises(ValueError, match='mine') as refused:
        read_config(path)
    line = str(refused.value)
    assert re.match(re.escape(str(path)) + WRONG[content], line), line
    assert '\n' not in line


def test_the_file_is_named_that_is_wrong(tmp_path):
    (tmp_path / 'base.py').write_text('\nx = y\n')
    (tmp_path / 'mine.py').write_text("_base_ = 'base.py'\n")
    with pytest.raises(ValueError, match=r'/base\.py, line 2: name .y. is not defined'):
        read_config(tmp_path / 'mine.py')


OTHERS = {
    'mine.json': ('{"model": {},', r'Expecting property name .*line 1'),
    'mine.yaml': ('model: [x\n', 'ParserError: .*line 2'),
    'mine.py': (b'\xff\xfe\x00', "'utf-8' codec can't decode"),
}


@pytest.mark.parametrize('name', OTHERS)
def test_other_files(name, tmp_path):
    content, said = OTHERS[name]
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(ValueError, match=f'{name}: {said}'):
        read_config(path)


def test_what_is_no_config_is_refused(tmp_path):
    with pytest.raises(
        ValueError, match=r'README\.md is not a config, expected a file ending in \.py'
    ):
        read_config(ROOT / 'README.md')
    for path in (tmp_path, tmp_path / 'gone.py'):
        with pytest.raises(ValueError, match=f'{path.name}: no such config file'):
            read_config(path)


def test_modules_of_an_option_are_imported():
    assert checked('custom_imports.imports=nosuch_module') == [
        '--cfg-options custom_imports names nosuch_module, which cannot be imported: No module '
        "named 'nosuch_module'; modules are looked for in the folders of PYTHONPATH"
    ]


def test_a_module_may_fail_where_the_config_says_so(tmp_path):
    path = tmp_path / 'mine.py'
    path.write_text("custom_imports = dict(imports=['gone'], allow_failed_imports=True)\n")
    assert read_config(path).custom_imports.imports == ['gone']
