"""A pipeline that turns windows of an open clip into a model's inputs."""

from collections.abc import Sequence

import torch
from mmaction.registry import TRANSFORMS
from mmengine.dataset import Compose
from mmengine.registry import DefaultScope

from ..media import Clip


class WindowPipeline:
    """The steps of a data set's pipeline, for a clip without annotations.

    Steps whose class has a true attribute ``of_data_set`` are left out: they read the ground truth,
    or choose a part of the clip, which is the window here.

    Args:
        steps: Pipeline of a config. The first one opens the clip (:class:`OpenClip`).

    Raises:
        ValueError: If the steps do not make inputs of a clip.
    """

    def __init__(self, steps: Sequence[dict]) -> None:
        #: Configs of the steps that are used.
        self.steps = [dict(step) for step in steps if not _is_of_data_set(step)]
        with DefaultScope.overwrite_default_scope('mmaction'):
            self._compose = Compose(self.steps)

    def __call__(self, clip: Clip, start: float, duration: float) -> dict[str, torch.Tensor]:
        """The inputs of ``[start, start + duration)`` of a clip, whole seconds.

        Returns:
            ``imgs`` ``(3, T, H, W)`` and ``audios`` ``(1, chunks, 100, 80)``.
        """
        packed = self._compose({'clip': clip, 'window': (start, duration)})
        if not isinstance(packed, dict) or 'inputs' not in packed:
            raise ValueError(
                f'the test pipeline ends with {self.steps[-1]["type"]}, expected '
                'mmssl.PackAudioVisualInputs, which packs the inputs'
            )
        return packed['inputs']


def _is_of_data_set(step: dict) -> bool:
    with DefaultScope.overwrite_default_scope('mmaction'):
        return bool(getattr(TRANSFORMS.get(step['type']), 'of_data_set', False))
