"""Pictures of samples while a model is trained, validated or tested."""

import random
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper
from mmengine.runner import Runner
from torch import nn

from ..clock import STEPS_PER_SECOND
from ..media import SAMPLE_RATE, log_mel_chunks
from ..registry import HOOKS
from ..structures import LocalizationDataSample
from ..visualization.visualizer import SoundLocalizationVisualizer, has_display
from .evaluating import evaluating

#: The parts of a batch that a sheet needs.
_INPUTS = ('imgs', 'audios')
Inputs = dict[str, torch.Tensor]


@HOOKS.register_module()
class LocalizationVisualizationHook(Hook):
    """Draw every n-th sample and pass the sheet to the visualization backends.

    Needs ``visualizer=dict(type='mmssl.SoundLocalizationVisualizer', ...)``. Samples are counted
    from 0 in every epoch, including unreadable ones. With several processes, the first one draws
    from its share of the samples.

    ============  =======================  ==========================================
    while         tag                      step
    ============  =======================  ==========================================
    training      ``train_NUMBER``         iteration, counted from 1
    validation    ``val_IDENTIFIER``       epoch (iteration, where the log counts so)
    testing       ``test_IDENTIFIER``      0
    ============  =======================  ==========================================

    In training, the model predicts each drawn sample again, separately and in evaluation mode;
    weights, statistics and random states do not change. Training augments pictures, but not boxes,
    so training sheets show no boxes, and the instant is the model's best. If training uses only
    some seconds of sound (``LogMel(max_chunks=...)``), their frames are used.

    Args:
        enable: Whether anything is drawn.
        interval: Draw every n-th sample; 0 draws none.
        limit: Largest number of sheets per epoch; no limit if ``None``. A loop
            that counts iterations is one epoch.
        show: Show the sheets in windows, too.
        wait_time: Duration of a window in seconds.
        out_dir: Folder for ``TAG_STEP.png`` files instead of the backends.

    Raises:
        ValueError: If ``interval`` or ``limit`` is negative; before the run, if ``show`` is set
            and there is no display.
        TypeError: Before the run, if the hook is enabled and the visualizer has another type.
    """

    def __init__(
        self,
        enable: bool = False,
        interval: int = 5000,
        limit: int | None = None,
        show: bool = False,
        wait_time: float = 2.0,
        out_dir: str | None = None,
    ) -> None:
        if interval < 0:
            raise ValueError(f'interval is {interval} samples, expected at least 1, or 0 for none')
        if limit is not None and limit < 0:
            raise ValueError(f'limit is {limit} sheets, expected at least 0, or None for no limit')
        self.enable = enable and interval > 0
        self.interval = interval
        self.limit = limit
        self.show = show
        self.wait_time = wait_time
        self.out_dir = out_dir
        self._trains = False
        # Separate for training, validation and test: a loop that counts iterations validates in the
        # middle of its only epoch.
        self._seen: Counter[str] = Counter()
        self._drawn: Counter[str] = Counter()

    def before_run(self, runner: Runner) -> None:
        """Check that the visualizer can draw samples, and show them if requested."""
        if self.enable and not isinstance(runner.visualizer, SoundLocalizationVisualizer):
            raise TypeError(
                f'the visualizer is a {type(runner.visualizer).__name__}, expected '
                "visualizer=dict(type='mmssl.SoundLocalizationVisualizer', "
                'vis_backends=[...]) in the config'
            )
        if self.enable and self.show and not has_display():
            raise ValueError(
                'show of the visualization hook needs a display, and there is none: set '
                'out_dir, a folder for the pictures'
            )

    def before_train(self, runner: Runner) -> None:
        """Note that the run is a training."""
        self._trains = True

    def _before_epoch(self, runner: Runner, mode: str = 'train') -> None:
        self._seen[mode] = self._drawn[mode] = 0

    def _after_iter(
        self,
        runner: Runner,
        batch_idx: int,
        data_batch: dict,
        outputs: Any = None,
        mode: str = 'train',
    ) -> None:
        """Draw every n-th sample. In training, the model predicts them first."""
        if not self.enable or runner.rank:
            return
        start = self._seen[mode]
        self._seen[mode] += len(data_batch['data_samples'])
        first = -(-start // self.interval) * self.interval
        for number in range(first, self._seen[mode], self.interval):
            if self.limit is not None and self._drawn[mode] >= self.limit:
                return
            with _same_randomness():
                inputs = {name: data_batch['inputs'][name][number - start] for name in _INPUTS}
                if mode == 'train':
                    truth = data_batch['data_samples'][number - start]
                    inputs, sample = _predict(runner.model, inputs, truth)
                else:
                    sample = outputs[number - start]
                self._draw(runner, mode, number, inputs, sample)

    def _draw(
        self, runner: Runner, mode: str, number: int, inputs: Inputs, sample: LocalizationDataSample
    ) -> None:
        if sample.get('unreadable'):
            return
        name = str(sample.get('video_id', number))
        if 'pred_map' in sample and not sample.pred_map.isfinite().all():
            runner.logger.warning(f'{name} is not drawn: its map has NaN or infinite values')
            return
        # Tags become file names.
        tag = f'train_{number}' if mode == 'train' else re.sub(r'[^\w.-]', '_', f'{mode}_{name}')
        step = self._step(runner, mode)
        runner.visualizer.add_datasample(
            tag,
            inputs['imgs'].permute(1, 2, 3, 0).cpu().numpy(),
            sample,
            spectrogram=_spectrogram(inputs['audios'].cpu().numpy()),
            step=step,
            show=self.show,
            wait_time=self.wait_time,
            out_file=self.out_dir and Path(self.out_dir) / f'{tag}_{step}.png',
        )
        self._drawn[mode] += 1

    def _step(self, runner: Runner, mode: str) -> int:
        if mode == 'train':
            return runner.iter + 1
        # Outside of a training, reading the epoch would build the training's data set.
        if mode == 'test' or not self._trains:
            return 0
        return runner.epoch if runner.log_processor.by_epoch else runner.iter


def _predict(
    model: nn.Module, inputs: Inputs, truth: LocalizationDataSample
) -> tuple[Inputs, LocalizationDataSample]:
    """Pictures and sound of the same seconds, and the predictions for them."""
    network: Any = model.module if is_model_wrapper(model) else model
    inputs = {**inputs, 'imgs': _frames_heard(inputs['imgs'], truth)}
    sample = truth.clone()
    for key in ('gt_boxes', 'gt_mask', 'moment'):
        sample.pop(key, None)
    batch = {name: [value] for name, value in inputs.items()}
    with evaluating(network):
        return inputs, network.test_step({'inputs': batch, 'data_samples': [sample]})[0]


def _frames_heard(imgs: torch.Tensor, sample: LocalizationDataSample) -> torch.Tensor:
    """The frames ``(3, T', H, W)`` of the seconds with sound in the sample."""
    seconds = sample.get('heard_seconds')
    if seconds is None or len(seconds) == sample.total_seconds:
        return imgs
    steps = STEPS_PER_SECOND * np.array(seconds)[:, None] + np.arange(STEPS_PER_SECOND)
    frames = steps * imgs.shape[1] // (STEPS_PER_SECOND * sample.total_seconds)
    return imgs[:, torch.from_numpy(np.unique(frames))]


@contextmanager
def _same_randomness() -> Iterator[None]:
    """Restore all random generators, because backends and models may draw from them."""
    devices = [torch.cuda.current_device()] if torch.cuda.is_available() else []
    states = random.getstate(), np.random.get_state()
    try:
        with torch.random.fork_rng(devices):
            yield
    finally:
        random.setstate(states[0])
        np.random.set_state(states[1])


def _spectrogram(audios: np.ndarray) -> np.ndarray:
    """A sample's spectrogram; of sound segments ``(1, S, samples)``, only their middles."""
    if audios.ndim > 3:
        return audios
    first = max(0, (audios.shape[2] - SAMPLE_RATE) // 2)
    seconds = [np.resize(part[first:], SAMPLE_RATE) for part in audios[0]]
    return log_mel_chunks(np.concatenate(seconds)).numpy()
