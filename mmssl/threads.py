"""How many cores this process may use, and how its threads wait for one another.

Imports nothing of the package, and torch only when asked to: how libgomp's threads wait is read
from the environment when torch is imported, so it must be written there before. The module is also
a script, ``python -P mmssl/threads.py``, which prints the number of cores.
"""

import os
import sys
from collections.abc import MutableMapping

#: What users set to say how threads wait; any of them is obeyed.
WAITING = ('OMP_WAIT_POLICY', 'GOMP_SPINCOUNT')
#: What users, torchrun and MMEngine's launchers set to say how many threads there are.
NUMBERS = ('OMP_NUM_THREADS', 'MKL_NUM_THREADS')
#: Turns that a thread waits awake before it sleeps. libgomp's own 300,000 take six milliseconds on
#: a Zen 3, and where another program has the partner's core all of them are lost at every barrier
#: (docs/performance.md).
SPINS = '1000'


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

    if any(name in os.environ for name in NUMBERS):
        return
    if torch.get_num_threads() > (cores := usable_cores()):
        torch.set_num_threads(cores)


if __name__ == '__main__':
    print(usable_cores())
