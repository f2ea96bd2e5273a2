"""Any PyTorch model on arrays, without a config: :func:`localize` and :class:`ModuleLocalizer`."""

import os
from typing import Any

import numpy as np
import torch
from mmengine.config import Config
from mmengine.model import BaseModel
from torch import nn

from ..clock import STEPS_PER_SECOND, step_centres
from ..engine.evaluating import evaluating
from ..media import ArrayClip, Clip
from ..media.clip import start_around
from .load import load_localizer
from .localizer import Localization, Localizer, Predictions
from .windows import localize_clip


class ModuleLocalizer(Localizer):
    """A ``torch.nn.Module`` that is given pictures and the sound around each of them.

    The module is called as ``module(pictures, sounds)``, with a batch of steps on its own device:

    - ``pictures``: float32 RGB in [0, 1], ``(B, 3, H, W)``
    - ``sounds``: float32 in [-1, 1] at 16 kHz, ``(B, 16000 * seconds)``, around the instants of the
      pictures, as far as the clip reaches; a shorter clip is repeated

    It returns maps, float ``(B, h, w)`` or ``(B, 1, h, w)``, higher where the sound comes from. It
    computes everything else (means, spectrograms) itself. It runs in evaluation mode, and its own
    mode is restored. ``SoundLocalizationInferencer(ModuleLocalizer(module))`` writes videos.

    Args:
        module: The model.
        size: Width and height to which pictures are resized; as they are if ``None``.
        seconds: Length of the sound of a picture.
        batch_size: Pictures at a time.

    Raises:
        ValueError: If the module is not a module, or is one of this package's networks, or a number
            is out of range.
    """

    classes = None

    def __init__(
        self,
        module: nn.Module,
        *,
        size: tuple[int, int] | None = None,
        seconds: float = 3.0,
        batch_size: int = 16,
    ) -> None:
        if not isinstance(module, nn.Module):
            raise ValueError(f'the model is of type {type(module).__name__}, expected a nn.Module')
        if isinstance(module, BaseModel):
            raise ValueError(
                f'{type(module).__name__} is a network of a config, which takes other inputs: '
                'give its checkpoint, or the model that mmssl.apis.model.load_model returns'
            )
        if seconds <= 0 or batch_size < 1 or (size is not None and min(size) < 1):
            raise ValueError(
                f'size is {size}, seconds {seconds} and batch_size {batch_size}, expected numbers '
                'above 0'
            )
        self.module, self.size = module, size
        self.seconds, self.batch_size = seconds, batch_size

    def localize_window(self, clip: Clip, start: float, duration: float) -> Localization:
        """As :meth:`Localizer.localize_window`."""
        times = step_centres(round(duration * STEPS_PER_SECOND), start)
        batches = np.split(times, range(self.batch_size, len(times), self.batch_size))
        return Localization(np.concatenate([self._maps(clip, batch) for batch in batches]), {})

    def _maps(self, clip: Clip, times: np.ndarray) -> np.ndarray:
        pictures = np.stack(clip.frames(times, self.size)).transpose(3, 0, 1, 2)
        starts = [start_around(time, self.seconds, clip.duration) for time in times.tolist()]
        sounds = np.stack([clip.samples(start, self.seconds) for start in starts])
        return self.predict(pictures[None], sounds[None])[0][0]

    def predict(self, imgs: np.ndarray, audios: np.ndarray) -> Predictions:
        """As :meth:`Localizer.predict`, the sounds ``(1, T, S)``; N = 1."""
        place = next((tensor.device for tensor in self.module.state_dict().values()), None)
        pictures = torch.from_numpy(imgs[0]).to(place).movedim(1, 0).float() / 255
        with evaluating(self.module):
            maps = self.module(pictures, torch.from_numpy(audios[0]).to(place))
        if not isinstance(maps, torch.Tensor):
            raise ValueError(
                f'{type(self.module).__name__} returned {type(maps).__name__}, expected a tensor '
                'of maps (B, h, w)'
            )
        if maps.ndim == 4 and maps.shape[1] == 1:
            maps = maps[:, 0]
        if maps.ndim != 3 or len(maps) != len(pictures):
            raise ValueError(
                f'{type(self.module).__name__} returned shape {tuple(maps.shape)} for '
                f'{len(pictures)} pictures, expected maps ({len(pictures)}, h, w)'
            )
        return maps.float().cpu().numpy()[None], {}


def localize(
    model: nn.Module | Localizer | str | os.PathLike | Config | dict,
    frames: np.ndarray | torch.Tensor,
    samples: np.ndarray | torch.Tensor,
    rate: float = STEPS_PER_SECOND,
) -> np.ndarray:
    """Localize a sound in pictures that are in memory.

    Args:
        model: A plain module, which is called as :class:`ModuleLocalizer` says, with its defaults;
            or a checkpoint, a name such as ``'soundingshapes'``, or a localizer, as for
            :func:`mmssl.apis.load.load_localizer`.
        frames: uint8 RGB ``(T, H, W, 3)``.
        samples: Float ``(S,)`` in [-1, 1] at 16 kHz, mono.
        rate: Frames a second.

    Returns:
        Maps, float32 ``(steps, h, w)``. Step i is ``[0.1 i, 0.1 (i + 1))`` seconds and shows the
        frame in its middle. The end is that of the frames or of the samples, whichever is earlier.

    Raises:
        ValueError: If the model cannot be used, an array is of another shape, type or range, or
            frames and samples share less than half a second.

    Examples:
        >>> class Brightness(nn.Module):
        ...     def forward(self, pictures, sounds):
        ...         return nn.functional.adaptive_avg_pool2d(pictures.mean(1), 7)
        >>> frames = np.zeros((50, 64, 64, 3), np.uint8)
        >>> localize(Brightness(), frames, np.zeros(32000), rate=25).shape
        (20, 7, 7)
    """
    ready = ModuleLocalizer(model) if isinstance(model, nn.Module) else load_localizer(model)
    return localize_clip(ready, ArrayClip(_array(frames), _array(samples), rate)).maps


def _array(values: Any) -> np.ndarray:
    return values.detach().cpu().numpy() if isinstance(values, torch.Tensor) else np.asarray(values)
