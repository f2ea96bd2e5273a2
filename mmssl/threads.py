"""Find the cores that this process may use, share them, and set how threads wait.

This module imports nothing from the package, and torch only inside functions. libgomp reads how
threads wait from the environment when torch is imported, so the setting must be made before. The
module is also a script: ``python -P mmssl/threads.py`` prints the number of cores.
"""

import math
import os
import sys
import time
from collections.abc import MutableMapping
from pathlib import Path

#: Users set these to choose how threads wait. The package then changes nothing.
WAITING = ('OMP_WAIT_POLICY', 'GOMP_SPINCOUNT')
#: Users, torchrun and MMEngine's launchers set these to choose the number of threads.
NUMBERS = ('OMP_NUM_THREADS', 'MKL_NUM_THREADS')
#: How many times a waiting thread checks for work before it sleeps. This takes some tenths of a
#: millisecond. With libgomp's default of 300,000, an idle thread keeps its core from other programs
#: for milliseconds.
SPINS = '10000'


def usable_cores() -> int:
    """Count the cores that this process may use by its affinity and its container's quota.

    A quota of one and a half cores counts as two. ``LOKY_MAX_CPU_COUNT`` lowers the number. The
    quota is read as a container sees its own (``/sys/fs/cgroup``). A quota that an ordinary process
    has from a parent group, such as systemd's ``CPUQuota``, is not seen.

    Raises:
        ValueError: If ``LOKY_MAX_CPU_COUNT`` is not a number.
    """
    from joblib import cpu_count

    try:
        return cpu_count()
    except ValueError as error:
        raise ValueError(f'LOKY_MAX_CPU_COUNT: {error}; expected a whole number') from error


def wait_asleep(environment: MutableMapping[str, str] = os.environ) -> bool:
    """Let waiting threads sleep early, unless the environment already says how they wait.

    Processes that this one starts inherit the setting.

    Returns:
        Whether it was set. It is not set if torch is loaded, because it would come too late.
    """
    if 'torch' in sys.modules or any(name in environment for name in WAITING):
        return False
    environment['GOMP_SPINCOUNT'] = SPINS
    return True


def limit_torch() -> None:
    """Limit torch's threads to the number of usable cores.

    Torch respects affinity, but not a quota. A number that the environment sets is kept.
    """
    import torch

    if not asked() and torch.get_num_threads() > (cores := usable_cores()):
        torch.set_num_threads(cores)


def asked() -> bool:
    """Whether the environment sets the number of threads."""
    # OpenMP ignores a value that is not a number.
    return any(os.environ.get(name, '').split(',')[0].strip().isdigit() for name in NUMBERS)


class Sharing:
    """Gives torch threads only for the cores that other programs leave to this process.

    Two threads that share their cores with other programs hardly ever run at the same time, and
    each waits for the other at every operator. A single thread does not wait
    (docs/explanation/speed.md). The time left to this process is the time that it has used, plus
    the time in which its cores were idle. Running loaders count as other programs; processes in
    :attr:`helpers` do not.

    Results with another number of threads differ in their last digits. A number that the
    environment sets is kept. Idle times are read only on Linux. On other
    systems, torch keeps its number of threads.
    """

    #: Seconds between two decisions.
    PERIOD = 2.0
    #: Part of a core that other programs may use before torch loses a thread.
    SPARE = 0.3

    def __init__(self) -> None:
        #: Processes that work only while this one waits for them, such as readers of clips.
        self.helpers: set[int] = set()
        self._most = self._given = 0
        self._last, self._helped = _times(), dict[int, float]()

    def adapt(self) -> int | None:
        """Adapt torch's threads to the cores that are left. Call this between steps of work.

        It does nothing until :attr:`PERIOD` has passed since the last decision.

        Returns:
            Torch's new number of threads, or ``None`` if it has not changed.
        """
        now = _times()
        if asked() or not now or not self._last or now[0] - self._last[0] < self.PERIOD:
            return None
        import torch

        if (there := torch.get_num_threads()) != self._given:
            self._most = there  # the first call, or other code has set it
        (wall, own, idle), self._last = (a - b for a, b in zip(now, self._last)), now
        left = math.floor((own + self._help() + idle) / wall + self.SPARE)
        self._given = min(max(left, 1), self._most)
        if self._given == there:
            return None
        torch.set_num_threads(self._given)
        return self._given

    def _help(self) -> float:
        """Seconds that helpers have used since the last decision."""
        before, self._helped = self._helped, {h: _seconds_of(h) for h in self.helpers}
        # One that has ended says 0.
        return sum(max(0.0, used - before.get(h, 0.0)) for h, used in self._helped.items())


def _seconds_of(process: int) -> float:
    """Time that another process has used; 0 if it has ended."""
    try:
        text = Path(f'/proc/{process}/stat').read_text()
    except OSError:
        return 0.0
    # Fields 14 and 15; the second is a name in brackets, which may hold anything.
    ticks = sum(map(int, text.rpartition(')')[2].split()[11:13]))
    return ticks / os.sysconf('SC_CLK_TCK')


def _times() -> tuple[float, float, float] | None:
    """Seconds on the clock, used by this process, and idle on its cores; None if unknown."""
    try:
        text = Path('/proc/stat').read_text()
        cores = {f'cpu{core}' for core in os.sched_getaffinity(0)}
    except (OSError, AttributeError):
        return None
    lines = (line.split() for line in text.splitlines() if line.startswith('cpu'))
    # Fields four and five: idle, and idle while waiting for input or output.
    ticks = sum(int(line[4]) + int(line[5]) for line in lines if line[0] in cores)
    return time.monotonic(), sum(os.times()[:4]), ticks / os.sysconf('SC_CLK_TCK')


#: Shared by the whole process. The first decision covers the time since the import.
SHARING = Sharing()


if __name__ == '__main__':
    print(usable_cores())
