"""The front page of every package: its docstring names all modules."""

import re

import pytest

from ..conftest import ROOT

PAGES = [
    path
    for folder in ('mmssl', 'projects')
    for path in sorted((ROOT / folder).rglob('__init__.py'))
    if path != ROOT / 'mmssl/__init__.py'
]


@pytest.mark.parametrize('page', PAGES, ids=lambda p: p.parent.relative_to(ROOT).as_posix())
def test_the_front_page_names_every_module(page):
    text = page.read_text(encoding='utf-8').split('"""')[1]
    modules = {path.stem for path in page.parent.glob('*.py') if path.stem[:2] != '__'}
    packages = {path.parent.name for path in page.parent.glob('*/__init__.py')}
    assert set(re.findall(':mod:`([a-z_0-9]+)`', text)) == modules | packages
