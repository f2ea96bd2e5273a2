"""The command line: one module per subcommand, which holds its options and calls the library.

A module has ``add_options(parser)``, which also sets the parser's description, and
``run(args)``, which prints and returns an exit status, or ``None`` for 0.

- :mod:`localize`, :mod:`check`, :mod:`prepare`, :mod:`train`, :mod:`test`, :mod:`moments`,
  :mod:`boxes`, :mod:`evaluate`, :mod:`report`, :mod:`export`, :mod:`render_demo`: the subcommands
- :mod:`commands`: the list of them, and tools that run one
- :mod:`options`, :mod:`evaluation_options`, :mod:`mining`: what several subcommands share
- :mod:`fine_tuning`, :mod:`side_by_side`: what ``train`` and ``localize`` do with a checkpoint to
  begin with, and with two models
- :mod:`parser`: options that say of which kind their paths are, checked before any work
- :mod:`ending`: exit statuses, and errors in one line
- :mod:`versions`: versions and settings for a bug report
"""

from .commands import main, run_tool

__all__ = ['main', 'run_tool']
