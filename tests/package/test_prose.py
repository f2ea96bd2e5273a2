"""Sentences of docs, docstrings, comments and messages keep the style of CONTRIBUTING.md."""

import re

import pytest

from ..prose import all_sentences, paragraphs, sentences

#: Patterns that read as translated, each with the advice.
REFUSED = {
    r'(?<!here )(?<!it )\b(is|are|was|were) no (?!longer|more\b|less\b)[a-z]+': 'write "is not a"',
    r'(^|[.:] )(Written|Kept|Read|Printed|Shown|Drawn|Given|Taken|Left) (to|in|from|by|on|out) ': (
        'begin with the subject'
    ),
    r'(^|[.] )(On|In|Beside|Under|Behind|Above|Below|Over|Among) [^.,;:]* (stands?|lies?)\b': (
        'begin with the subject'
    ),
    r'^What (?!is|are|was|does|do|did|can|to|if)[^?]*$': 'name the thing instead of "what"',
    r'\b(of|from|with|by|than|for|to|and|in|on) what (?!to\b)[a-z]+\b[^?]*$': (
        'name the thing instead of "what"'
    ),
    r'\bwhat (it|they|he) should be\b': 'write "malformed", or name the fault',
    r'\b(stands?|stood) (in|on|beside|under|over|behind|before|after|there|at)\b(?! for)': (
        'write "is", or begin with the subject'
    ),
    r'\b(anew|likewise|whereof|in vain|nobody can tell|so many)\b': 'use an everyday word',
    r'\b(mends?|mended|mending)\b': 'write "repair"',
    r'\bgoes on (where|with)\b|\bthe same command goes on\b|\bgo on with\b': 'write "continues"',
    r'\b(says?|tells?|told|is said) of\b': 'write "reports" or "describes"',
    r', for (it|they|there|he|she) ': 'write "because"',
    r'\bis there (twice|already)\b|\b(are|is|lie|lies) apart\b': 'write "appears" or "separate"',
    r'^(Where to|As (it|of|in)\b[^,]*)\.?$': 'write a sentence or a noun phrase',
}  # fmt: skip
#: Names, quotations and marks in pages, which are not prose.
NAMES = re.compile(r'`[^`]*`|"[^"]*"|<!--.*?-->')


def faults(text: str) -> list[str]:
    """The refused words of a text, each with the advice."""
    plain = NAMES.sub('X', text)
    return [
        f'{found[0]!r}: {advice}'
        for pattern, advice in REFUSED.items()
        if (found := re.search(pattern, plain))
    ]


def test_the_repository_has_no_refused_sentence():
    wrong = [f'{place}: {fault}' for place, text in all_sentences() for fault in faults(text)]
    assert not wrong, '\n'.join(wrong)


@pytest.mark.parametrize(
    ('text', 'advice'),
    [
        ('A list is no file.', 'write "is not a"'),
        ('Written to the folder: maps.', 'begin with the subject'),
        ('On the page stand all maps.', 'begin with the subject'),
        ('What a person calls.', 'name the thing instead of "what"'),
        ('The box of what sounds.', 'name the thing instead of "what"'),
        ('A cell is not what it should be.', 'write "malformed", or name the fault'),
        ('The killed run goes on where it was.', 'write "continues"'),
        ('This is late, for it takes time.', 'write "because"'),
    ],
)
def test_patterns_find_their_sentences(text, advice):
    assert any(fault.endswith(advice) for fault in faults(text))


@pytest.mark.parametrize(
    'text',
    [
        'There is no map.',
        'What is the clock?',
        'It is no longer read.',
        'The class says which object sounds.',
    ],
)
def test_ordinary_sentences_pass(text):
    assert not faults(text)


def test_sentences_and_their_lines_are_found(tmp_path):
    code = tmp_path / 'code.py'
    code.write_text(
        '"""One.\n\nTwo\nlines.\n\nArgs:\n    a: First.\n    b: Second.\n"""\n'
        "#: A comment\n#: of two lines.\nx = f'a {1} b'\n"
    )
    assert list(sentences(code)) == [
        (1, 'One.'),
        (1, 'Two lines.'),
        (1, 'Args:'),
        (1, 'a: First.'),
        (1, 'b: Second.'),
        (12, 'a X b'),
        (10, 'A comment of two lines.'),
    ]
    page = tmp_path / 'page.md'
    page.write_text('# Title\n\nOne\nline.\n\n```bash\ncode\n```\n- item\n- two\n  lines\n')
    assert list(paragraphs(page)) == [
        (1, '# Title'),
        (3, 'One line.'),
        (9, '- item'),
        (10, '- two lines'),
    ]
