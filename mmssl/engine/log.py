"""A short log: few lines, and few numbers per line.

All numbers are in ``scalars.json``, and the config is in the work directory. ``log_level='DEBUG'``
also logs the rest of MMEngine's lines.
"""

import re
from typing import Any

from mmengine.runner import LogProcessor as MMEngineLogProcessor
from mmengine.runner import Runner as MMEngineRunner

from ..registry import LOG_PROCESSORS

#: Parts of the loss, heads on training batches, variants of metrics, references, intervals, counts.
_HIDDEN = (
    r'grad_norm|loss_.+|(audio|visual)_.+'
    r'|.+(mean|top5|adaptive|exact|small|medium|large|huge).*|.+_kl'
    r'|.+/.+/.+|.+/(samples|constant_maps|empty_truths|evaluated|expected)'
)


@LOG_PROCESSORS.register_module()
class LogProcessor(MMEngineLogProcessor):
    """Leave some numbers out of the lines of a log; ``scalars.json`` contains all of them.

    Args:
        hidden: Regular expression of the names to leave out.
        **kwargs: Arguments of MMEngine's ``LogProcessor``.
    """

    def __init__(self, *, hidden: str = _HIDDEN, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.hidden = re.compile(hidden)

    def get_log_after_iter(
        self, runner: MMEngineRunner, batch_idx: int, mode: str
    ) -> tuple[dict, str]:
        """All numbers of an iteration, and its line."""
        numbers, line = super().get_log_after_iter(runner, batch_idx, mode)
        return numbers, self._shortened(line)

    def get_log_after_epoch(
        self, runner: MMEngineRunner, batch_idx: int, mode: str, with_non_scalar: bool = False
    ) -> tuple[dict, str]:
        """All numbers of a validation or a test, and its line."""
        numbers, line = super().get_log_after_epoch(runner, batch_idx, mode, with_non_scalar)
        return numbers, self._shortened(line)

    def _shortened(self, line: str) -> str:
        def kept(field: re.Match) -> str:
            return '' if self.hidden.fullmatch(field[1]) else field[0]

        return re.sub(r'(\S+): \S+( +|$)', kept, line).rstrip()
