"""Sentences of the repository: paragraphs of its pages, docstrings, comments and messages."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

from .warm import ROOT

#: Folders of Python files whose sentences users or developers read.
CODE = ('mmssl', 'tools', 'projects', 'configs', 'benchmarks')

#: First column of the table of CONTRIBUTING.md, which shows refused sentences.
BEFORE = re.compile(r'^\| .* \| (?=.* \|$)')


def paragraphs(page: Path) -> Iterator[tuple[int, str]]:
    """Line numbers and paragraphs of a Markdown page, without code. A row of a table is one."""
    start, lines, inside = 1, [], False
    for number, line in enumerate([*page.read_text(encoding='utf-8').splitlines(), ''], 1):
        fence = line.lstrip().startswith('```')
        if fence or inside or not line.strip() or line.startswith(('|', '#', '- ')):
            if lines:
                yield start, ' '.join(lines)
            lines = []
        inside ^= fence
        if not (fence or inside or not line.strip()):
            start = start if lines else number
            lines.append(line.strip())


def sentences(path: Path) -> Iterator[tuple[int, str]]:
    """Line numbers and texts of a Python file: docstrings, messages and blocks of comments."""
    source = path.read_text(encoding='utf-8')
    yield from _strings(ast.parse(source))
    yield from _comments(source)


def _strings(node: ast.AST) -> Iterator[tuple[int, str]]:
    for child in ast.iter_child_nodes(node):
        text = _text(child)
        if text is None:
            yield from _strings(child)
        elif ' ' in text:
            for paragraph in re.split(r'\n\s*\n|\n(?=\s+\w[\w, ]*: )', text):
                yield child.lineno, ' '.join(paragraph.split())


def _text(node: ast.AST) -> str | None:
    """The text of a string, with X for the values in it; ``None`` for other nodes."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return ''.join(_text(value) or 'X' for value in node.values)
    return None


def _comments(source: str) -> Iterator[tuple[int, str]]:
    start, words, last = 0, [], -1
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type != tokenize.COMMENT:
            continue
        if words and token.start[0] != last + 1:
            yield start, ' '.join(words)
            words = []
        start = start if words else token.start[0]
        words += token.string.lstrip('#: ').split()
        last = token.start[0]
    if words:
        yield start, ' '.join(words)


def all_sentences() -> Iterator[tuple[str, str]]:
    """Places and texts of the whole repository."""
    pages = [ROOT / name for name in ('README.md', 'CONTRIBUTING.md', 'CHANGELOG.md')]
    pages += sorted((ROOT / 'docs').rglob('*.md')) + sorted((ROOT / 'configs').rglob('*.md'))
    for page in pages:
        for line, text in paragraphs(page):
            own = BEFORE.sub('', text) if page.name == 'CONTRIBUTING.md' else text
            yield f'{page.relative_to(ROOT)}:{line}', own
    for folder in CODE:
        for path in sorted((ROOT / folder).rglob('*.py')):
            for line, text in sentences(path):
                yield f'{path.relative_to(ROOT)}:{line}', text
