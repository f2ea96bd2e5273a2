"""A bar for long tests."""

from typing import Any

from mmengine.hooks import Hook
from mmengine.runner import Runner
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from ..registry import HOOKS


@HOOKS.register_module()
class ProgressHook(Hook):
    """Show batches done, rate and remaining time while testing.

    Args:
        title: Text before the bar.
    """

    def __init__(self, title: str = 'testing') -> None:
        self.title = title
        self._bar: Progress | None = None

    def before_test(self, runner: Runner) -> None:
        """Open the bar, in one process."""
        if runner.rank:
            return
        rate = TextColumn('{task.fields[rate]}')
        columns = (BarColumn(), MofNCompleteColumn(), rate, TimeRemainingColumn())
        self._bar = Progress(TextColumn('{task.description}'), *columns)
        self._bar.add_task(self.title, total=len(runner.test_dataloader), rate='')
        self._bar.start()

    def after_test_iter(
        self, runner: Runner, batch_idx: int, data_batch: Any = None, outputs: Any = None
    ) -> None:
        """Move the bar."""
        if self._bar:
            task = self._bar.tasks[0]
            speed = f'{task.speed:.1f}/s' if task.speed else ''
            self._bar.update(task.id, advance=1, rate=speed)

    def after_test(self, runner: Runner) -> None:
        """Close the bar."""
        if self._bar:
            self._bar.stop()
            self._bar = None
