"""Do the method's claims hold? Trainings and tests on SoundingShapes, and verdicts.

- :mod:`plan`: the commands, in order
- :mod:`results`: reads their results
- :mod:`write`: tables, plots and verdicts as a page
"""

from .plan import Scale, plan_study
from .write import write_study

__all__ = ['Scale', 'plan_study', 'write_study']
