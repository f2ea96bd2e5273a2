"""Use fewer threads while other programs need cores."""

from mmengine.hooks import Hook
from mmengine.runner import Runner

from ..registry import HOOKS
from ..threads import SHARING


@HOOKS.register_module()
class ShareCoresHook(Hook):
    """Train, validate and test with one thread for each core that other programs leave.

    See :class:`mmssl.threads.Sharing`. ``OMP_NUM_THREADS`` and a deterministic run
    (``--deterministic``) keep the number of threads, and thus the last digits of results.
    """

    def _before_iter(
        self, runner: Runner, batch_idx: int, data_batch: dict | None = None, mode: str = 'train'
    ) -> None:
        if not runner.deterministic and (threads := SHARING.adapt()):
            runner.logger.info(
                f'torch threads: {threads}, one for each core that other programs leave'
            )
