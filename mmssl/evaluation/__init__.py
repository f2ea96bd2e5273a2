"""Metrics of sound source localization; :func:`evaluate` computes all of them.

- :mod:`evaluate`: one function for all protocols
- :mod:`protocols`: one module per protocol, and the registry of all
- :mod:`inputs`: checks of the arguments
- :mod:`samples`: scores of each sample
- :mod:`table`, :mod:`reduce`: the result over all samples
- :mod:`labels`: class scores against audible and visible labels; :func:`evaluate_labels`
- :mod:`threshold`: one threshold for a run, from a validation split
- :mod:`map_files`: maps in files
- :mod:`functional`: every formula
- :mod:`metrics`: MMEngine metrics
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
