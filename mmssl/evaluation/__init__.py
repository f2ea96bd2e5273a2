"""Metrics of sound source localization; :func:`evaluate` is the one call.

- :mod:`evaluate`: the call
- :mod:`protocols`: one module per protocol, and the registry of all
- :mod:`inputs`: arguments, checked
- :mod:`samples`: a few numbers for each sample
- :mod:`table`, :mod:`reduce`: the result of all samples
- :mod:`labels`: class scores against labels that are heard or seen; :func:`evaluate_labels`
- :mod:`threshold`: one threshold for a run, from a validation split
- :mod:`map_files`: maps in files
- :mod:`functional`: every formula
- :mod:`metrics`: MMEngine metrics over it
"""

from .evaluate import evaluate
from .functional import PRESETS
from .labels import evaluate_labels
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
    'evaluate_labels',
    'paired_differences',
]
