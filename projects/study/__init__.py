"""Do the method's claims hold? Trainings and tests on SoundingShapes, and verdicts.

- :mod:`plan`: the commands, in order
- :mod:`true_moments`: moments and boxes of the true events, for comparison
- :mod:`run`: run them, one per core by default, and continue after an interruption
- :mod:`results`: read their results
- :mod:`write`: tables, plots and verdicts as a page
"""

from .plan import Scale, plan_study
from .run import run_jobs
from .write import write_study

__all__ = ['Scale', 'plan_study', 'run_jobs', 'write_study']
