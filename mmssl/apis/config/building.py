"""Errors while a run is set up, each with its setting."""

import pickle
import textwrap
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import FrameType
from typing import Any

from mmengine.config import Config
from mmengine.runner import BaseLoop

from .file import reason
from .tree import Path, dotted, paths
from .types import kind, unknown_type

#: Largest length of an error. Some errors hold a whole config.
_LONGEST = 400
#: MMEngine's functions that build from settings, and the names of the settings in them.
_BUILDERS = {
    'build_from_cfg': 'cfg',
    'build_scheduler_from_cfg': 'cfg',
    'build_dataloader': 'dataloader',
}


@contextmanager
def naming_settings(config: Config) -> Iterator[None]:
    """Name the setting if an object of a config cannot be built.

    Constructors, and the first step, find what :func:`check_config` cannot know. What fails later
    keeps its traceback.

    Raises:
        ValueError: Instead of an error of another package.
    """
    try:
        yield
    except Exception as error:
        frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
        # Files, and this package's own errors, are named in them.
        told = isinstance(error, (OSError, pickle.UnpicklingError))
        own = told or type(error).__module__.startswith('mmssl')
        if own or any(map(_has_done_steps, frames)):
            raise
        raise ValueError(_said(error, frames, config.to_dict())) from error


def _is_loop(frame: FrameType) -> bool:
    return isinstance(frame.f_locals.get('self'), BaseLoop)


def _has_done_steps(frame: FrameType) -> bool:
    values = frame.f_locals
    return _is_loop(frame) and bool(getattr(values['self'], 'iter', 0) or values.get('idx', 0))


def _said(error: Exception, frames: list[FrameType], config: Mapping[str, Any]) -> str:
    text = reason(error) if str(error) else f'{type(error).__name__}: {_line(error)}'
    text = textwrap.shorten(text, _LONGEST, placeholder=' ...')
    if not isinstance(error, (ValueError, ImportError)):
        text = f'{text}; MMSSL_TRACEBACK=1 shows where'
    for frame in reversed(frames):
        name = _BUILDERS.get(frame.f_code.co_name, '')
        settings = frame.f_locals.get(name)
        if isinstance(settings, dict) and (path := _path_of(config, settings, _loop(frames))):
            made = f' ({settings["type"]})' if 'type' in settings else ''
            return f'{dotted(path)}{made}: {_refused(frame) if frame is frames[-1] else text}'
    # An error that was raised on purpose tells enough.
    plain = isinstance(error, ValueError) or not any(map(_is_loop, frames))
    return text if plain else f'not one step was done: {text}'


def _line(error: Exception) -> str:
    """The line that failed, for an error without a text."""
    return traceback.extract_tb(error.__traceback__)[-1].line or ''


def _refused(frame: FrameType) -> str:
    """The reason why MMEngine itself cannot build from a dict."""
    values = frame.f_locals
    types, name = values['registry'], values.get('obj_type', values.get('scheduler_type'))
    if name is None:
        return f'the type is missing, expected that of {kind(types)}'
    return unknown_type(types, str(name), types.scope)


def _loop(frames: list[FrameType]) -> str:
    """The training, the validation or the test; empty if all are meant."""
    names = [frame.f_code.co_name for frame in frames]
    loops = (loop for loop in ('train', 'val', 'test') if f'build_{loop}_loop' in names)
    return next(loops, '')


def _path_of(config: Mapping[str, Any], settings: dict, loop: str) -> Path | None:
    """Path of a dict in a config, which may have changed a little since."""
    alike = {
        path: (sum(settings.get(k) == v for k, v in value.items()), path[0].startswith(loop))
        for path, value in paths(config)
        if isinstance(value, dict) and value.get('type') == settings.get('type')
    }
    return max(alike, key=lambda path: alike[path]) if alike else None
