"""``mmssl evaluate``."""

from ..apis.evaluate import add_evaluate_options as add_options
from ..apis.evaluate import evaluate_from_options as run

__all__ = ['add_options', 'run']
