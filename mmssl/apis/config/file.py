"""A config file, and the file and line of an error in it."""

import os
import re
import traceback
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from types import FrameType
from typing import Any

from mmengine.config import Config
from mmengine.config.config import BASE_KEY

from ...processes import error_text
from ...spelling import did_you_mean

#: Endings of the files that MMEngine reads.
SUFFIXES = ('.py', '.json', '.yaml', '.yml')


def read_config(path: str | os.PathLike) -> Config:
    """Read a config file and the files that it is based on, and import its modules.

    Raises:
        ValueError: If one of the files is missing or wrong, or a module cannot be imported. The
            file is named, with the line where there is one.
    """
    if not Path(path).is_file():
        raise ValueError(f'{path}: no such config file')
    if Path(path).suffix not in SUFFIXES:
        raise ValueError(f'{path} is not a config, expected a file ending in {", ".join(SUFFIXES)}')
    try:
        config = Config.fromfile(path, import_custom_modules=False)
    # A config file is a program, which can fail in any way.
    except Exception as error:
        raise ValueError(_said(os.fspath(path), error)) from error
    import_modules(config, f'{path}: ')
    return config


def import_modules(config: Mapping[str, Any], place: str = '') -> None:
    """Import the modules that ``custom_imports`` names.

    Args:
        config: The config.
        place: How an error begins.

    Raises:
        ValueError: If one cannot be imported, unless ``allow_failed_imports`` is set.
    """
    asked = config.get('custom_imports') or {'imports': []}
    names = asked.get('imports') if isinstance(asked, dict) else None
    names = [names] if isinstance(names, str) else names
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ValueError(
            f"{place}custom_imports is {asked!r}, expected dict(imports=['MODULE', ...])"
        )
    for name in names:
        try:
            import_module(name)
        # A module is a program, too.
        except Exception as error:
            if isinstance(error, ImportError) and asked.get('allow_failed_imports'):
                continue
            raise ValueError(
                f'{place}custom_imports names {name}, which cannot be imported: {reason(error)}; '
                'modules are looked for in the folders of PYTHONPATH'
            ) from error


def reason(error: BaseException) -> str:
    """The text of an error in one line, with its type where that helps."""
    text = ' '.join(error_text(error).split())
    if isinstance(error, (ValueError, ImportError, NameError, OSError)) and text:
        return text
    return f'{type(error).__name__}: {text}'.rstrip(': ')


def _said(path: str, error: Exception) -> str:
    """The fault of a config file, with the file and, if known, the line."""
    steps = [*traceback.walk_tb(error.__traceback__)]
    read = _files(steps) or [os.path.abspath(path)]
    file, line, text = read[-1], None, reason(error)
    if len(read) > 1 and not Path(file).is_file():
        text = f'{BASE_KEY} names {file}, which does not exist'
        file = read[-2]
        line = _line_of(file, rf'^{BASE_KEY}\b')
    elif isinstance(error, SyntaxError):
        # MMEngine raises another one in its place, without the line.
        found: Any = error if error.lineno else error.__context__ or error
        line, text = found.lineno, f'syntax error: {found.msg}'
    elif absent := _absent_variable(steps):
        line, text = _line_of(file, rf'{BASE_KEY}\.{absent[0]}\b'), absent[1]
    else:
        line = next((n for frame, n in steps[::-1] if frame.f_code.co_filename == file), None)
    shown = path if file == os.path.abspath(path) else file
    return f'{shown}{f", line {line}" if line else ""}: {text}'


def _files(steps: Sequence[tuple[FrameType, int]]) -> list[str]:
    """Files that were being read, each named by the one before it."""
    # MMEngine reads a file, and each that it is based on, in calls of one function.
    frames = [frame for frame, _ in steps if frame.f_code.co_name == '_file2dict']
    return [*dict.fromkeys(os.path.abspath(frame.f_locals['filename']) for frame in frames)]


def _absent_variable(steps: Sequence[tuple[FrameType, int]]) -> tuple[str, str] | None:
    """A variable that the base files do not have, and an error about it."""
    frames = [frame for frame, _ in steps if frame.f_code.co_name == '_substitute_base_vars']
    if not frames:
        return None
    there = frames[-1].f_locals['base_cfg']
    for variable in frames[-1].f_locals['base_var_dict'].values():
        value = there
        for name in variable.split('.'):
            if not isinstance(value, dict) or name not in value:
                near = did_you_mean(name, value if isinstance(value, dict) else ())
                return variable, f'{{{{{BASE_KEY}.{variable}}}}}: the base files have none{near}'
            value = value[name]
    return None


def _line_of(file: str, pattern: str) -> int | None:
    lines = Path(file).read_text(encoding='utf-8').splitlines()
    return next((n for n, line in enumerate(lines, 1) if re.search(pattern, line)), None)
