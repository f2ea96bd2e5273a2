"""Metrics of sound source localization; :func:`evaluate` is the one call.

- :mod:`evaluate`: the call
- :mod:`protocols`: one module per protocol, and the registry of all
- :mod:`inputs`: arguments, checked
- :mod:`samples`: a few numbers for each sample
- :mod:`table`, :mod:`reduce`: the numbers of all samples to a result
- :mod:`threshold`: one threshold for a run, from a validation split
- :mod:`map_files`: maps in files
- :mod:`functional`: every formula
- :mod:`metrics`: MMEngine metrics over it
"""

from .evaluate import evaluate
from .functional import PRESETS
from .protocols import METRICS, PROTOCOLS
from .reduce import EvaluationResult, paired_differences
from .threshold import choose_threshold

__all__ = [
    'METRICS',
    'PRESETS',
    'PROTOCOLS',
    'EvaluationResult',
    'choose_threshold',
    'evaluate',
    'paired_differences',
]
