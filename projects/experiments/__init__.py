"""Code of the experiments: many commands on SoundingShapes, several seeds, one page.

- :mod:`jobs`: a command, and planning of trainings and tests
- :mod:`run`: run them, one per core by default, and continue after an interruption
- :mod:`cells`: one number per seed, and verdicts
- :mod:`options`: options of a program that say how large an experiment is
- :mod:`pages`: tables and figures
- :mod:`true_moments`: moments and boxes of the true events, for comparison
"""

from .cells import Cell, compare, difference
from .jobs import Job, Planner
from .run import JobError, is_done, run_jobs

__all__ = ['Cell', 'Job', 'JobError', 'Planner', 'compare', 'difference', 'is_done', 'run_jobs']
