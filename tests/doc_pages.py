"""Blocks of the documentation's pages, and what they are typed into.

Blocks are found by markdown-it-py, a CommonMark parser that the environment has
anyway.
"""

import argparse
import ast
import multiprocessing
import os
import re
import shlex
import subprocess
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from inspect import signature
from pathlib import Path

from markdown_it import MarkdownIt
from mmengine.config import Config
from mmengine.registry import VISBACKENDS
from mmengine.runner import Runner

from .warm import PATIENCE, Outcome, child, run_words

#: What make tells the makes that it runs.
MAKES_OWN = ('MAKELEVEL', 'MAKEFLAGS', 'MFLAGS', 'MAKEOVERRIDES')

#: What a config consists of: arguments of MMEngine's runner, and what they refer to.
SETTINGS = {
    *signature(Runner.__init__).parameters,
    *('_base_', 'custom_imports', 'data_root', 'vis_backends'),
    *(f'{name}_pipeline' for name in ('train', 'val', 'test')),
}


@dataclass(frozen=True)
class Block:
    """A fenced block.

    Attributes:
        line: Its first line in the page, from 1.
        language: What stands behind the fence.
        text: What stands between the fences.
    """

    line: int
    language: str
    text: str


def blocks_of(page: Path) -> list[Block]:
    """All code blocks of a page, in order."""
    return [
        Block(token.map[0] + 1, token.info.strip(), token.content)
        for token in MarkdownIt().parse(page.read_text(encoding='utf-8'))
        if token.type in ('fence', 'code_block')
    ]


def commands_of(script: str) -> list[str]:
    """Commands of a shell script, those over several lines joined; a script with more than
    simple lines is one command."""
    if '<<' in script:
        return [script]
    lines = (' '.join(line.split()) for line in script.replace('\\\n', ' ').splitlines())
    return [line for line in lines if line and not line.startswith('#')]


def simple_words(command: str) -> list[str] | None:
    """Words of a command; ``None`` if only a shell can tell what it does."""
    if re.search(r'[`$*?~\n]', command) or re.match(r'\w+=', command):
        return None
    if any(set(word) <= set('();<>|&') for word in shlex.shlex(command, punctuation_chars=True)):
        return None
    return shlex.split(command, comments=True)


def is_config(code: str) -> bool:
    """Whether a block of Python consists of settings only."""
    return all(
        isinstance(statement, ast.Assign)
        and all(isinstance(t, ast.Name) and t.id in SETTINGS for t in statement.targets)
        for statement in ast.parse(code).body
    )


def runs_python(word: str) -> bool:
    """Whether a command's first word is this environment's Python, or ``mmssl``."""
    return word in ('python', '.venv/bin/python', 'mmssl', '.venv/bin/mmssl')


def parse_words(words: list[str]) -> None:
    """Let a program parse its command line, and end there.

    Raises:
        SystemExit: 0 if the options are its options.
    """
    parse = argparse.ArgumentParser.parse_args

    def parse_and_end(parser, *args, **options):
        print(parse(parser, *args, **options))
        raise SystemExit(0)

    argparse.ArgumentParser.parse_args = parse_and_end
    run_words(words)
    raise SystemExit('it did not parse its options')


def build_config(path: str, absent: tuple[str, ...]) -> None:
    """Read a config, and build what it describes: model, hooks, visualizer.

    Modules in its folder are found, as with ``PYTHONPATH=.``.

    Args:
        path: Config file.
        absent: Visualization backends whose packages are not here; they must be
            registered, and are not built.
    """
    sys.path.insert(0, str(Path.cwd()))
    config = Config.fromfile(path)
    if 'model' not in config:
        return
    config.setdefault('default_scope', 'mmaction')
    config.setdefault('work_dir', 'work_dirs/config')
    if 'visualizer' in config:
        backends = config.visualizer.vis_backends
        config.visualizer.vis_backends = [b for b in backends if b.type not in absent]
        if unknown := [b.type for b in backends if VISBACKENDS.get(b.type) is None]:
            raise SystemExit(f'{unknown} are no visualization backends')
    Runner.from_cfg(config)


def shell(command: str, folder: Path) -> Outcome:
    """Run a command in bash, with this environment's programs before others.

    A reader types it outside of make, which may be what runs these tests.
    """
    paths = [str(Path(sys.executable).parent), os.environ['PATH']]
    outer = {name: value for name, value in os.environ.items() if name not in MAKES_OWN}
    done = subprocess.run(
        ['bash', '-ec', command],
        cwd=folder,
        env={**outer, 'PATH': os.pathsep.join(paths)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
        timeout=PATIENCE,
    )
    return Outcome(done.returncode, done.stdout)


class Python:
    """A Python session: the blocks of a page share their names, as those who type them expect."""

    def __init__(self, folder: Path) -> None:
        self.connection, theirs = multiprocessing.Pipe()
        self.log = folder.parent / f'{folder.name}-session.log'
        self.process = child(folder, [str(self.log)] * 2, _listen, theirs)
        theirs.close()

    def __call__(self, code: str) -> Outcome:
        """Run a block; the status is 0 if nothing was raised."""
        self.connection.send(code)
        try:
            status = self.connection.recv() if self.connection.poll(PATIENCE) else 1
        except EOFError:  # It has ended itself, or was killed.
            status = 1
        return Outcome(status, self.log.read_text(errors='replace'))


@contextmanager
def python_session(folder: Path) -> Iterator[Python]:
    """A session that ends with the block."""
    session = Python(folder)
    try:
        yield session
    finally:
        session.process.kill()
        session.process.join()


def _listen(connection) -> None:
    names = {'__name__': '__main__'}
    while True:
        code = connection.recv()
        try:
            exec(compile(code, 'block', 'exec'), names)
            connection.send(0)
        except BaseException:
            traceback.print_exc()
            connection.send(1)
