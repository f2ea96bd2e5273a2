"""Total memory of several processes; Linux divides shared pages among them."""

import threading
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

#: Seconds between two measurements of the memory. One takes tens of milliseconds.
PERIOD = 3.0


def pss(processes: Iterable[int]) -> float:
    """Total proportional set size of the processes that still run, in bytes."""
    total = 0
    for process in processes:
        with suppress(OSError):
            for line in Path(f'/proc/{process}/smaps_rollup').read_text().splitlines():
                if line.startswith('Pss:'):
                    total += int(line.split()[1]) * 1024
    return total


def tree(process: int) -> list[int]:
    """A process, its children, their children and so on."""
    found = [process]
    for parent in found:
        for task in Path(f'/proc/{parent}/task').glob('*'):
            with suppress(OSError):
                found += map(int, (task / 'children').read_text().split())
    return found


class PeakMemory(threading.Thread):
    """Watches a process and its children in a ``with`` block; ``bytes`` is the largest sum."""

    def __init__(self, process: int) -> None:
        super().__init__(daemon=True)
        self.bytes = 0.0
        self._process, self._end = process, threading.Event()

    def run(self) -> None:
        """Look again and again, until the block ends."""
        while not self._end.wait(PERIOD):
            self.bytes = max(self.bytes, pss(tree(self._process)))

    def __enter__(self) -> 'PeakMemory':
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self.join()
