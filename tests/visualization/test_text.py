"""Texts of figures are shown as they are written."""

import warnings

import numpy as np
import pytest

from mmssl.visualization import contact_sheet
from mmssl.visualization.text import letters_without_font, plain_text

NAMES = ('Ke$ha $ong 7', '$\\foo{ 7$', '$a_b$', 'a_b^c', '100 %', '<b>', '\\alpha')


@pytest.mark.parametrize('name', NAMES)
def test_class_names_are_no_formulas(name, tmp_path):
    picture = np.zeros((20, 20, 3), np.uint8)
    sheet = contact_sheet([picture], [name], np.zeros((100, 80)), [0.5])
    title = sheet.axes[-1].title
    assert title.get_text() == name
    assert not title.get_parse_math()
    sheet.savefig(tmp_path / 'sheet.png')


def test_letters_that_a_font_has_are_not_missed(tmp_path):
    assert letters_without_font(['dog barking', 'Straße', 'ёлка']) == ''
    lacking = letters_without_font(['\U00012000 \U00012000', 'dog \U00012001'])
    assert lacking == '\U00012000\U00012001'


def test_matplotlib_misses_the_letters_that_are_named(tmp_path):
    from matplotlib.figure import Figure

    for text in ('犬の鳴き声', '🐶', 'dog', '\U00012000'):
        with plain_text():
            figure = Figure()
            figure.text(0, 0, text)
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter('always')
            figure.savefig(tmp_path / 'text.png')
        missing = [w for w in said if 'missing from font' in str(w.message)]
        assert bool(missing) == bool(letters_without_font([text]))
