"""What localizes in pictures and sound, whatever runs its networks."""

import os
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..media import log_mel_chunks, step_centres, steps_in
from ..threads import SHARING

#: What runs the networks: torch a checkpoint, onnxruntime an exported model.
BACKENDS = ('torch', 'onnx')


@dataclass(frozen=True)
class Localization:
    """What a model says of a stretch of video; T steps of the clock, K classes.

    Attributes:
        maps: float32 ``(T, h, w)``.
        scores: Head to float32 ``(T, K)``, class scores of every step.
        agreement: float32 ``(T,)``, chance that picture and sound show one class.
    """

    maps: np.ndarray
    scores: dict[str, np.ndarray]
    agreement: np.ndarray


class Localizer(ABC):
    """A model that localizes.

    Attributes:
        classes: Names of the K classes.
        frame_size: Width and height of the frames that it takes.
    """

    classes: list[str]
    frame_size: tuple[int, int]

    @abstractmethod
    def predict(
        self, imgs: np.ndarray, audios: np.ndarray
    ) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        """Run the networks and the attention on a batch.

        Args:
            imgs: RGB in [0, 255], ``(N, 3, T, H, W)`` with ten frames a chunk.
            audios: float32 log-mel ``(N, 1, chunks, 100, 80)``.

        Returns:
            Maps, float32 ``(N, T, h, w)``, and class scores, head to float32
            ``(N, T, K)``.
        """

    def localize(self, frames: list[np.ndarray], samples: np.ndarray) -> Localization:
        """Run the model on whole seconds of frames and samples.

        Args:
            frames: One uint8 RGB frame a step, of :attr:`frame_size`.
            samples: float32 at 16 kHz, of the same duration.
        """
        SHARING.adapt()
        spectrogram = log_mel_chunks(samples).numpy()
        maps, scores = self.predict(np.stack(frames).transpose(3, 0, 1, 2)[None], spectrogram[None])
        scores = {name: values[0] for name, values in scores.items()}
        heard, seen = (scores.get(name, scores['av']) for name in ('audio', 'visual'))
        return Localization(maps=maps[0], scores=scores, agreement=(heard * seen).sum(1))

    def localize_window(self, clip, start: float, duration: float) -> Localization:
        """Localize in ``[start, start + duration)`` of a clip, whole seconds."""
        times = step_centres(steps_in(duration), start)
        return self.localize(clip.frames(times, self.frame_size), clip.samples(start, duration))


def load_localizer(
    path: str | os.PathLike,
    backend: str | None = None,
    *,
    config: str | None = None,
    device: str = 'cpu',
) -> Localizer:
    """Load a checkpoint or an exported model.

    Args:
        path: Checkpoint, or file that :func:`mmssl.apis.export.export_onnx` wrote.
        backend: ``'torch'`` or ``'onnx'``; by the file's suffix if ``None``.
        config: Config file of a checkpoint; the one kept in it if ``None``.
        device: Where torch runs.

    Raises:
        ValueError: If the backend is unknown, or is given what is of the other one.
    """
    backend = backend or ('onnx' if Path(path).suffix == '.onnx' else 'torch')
    if backend not in BACKENDS:
        raise ValueError(f'backend is {backend!r}, expected one of {BACKENDS}')
    # An exported model is run without loading MMAction2's models, a checkpoint without onnxruntime.
    if backend == 'torch':
        from .model import load_model

        return load_model(path, config, device)
    if config is not None:
        raise ValueError(f'{path}: an exported model holds its settings, leave out config {config}')
    if device != 'cpu':
        raise ValueError(f"device is {device!r}, expected 'cpu': onnxruntime is run on it alone")
    from .onnx_model import load_onnx

    return load_onnx(path)
