"""``mmssl report``."""

from ..apis.report import add_report_options as add_options
from ..apis.report import report_from_options as run

__all__ = ['add_options', 'run']
