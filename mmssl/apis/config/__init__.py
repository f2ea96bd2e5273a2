"""Configs: read, overridden, checked before anything is built of them.

- :mod:`file`: a config file, and where in it something is wrong
- :mod:`options`: ``--cfg-options``
- :mod:`tree`: what is built where
- :mod:`arguments`: what a class takes
- :mod:`types`, :mod:`values`, :mod:`keys`: what may be wrong
- :mod:`check`: all of that
- :mod:`building`: what constructors refuse
"""

from .building import naming_settings
from .check import LOOPS, check_config
from .file import import_modules, read_config
from .options import Options, merge_options, numbered

__all__ = [
    'LOOPS',
    'Options',
    'check_config',
    'import_modules',
    'merge_options',
    'naming_settings',
    'numbered',
    'read_config',
]
