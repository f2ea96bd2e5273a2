"""Do the method's claims hold? Trainings and tests on SoundingShapes, and what they say.

- :mod:`plan`: which commands, in which order
- :mod:`true_moments`: moments and boxes of the true events, for comparison
- :mod:`run`: run them, two at a time, and go on after an interruption
- :mod:`results`: read what they measured
- :mod:`write`: tables, plots and verdicts as a page
"""

from .plan import Scale, plan_study
from .run import run_jobs
from .write import write_study

__all__ = ['Scale', 'plan_study', 'run_jobs', 'write_study']
