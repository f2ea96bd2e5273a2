"""A measured number stands on the page that has its command; other pages quote it beside a link.

Measured are times and rates with their unit, factors, memory, and scores of two or more decimals.
Settings look the same in part: :data:`SETTINGS` lists them.
"""

import re
from functools import cache

import pytest

from ..conftest import ROOT
from .test_docs_site import LINK, PAGES

#: Pages that hold what commands printed, each beside its command.
SOURCES = {
    ROOT / 'docs' / name
    for name in (
        'explanation/ceiling.md',
        'explanation/findings.md',
        'explanation/league.md',
        'explanation/results.md',
        'explanation/study.md',
        'explanation/why_numbers_differ.md',
        'reference/decoders.md',
        'reference/measured.md',
        'reference/model_zoo.md',
    )
}
MEASURED = re.compile(
    r'(?<![\w.])\d[\d,.]*(?= (?:times (?:as|the)|ms\b|clips/s|[MG]iB\b|min(?:utes)?\b))'
    r'|(?<![\w.])\d{1,2}\.\d{2,4}(?![\w.])'
)
#: Definitions and settings, which nobody measured.
SETTINGS = {
    '10': 'ms of a row of the spectrogram',
    '100': 'ms of a step of the clock',
    '32': 'MiB that malloc keeps at most',
    '0.25': 'seconds by which a truncated clip is short',
    '0.001': 'amplitude of silence',
    '0.05': 'steps of the thresholds of the AUC; share of a box that a detection touches',
    '0.03': "temperature of SLAVC's presets",
    **{f'3.{minor}': 'Python' for minor in (11, 12, 13, 14)},
}


def pages():
    return [p for p in (ROOT / 'README.md', *PAGES) if p not in SOURCES and p.parent.name != 'api']


def paragraphs(text):
    """Paragraphs, items of lists and rows of tables, without code."""
    text = re.sub(r'^```.*?^```', '', text, flags=re.DOTALL | re.MULTILINE)
    return re.split(r'\n\n|\n(?=[-|])', text)


@cache
def numbers(page):
    return set(re.findall(r'\d+(?:[.,]\d+)*', page.read_text()))


def lost_numbers(page, text):
    """Measured numbers that no source page has to which their paragraph links."""
    for paragraph in paragraphs(text):
        links = {
            (page.parent / link.partition('#')[0]).resolve() for link in LINK.findall(paragraph)
        }
        there = set().union(*(numbers(source) for source in links & SOURCES))
        plain = re.sub(r'`[^`]*`', '', paragraph)
        yield from set(MEASURED.findall(plain)) - SETTINGS.keys() - there


@pytest.mark.parametrize('page', pages(), ids=lambda page: page.stem)
def test_a_page_quotes_only_numbers_of_its_sources(page):
    assert not set(lost_numbers(page, page.read_text()))


def test_a_lost_number_is_found():
    page = ROOT / 'README.md'
    quoted = 'A disc scores 34.02 ([ceiling](docs/explanation/ceiling.md)).'
    assert not set(lost_numbers(page, quoted))
    assert set(lost_numbers(page, quoted.replace('34.02', '34.03'))) == {'34.03'}
    assert set(lost_numbers(page, 'It is 6.3 times as fast.')) == {'6.3'}
    assert set(lost_numbers(page, 'A pass takes 50.9 ms.')) == {'50.9'}
