"""MMEngine's runner with a short log and checks for settings that contradict each other."""

import logging
from typing import Any

from mmengine.logging import MMLogger
from mmengine.model import is_model_wrapper
from mmengine.runner import BaseLoop
from mmengine.runner import Runner as MMEngineRunner
from torch import nn

from ..interrupts import raise_if_lost
from ..registry import RUNNERS
from .checks import (
    idle_classes,
    require_best,
    require_classes,
    require_moments,
    require_same_classes,
    require_steps,
)

#: First words of lines that are the same in every run.
_ASIDE = (
    *('Exp name: ', 'Distributed training is not used', '"FileClient" ', '"HardDiskBackend" '),
    'paramwise_options -- ',
)


@RUNNERS.register_module()
class Runner(MMEngineRunner):
    """MMEngine's runner without log lines about environment, config, hooks and initialization.

    It checks its loops against the model and the hooks before the first step, see :mod:`checks`.
    """

    def build_train_loop(self, loop: BaseLoop | dict) -> BaseLoop:
        """The loop, after a check of its steps and its classes."""
        built = super().build_train_loop(loop)
        require_steps(built)
        require_classes(self._network, built.dataloader.dataset)
        require_moments(built.dataloader.dataset)
        if idle := idle_classes(self._network, built.dataloader.dataset):
            self.logger.warning(idle)
        return built

    def build_val_loop(self, loop: BaseLoop | dict) -> BaseLoop:
        """The loop, after a check of its classes and the metric of ``save_best``."""
        built = super().build_val_loop(loop)
        require_classes(self._network, built.dataloader.dataset)
        require_best(self.hooks, built.evaluator.metrics, self._network, built.dataloader.dataset)
        require_moments(built.dataloader.dataset)
        return built

    def build_test_loop(self, loop: BaseLoop | dict) -> BaseLoop:
        """The loop, after a check of its classes."""
        built = super().build_test_loop(loop)
        require_classes(self._network, built.dataloader.dataset)
        require_moments(built.dataloader.dataset)
        return built

    def call_hook(self, fn_name: str, **kwargs: Any) -> None:
        """Call all hooks. If Ctrl-C was lost since the last call, raise it again."""
        raise_if_lost()
        super().call_hook(fn_name, **kwargs)

    def load_checkpoint(self, filename: str, *args: Any, **kwargs: Any) -> dict:
        """The checkpoint. A resumed checkpoint must have the classes of the training's data."""
        checkpoint = super().load_checkpoint(filename, *args, **kwargs)
        if self._resume and isinstance(self._train_loop, BaseLoop):
            require_same_classes(checkpoint.get('meta', {}), self._train_loop.dataloader.dataset)
        return checkpoint

    @property
    def _network(self) -> nn.Module:
        return self.model.module if is_model_wrapper(self.model) else self.model

    def build_logger(self, log_level: int | str = 'INFO', **kwargs: Any) -> MMLogger:
        """The logger. Messages that are the same in every run need the level DEBUG."""
        logger = super().build_logger(log_level, **kwargs)
        if log_level not in ('DEBUG', logging.DEBUG):
            logger.addFilter(_is_news)
        return logger

    def _init_model_weights(self) -> None:
        """Initialize without MMEngine's line per parameter in the log file."""
        model = self._network
        if _is_news in self.logger.filters:
            vars(model)['_dump_init_info'] = lambda: None
        super()._init_model_weights()
        vars(model).pop('_dump_init_info', None)


def _is_news(record: logging.LogRecord) -> bool:
    text = str(record.msg)
    return not text.startswith(_ASIDE) and (record.levelno != logging.INFO or '\n' not in text)
