"""All methods on equal terms: trainings and tests on SoundingShapes, levels 1 to 3.

- :mod:`methods`: the methods and the grid
- :mod:`scale`: size of the league
- :mod:`plan`: the commands, in order
- :mod:`score`: a model's numbers on all subsets, under every protocol
- :mod:`choose`: the best settings of the grid, as a config
- :mod:`cost`: parameters and multiplications of a method
- :mod:`follow`: delay of a map after a change of the sound
- :mod:`results`: reads the finished results
- :mod:`figure`: the page's figure
- :mod:`write`: the page
"""

from .plan import plan_league, select_jobs
from .scale import TRIAL, Scale

__all__ = ['TRIAL', 'Scale', 'plan_league', 'select_jobs']
