"""The command line: one module a subcommand, which holds its options and calls the library.

A module has ``add_options(parser)``, which also sets the parser's description, and
``run(args)``, which prints and returns an exit status, or ``None`` for 0.

- :mod:`commands`: all subcommands, and tools that are one of them
- :mod:`ending`: exit statuses, and errors in one line
- :mod:`versions`: what a report of a fault needs
"""

from .commands import main, run_tool

__all__ = ['main', 'run_tool']
