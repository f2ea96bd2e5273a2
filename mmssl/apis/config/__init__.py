"""Configs: read, overridden, and checked before anything is built.

- :mod:`file`: a config file, and the line of an error in it
- :mod:`options`: ``--cfg-options``
- :mod:`tree`: the objects of a config by their paths
- :mod:`arguments`: the arguments of a class
- :mod:`types`, :mod:`values`, :mod:`keys`: possible faults
- :mod:`check`: all checks together
- :mod:`building`: errors of constructors
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
