"""Leave cores to other programs, and take them back."""

from mmengine.hooks import Hook
from mmengine.runner import Runner

from ..registry import HOOKS
from ..threads import SHARING


@HOOKS.register_module()
class ShareCoresHook(Hook):
    """Train, validate and test on as many threads as other programs leave cores.

    See :class:`mmssl.threads.Sharing`. ``OMP_NUM_THREADS`` and a deterministic run
    (``--deterministic``) keep the number, and with it the last digits of results.
    """

    def before_train_iter(self, runner: Runner, batch_idx: int, data_batch=None) -> None:
        """Look whether it is time for another number of threads."""
        _adapt(runner)

    def before_val_iter(self, runner: Runner, batch_idx: int, data_batch=None) -> None:
        """As in training."""
        _adapt(runner)

    def before_test_iter(self, runner: Runner, batch_idx: int, data_batch=None) -> None:
        """As in training."""
        _adapt(runner)


def _adapt(runner):
    if not runner.deterministic and (threads := SHARING.adapt()):
        runner.logger.info(f'{threads} threads: as many as other programs leave cores')
