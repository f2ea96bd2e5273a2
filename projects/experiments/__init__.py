"""Code of the experiments: many commands on SoundingShapes, several seeds, one page.

- :mod:`jobs`: commands for trainings and tests
- :mod:`run`: runs jobs, one per core by default, and continues after an interruption
- :mod:`cells`: one number per seed, and verdicts
- :mod:`options`: command-line options for the size of an experiment
- :mod:`pages`: tables and figures
- :mod:`true_moments`: moments and boxes of the true events, for comparison
"""

from .cells import Cell, compare, difference
from .jobs import Job, Planner
from .run import JobError, is_done, run_jobs

__all__ = ['Cell', 'Job', 'JobError', 'Planner', 'compare', 'difference', 'is_done', 'run_jobs']
