"""How many cores this process may use, how many others leave it, and how its threads wait.

Imports nothing of the package, and torch only when asked to: how libgomp's threads wait is read
from the environment when torch is imported, so it must be written there before. The module is also
a script, ``python -P mmssl/threads.py``, which prints the number of cores.
"""

import math
import os
import sys
import time
from collections.abc import MutableMapping
from pathlib import Path

#: What users set to say how threads wait; any of them is obeyed.
WAITING = ('OMP_WAIT_POLICY', 'GOMP_SPINCOUNT')
#: What users, torchrun and MMEngine's launchers set to say how many threads there are.
NUMBERS = ('OMP_NUM_THREADS', 'MKL_NUM_THREADS')
#: Turns that a thread waits awake before it sleeps, some tenths of a millisecond. libgomp's own
#: 300,000 keep the core from other programs for milliseconds while there is nothing to do.
SPINS = '10000'


def usable_cores() -> int:
    """Number of cores this process may use: affinity and the quota of its container.

    A quota of one and a half cores counts as two. ``LOKY_MAX_CPU_COUNT`` lowers the number. The
    quota is that of the container, as it sees itself (``/sys/fs/cgroup``); one that a parent group
    of an ordinary process has, such as systemd's ``CPUQuota``, is not seen.
    """
    from joblib import cpu_count

    return cpu_count()


def wait_asleep(environment: MutableMapping[str, str] = os.environ) -> bool:
    """Let threads sleep early where they wait for others, if nobody has said how they wait.

    Processes that this one starts inherit it.

    Returns:
        Whether it was set. Where torch is loaded it would come too late.
    """
    if 'torch' in sys.modules or any(name in environment for name in WAITING):
        return False
    environment['GOMP_SPINCOUNT'] = SPINS
    return True


def limit_torch() -> None:
    """Give torch as many threads as there are usable cores, where it would take more.

    torch knows affinity, but no quota. A number that somebody has set is obeyed.
    """
    import torch

    if not asked() and torch.get_num_threads() > (cores := usable_cores()):
        torch.set_num_threads(cores)


def asked() -> bool:
    """Whether somebody has said how many threads there are."""
    return any(name in os.environ for name in NUMBERS)


class Sharing:
    """Gives torch threads only for those cores that other programs leave to this process.

    Two threads that share their cores with others hardly ever run at the same time, and each
    waits for the other at every operator; one thread waits for nobody (docs/performance.md).
    What others leave is the time that this process has used, its children included, and the
    time in which its cores were idle.

    Results on another number of threads differ in last digits. A number that somebody has set
    is kept, and so is torch's where the system does not tell idle times (Linux does).
    """

    #: Seconds between two decisions.
    PERIOD = 2.0
    #: Part of a core that others may use before a thread is taken from it.
    SPARE = 0.3

    def __init__(self) -> None:
        self._most = self._given = None
        self._last = _times()

    def adapt(self) -> int | None:
        """Look, when it is time to, how many cores are left; for between two steps of work.

        Returns:
            Torch's new number of threads, if it has changed.
        """
        now = _times()
        if asked() or now is None or now[0] - self._last[0] < self.PERIOD:
            return None
        import torch

        if (there := torch.get_num_threads()) != self._given:
            self._most = there  # somebody's own choice, or the beginning
        (wall, own, idle), self._last = (a - b for a, b in zip(now, self._last)), now
        left = math.floor((own + idle) / wall + self.SPARE)
        self._given = min(max(left, 1), self._most)
        if self._given == there:
            return None
        torch.set_num_threads(self._given)
        return self._given


def _times():
    """Seconds of the clock, of this process, and of idleness of its cores; None if unknown."""
    try:
        text = Path('/proc/stat').read_text()
        cores = {f'cpu{core}' for core in os.sched_getaffinity(0)}
    except (OSError, AttributeError):
        return None
    lines = (line.split() for line in text.splitlines() if line.startswith('cpu'))
    # Fields four and five: idle, and idle while something is read.
    ticks = sum(int(line[4]) + int(line[5]) for line in lines if line[0] in cores)
    return time.monotonic(), sum(os.times()[:4]), ticks / os.sysconf('SC_CLK_TCK')


#: The process's one; the first decision is about the time since the import.
SHARING = Sharing()


if __name__ == '__main__':
    print(usable_cores())
