"""The command line: one module per subcommand, with its options and its printed text.

A module has ``add_options(parser)``, which also sets the description of the parser, and
``run(args)``, which prints, and returns an exit status or ``None`` for 0. Options belong to
groups (``parser.group('input')``), which the help text shows under their titles.

- :mod:`localize`, :mod:`check`, :mod:`prepare`, :mod:`train`, :mod:`test`, :mod:`moments`,
  :mod:`boxes`, :mod:`evaluate`, :mod:`report`, :mod:`export`, :mod:`render_demo`: the subcommands
- :mod:`commands`: the list of subcommands, and tools that run one
- :mod:`options`, :mod:`config_options`, :mod:`evaluation_options`, :mod:`mining`: options that
  several subcommands share
- :mod:`fine_tuning`, :mod:`side_by_side`: ``train`` from a checkpoint, ``localize`` with two models
- :mod:`parser`: help texts, and checks of words and paths before any work
- :mod:`completion`: completions for shells
- :mod:`ending`: exit statuses, and errors in one line
- :mod:`versions`: versions and settings for a bug report
"""

from .commands import main, run_tool

__all__ = ['main', 'run_tool']
