"""Jobs for worker processes: they import this module."""

import os
import time


def obey(item):
    """Double a number, hang, crash or fail as the item says."""
    if item == 'hang':
        time.sleep(1000)
    if item == 'crash':
        os.abort()
    if item == 'fail':
        raise KeyError('a defect of the job')
    return item * 2
