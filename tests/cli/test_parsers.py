"""Every parser of the commands, the tools and the projects."""

import argparse
import runpy
import shlex
import sys
from pathlib import Path

import pytest

from mmssl.cli.commands import COMMANDS, make_parser
from mmssl.cli.parser import Parser
from mmssl.media.paths import PathKind

from ..conftest import ROOT

#: Files of tools and projects that parse words.
TOOLS = sorted(
    path.relative_to(ROOT).as_posix()
    for folder in ('tools', 'projects')
    for path in (ROOT / folder).rglob('*.py')
    if "if __name__ == '__main__'" in path.read_text()
)
#: Arguments that take any text, and are no paths that are checked before the work.
TEXTS = {
    'mmssl localize': ['method', 'labels', 'device'],  # words, or a file of them
    'mmssl export': ['method'],
    'mmssl evaluate': ['names'],
    'mmssl report': ['title'],
    'mmssl test': ['metrics', 'labels'],
    'mmssl moments': ['labels'],
    'mmssl boxes': ['labels'],
    'mmssl check': ['shard'],
    'mmssl prepare': ['shard'],
    'tools/test.py': ['metrics', 'labels'],
    'tools/data/check.py': ['shard'],
    'tools/data/prepare.py': ['shard'],
    'tools/analysis_tools/max_batch.py': ['device'],
    'tools/analysis_tools/moving_picture.py': ['name', 'model'],
    'projects/detector_comparison/run_detr.py': ['device'],
    'projects/league/choose.py': ['candidate'],  # a file and settings
    'projects/mining_pictures/boxes.py': ['ids'],
    'projects/mining_pictures/moments.py': ['ids'],
}


class Made(BaseException):
    """Carries a parser out of its program."""


def parser_of(name, monkeypatch):
    """The parser of a subcommand or of a program."""
    if name.startswith('mmssl '):
        command = name.removeprefix('mmssl ')
        (subcommands,) = (
            action
            for action in make_parser([command])._actions
            if isinstance(action, argparse._SubParsersAction)
        )
        return subcommands.choices[command]

    def stop(self, words=None, namespace=None):
        raise Made(self)

    monkeypatch.setattr(Parser, 'parse_args', stop)
    monkeypatch.setattr(sys, 'argv', [name])
    monkeypatch.syspath_prepend(ROOT / Path(name).parent)
    run, place = runpy.run_path, str(ROOT / name)
    if name.startswith('projects'):
        run, place = runpy.run_module, name.removesuffix('.py').replace('/', '.')
    with pytest.raises(Made) as made:
        run(place, run_name='__main__')
    return made.value.args[0]


@pytest.fixture(params=[*(f'mmssl {command.name}' for command in COMMANDS), *TOOLS])
def program(request, monkeypatch):
    """Name and parser of a program."""
    return request.param, parser_of(request.param, monkeypatch)


def arguments(parser):
    return [a for a in parser._actions if a.help != argparse.SUPPRESS and a.dest != 'help']


def test_every_argument_has_a_text_and_shows_its_default(program):
    name, parser = program
    for action in arguments(parser):
        shown = parser._get_formatter()._expand_help(action) if action.help else ''
        assert len(shown.split()) > 1, f'{name}: {action.dest} has no help text'
        if action.option_strings and action.default not in (None, False):
            assert shown.endswith(')'), (name, action.dest, shown)
            assert not action.help.endswith(')'), f'{name}: {shown} shows its default twice'


def test_every_text_is_a_path_of_a_kind_or_none_at_all(program):
    """What is neither is checked by nobody: results could replace what they are made of."""
    name, parser = program
    texts = [
        action.dest
        for action in arguments(parser)
        if action.nargs != 0
        and not action.choices
        and action.type not in (int, float)
        and not isinstance(action.type, PathKind)
        and action.dest not in ('cfg_options', 'contexts')
    ]
    assert texts == TEXTS.get(name, [])


def test_examples_parse_and_begin_as_the_program_is_called(program):
    name, parser = program
    printed = parser.format_help()
    assert '\\\\' not in printed
    assert 'Examples:' in printed
    examples = printed.split('Examples:')[1].split('\n\n')[0].replace('\\\n', ' ')
    for line in examples.strip().splitlines():
        words = shlex.split(line)
        start = [i for i, word in enumerate(words) if word.startswith(('mmssl', 'tools/', 'proj'))]
        called = ' '.join(words[: start[0] + 1])
        if name.startswith('mmssl'):
            assert called in ('mmssl', 'torchrun --nproc_per_node 8 -m mmssl')
            parse(parser, words[start[0] + 2 :])
            continue
        module = name.removesuffix('.py').removesuffix('/__main__').replace('/', '.')
        assert called in (f'python {name}', f'python -m {module}')
        parse(parser, words[start[0] + 1 :])


def parse(parser, words):
    """Parse without the checks of paths, past :func:`parser_of`."""
    assert not argparse.ArgumentParser.parse_known_args(parser, words)[1]


def test_unknown_words_are_answered_in_one_line(capsys):
    for words, line in (
        (['test', 'a', 'b', '--metrcs', 'acc'], 'unknown: --metrcs acc, did you mean --metrics?'),
        (['evaluate', 'a', '--preset', 'lvs', 'b'], 'unknown: b (arguments without a name go'),
        (['localise', 'a', 'b'], 'did you mean localize?'),
        (['evaluate', 'a', 'b', '--protocol', 'vgss'], 'did you mean vggss?'),
    ):
        with pytest.raises(SystemExit) as ended:
            make_parser(words).parse_args(words)
        assert ended.value.code == 2
        said = capsys.readouterr().err
        assert line in said
        assert len(said.splitlines()) == 1, said
