"""The package's structure: imports go down only, and no imports form a circle."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

from ..conftest import ROOT

#: Rooms from the ground up, as docs/explanation/design.md draws them. A room's parts may have a
#: room of their own.
FLOORS = (
    ('version', 'files', 'clock', 'threads', 'interrupts', 'processes', 'progress', 'registry',
     'spelling'),
    ('compat', 'media', 'localization', 'evaluation', 'structures', 'visualization'),
    ('soundingshapes', 'models', 'datasets', 'engine', 'evaluation.metrics',
     'visualization.visualizer'),
    ('apis', 'collection', 'report'),
    ('cli',),
)  # fmt: skip
FLOOR_OF = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}
#: These stand over everything, and import names when they are asked for.
DOORS = ('mmssl', 'mmssl.__main__')


def modules() -> dict[str, Path]:
    """All modules of the package by name."""
    found = {}
    for path in sorted((ROOT / 'mmssl').rglob('*.py')):
        parts = path.relative_to(ROOT).with_suffix('').parts
        found['.'.join(parts[:-1] if parts[-1] == '__init__' else parts)] = path
    return found


MODULES = modules()


def imported(name: str) -> Iterator[str]:
    """Modules of the package that a module imports, at its top or in a function."""
    path = MODULES[name]
    package = name if path.name == '__init__.py' else name.rpartition('.')[0]
    for node in ast.walk(ast.parse(path.read_text(encoding='utf-8'))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in MODULES)
        elif isinstance(node, ast.ImportFrom):
            above = package.split('.')[: len(package.split('.')) - node.level + 1]
            near = '.'.join([*above, node.module or '']).rstrip('.')
            source = near if node.level else node.module
            for alias in node.names:
                whole = f'{source}.{alias.name}'
                if whole in MODULES:
                    yield whole
                elif source in MODULES:
                    yield source


def room_of(name: str) -> str:
    """The room that a module belongs to: the longest name of :data:`FLOORS` that it begins with."""
    inner = name.removeprefix('mmssl.')
    rooms = [room for room in FLOOR_OF if f'{inner}.'.startswith(f'{room}.')]
    assert rooms, f'{name} is in no room of FLOORS'
    return max(rooms, key=len)


def test_imports_go_down():
    wrong = [
        f'{name} imports {other}'
        for name in MODULES
        if name not in DOORS
        for other in imported(name)
        if other not in DOORS and FLOOR_OF[room_of(other)] > FLOOR_OF[room_of(name)]
    ]
    assert not wrong


def test_no_imports_form_a_circle():
    """Neither among rooms nor among modules; a package's front page counts as its last module."""
    rooms, inside = defaultdict(set), defaultdict(set)
    for name in MODULES:
        for other in () if name in DOORS else imported(name):
            if other in DOORS or other == name:
                continue
            if room_of(other) != room_of(name):
                rooms[room_of(name)].add(room_of(other))
            if not f'{name}.'.startswith(f'{other}.'):
                inside[name].add(other)
    TopologicalSorter(rooms).prepare()
    TopologicalSorter(inside).prepare()


def test_the_drawing_has_every_room():
    drawing = (ROOT / 'docs/explanation/design.md').read_text(encoding='utf-8')
    drawing = drawing.partition('```text')[2].partition('```')[0]
    lines = drawing.splitlines()
    found = {room: n for n, line in enumerate(lines) for room in line.split() if room in FLOOR_OF}
    assert set(found) == set(FLOOR_OF)
    for room, line in found.items():
        higher = [other for other in found if FLOOR_OF[other] > FLOOR_OF[room]]
        assert all(found[other] < line for other in higher), room


def test_the_table_has_every_folder():
    """Each folder of the package has its purpose in the table, also one without Python."""
    lines = (ROOT / 'docs/explanation/design.md').read_text(encoding='utf-8').splitlines()
    rooms = [line.split(' | ')[0] for line in lines if line.startswith('| ')]
    listed = {name for cell in rooms for name in cell.split('`')}
    folders = {path.name for path in (ROOT / 'mmssl').iterdir() if path.is_dir()}
    assert folders - {'__pycache__'} <= listed
