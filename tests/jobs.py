"""Jobs for worker processes: they import this module."""

import os
import signal
import time


def obey(item):
    """Double a number, hang, crash or fail as the item says."""
    if item == 'hang':
        time.sleep(1000)
    if item == 'crash':
        os.abort()
    if item == 'killed':
        os.kill(os.getpid(), signal.SIGKILL)
    if item == 'fail':
        raise KeyError('a defect of the job')
    return item * 2


def take_time(item):
    """Double a number, slowly enough to be killed at it."""
    time.sleep(0.2)
    return item * 2


def die():
    """End a process before it has a job."""
    os._exit(9)
