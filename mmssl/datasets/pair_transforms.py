"""Steps of the pipeline of one-picture localizers: a picture and the sound around it.

The published ones (EZ-VSL, SLAVC, FNAC, LVS, Alignment, SSL-TIE) take one picture and a
spectrogram of some seconds. The order is OpenClip, (SelectMoment), DecodePairs, PillowResize or
TensorResize, (MMAction2's own picture augmentation), PairSpectrograms, (MaskSpectrograms),
FormatShape, PackAudioVisualInputs.
"""

import cv2
import numpy as np
import torch
from PIL import Image
from torch.nn.functional import interpolate

from ..media import SAMPLE_RATE, Clip, step_at, step_centre, step_centres, steps_in
from ..media.clip import start_around
from ..media.spectrogram import log_power, mel_decibels
from ..registry import TRANSFORMS
from .transforms import Step, require_at_least, take_frames

#: Spectrograms by name.
SPECTROGRAMS = {'log-power': log_power, 'mel-decibels': mel_decibels}


@TRANSFORMS.register_module()
class DecodePairs(Step):
    """Read pictures, and the segment of the sound that belongs to each of them.

    A data set's sample has one pair: the picture of ``moment`` (of the middle without one), and
    the segment that the authors take from the chosen part. A window that is given (see
    :class:`OpenClip`), and with ``every_step`` a data set's sample too, has a pair a step: the
    frame of the step with the sound around it, as far as the clip reaches. A still picture has one
    pair always, with the authors' segment.

    Required Keys: clip, clip_size, clip_start, clip_duration, moment (optional). Added Keys:
    imgs (list of T uint8 RGB), segments (float32 ``(T, S)``), img_shape, original_shape,
    num_clips (1), clip_len. Removed Keys: clip.

    Args:
        seconds: Length of a segment. A shorter sound is repeated from its start.
        whole: The authors' segment is the middle of the first ``whole`` seconds, to which a
            shorter sound is repeated first; of the whole part if ``None``.
        every_step: Read a pair a step of a data set's samples, as mining does.

    Raises:
        ValueError: If ``whole`` is shorter than a segment.
    """

    def __init__(
        self, seconds: float, whole: float | None = None, every_step: bool = False
    ) -> None:
        if seconds <= 0 or (whole is not None and whole < seconds):
            raise ValueError(
                f'seconds is {seconds} and whole {whole}, expected 0 < seconds <= whole'
            )
        self.seconds, self.whole, self.every_step = seconds, whole, every_step

    def transform(self, results: dict) -> dict:
        clip: Clip = results.pop('clip')
        if (self.every_step or 'window' in results) and not clip.is_still:
            times = step_centres(steps_in(results['clip_duration']), results['clip_start'])
            starts = [start_around(time, self.seconds, clip.duration) for time in times]
        else:
            if 'window' in results:  # of a still, whose authors' segment is that of the whole sound
                results.update(clip_start=0.0, clip_duration=clip.duration)
            times = np.array([self._instant(results)])
            results.setdefault('moment', float(times[0]))
            starts = []
        frames = clip.frames(times, results.pop('clip_size'))
        segments = [clip.samples(start, self.seconds) for start in starts]
        if not segments:
            segments = [self._published(clip, results['clip_start'], results['clip_duration'])]
        take_frames(results, clip, frames)
        results['segments'] = np.stack(segments)
        return results

    def _instant(self, results: dict) -> float:
        start = results['clip_start']
        moment = results.get('moment', start + results['clip_duration'] / 2)
        return start + step_centre(step_at(max(0.0, moment - start)))

    def _published(self, clip: Clip, start: float, duration: float) -> np.ndarray:
        """The segment that the authors take from a part of a clip, counted in samples."""
        part = clip.samples(start, duration)
        length = round((self.whole or self.seconds) * SAMPLE_RATE)
        if len(part) < length:
            part = np.resize(part, length)  # repeats it
        elif self.whole:
            part = part[:length]
        count = round(self.seconds * SAMPLE_RATE)
        first = (len(part) - count) // 2
        return part[first : first + count]


@TRANSFORMS.register_module()
class PairSpectrograms(Step):
    """A spectrogram of each segment.

    Required Keys: segments ``(T, S)``. Added Keys: audios, float32 ``(1, T, 257, columns)``,
    heard_seconds, total_seconds. Removed Keys: segments.

    Args:
        kind: ``'log-power'`` or ``'mel-decibels'``, see :mod:`mmssl.media.spectrogram`.
        hop: Samples from column to column.
        peak: Value of 16-bit samples at which the authors put 1: 32767 or 32768.

    Raises:
        ValueError: If the kind is unknown.
    """

    def __init__(self, kind: str = 'log-power', hop: int = 238, peak: int = 32768) -> None:
        if kind not in SPECTROGRAMS:
            raise ValueError(f'kind is {kind!r}, expected one of {tuple(SPECTROGRAMS)}')
        require_at_least(1, hop=hop, peak=peak)
        self.kind, self.hop, self.peak = kind, hop, peak

    def transform(self, results: dict) -> dict:
        segments: np.ndarray = results.pop('segments')
        # Samples are 16-bit values / 32768.
        scaled = np.clip(segments.astype(np.float64) * (32768 / self.peak), -1, 1)
        spectrogram = SPECTROGRAMS[self.kind]
        values: list[np.ndarray] = []
        for index, samples in enumerate(scaled):
            # Near an end of a clip, many steps share a segment.
            shared = index and np.array_equal(samples, scaled[index - 1])
            values.append(values[-1] if shared else spectrogram(samples, self.hop))
        results.update(
            audios=np.stack(values)[None].astype(np.float32),
            heard_seconds=(0,),
            total_seconds=1,
        )
        return results


@TRANSFORMS.register_module()
class MaskSpectrograms(Step):
    """Overwrite a stripe of rows and one of columns of a spectrogram, in training.

    Sources: FNAC (9 and 9, to 0) and SSL-TIE (35 and 180, to -100 dB, with a chance of 0.8). Widths
    and places are drawn uniformly.

    Required Keys: audios. Modified Keys: audios.

    Args:
        rows: Largest height of the stripe of rows.
        columns: Largest width of the stripe of columns.
        value: What is written.
        chance: Chance of either stripe.

    Raises:
        ValueError: If the chance is not from 0 to 1, or a stripe could lack room.
    """

    def __init__(self, rows: int, columns: int, value: float = 0.0, chance: float = 1.0) -> None:
        if rows < 0 or columns < 0 or not 0 <= chance <= 1:
            raise ValueError(
                f'rows is {rows}, columns {columns} and chance {chance}, expected stripes of at '
                'least 0 and a chance in [0, 1]'
            )
        self.rows, self.columns, self.value, self.chance = rows, columns, value, chance

    def transform(self, results: dict) -> dict:
        audios: np.ndarray = results['audios']
        for spectrogram in audios[0]:
            for view, largest in ((spectrogram, self.rows), (spectrogram.T, self.columns)):
                if np.random.random() < self.chance:
                    width = np.random.randint(min(largest, len(view)) + 1)
                    first = np.random.randint(len(view) - width + 1)
                    view[first : first + width] = self.value
        return results


@TRANSFORMS.register_module()
class RandomBlur(Step):
    """Blur pictures with a Gaussian of random width, in training (SSL-TIE).

    Required Keys: imgs (list of uint8 RGB). Modified Keys: imgs.

    Args:
        sigma: Smallest and largest standard deviation in pixels.
        chance: Chance that pictures are blurred.
    """

    def __init__(self, sigma: tuple[float, float] = (0.1, 2.0), chance: float = 0.5) -> None:
        if not 0 < sigma[0] <= sigma[1] or not 0 <= chance <= 1:
            raise ValueError(
                f'sigma is {sigma} and chance {chance}, expected 0 < smallest <= largest and a '
                'chance in [0, 1]'
            )
        self.sigma, self.chance = sigma, chance

    def transform(self, results: dict) -> dict:
        if np.random.random() < self.chance:
            sigma = np.random.uniform(*self.sigma)
            results['imgs'] = [cv2.GaussianBlur(img, (0, 0), sigma) for img in results['imgs']]
        return results


@TRANSFORMS.register_module()
class PillowResize(Step):
    """Resize pictures by Pillow's bicubic filter, which averages where they shrink.

    Required Keys: imgs (uint8). Modified Keys: imgs, img_shape.

    Args:
        size: Pixels of a side.
        shape: ``'square'`` (both sides, the aspect is lost), ``'short-side'`` (the shorter side,
            the aspect is kept) or ``'centre-crop'`` (the middle square of the latter).

    Raises:
        ValueError: If the shape is unknown.
    """

    SHAPES = ('square', 'short-side', 'centre-crop')

    def __init__(self, size: int = 224, shape: str = 'square') -> None:
        if shape not in self.SHAPES:
            raise ValueError(f'shape is {shape!r}, expected one of {self.SHAPES}')
        require_at_least(1, size=size)
        self.size, self.shape = size, shape

    def transform(self, results: dict) -> dict:
        results['imgs'] = [self._resized(Image.fromarray(img)) for img in results['imgs']]
        results['img_shape'] = results['imgs'][0].shape[:2]
        return results

    def _resized(self, picture: Image.Image) -> np.ndarray:
        # Copies, because MMAction2 mirrors in place and Pillow lends its memory for reading alone.
        size = self.size
        if self.shape == 'square':
            return np.array(picture.resize((size, size), Image.Resampling.BICUBIC))
        width, height = picture.size
        long = int(size * max(width, height) / min(width, height))
        sides = (size, long) if width <= height else (long, size)
        picture = picture.resize(sides, Image.Resampling.BICUBIC)
        if self.shape == 'centre-crop':
            left, top = (round((side - size) / 2) for side in sides)
            picture = picture.crop((left, top, left + size, top + size))
        return np.array(picture)


@TRANSFORMS.register_module()
class TensorResize(Step):
    """Resize pictures as tensors, bicubic, as torchvision does; values may leave [0, 255].

    Required Keys: imgs (uint8). Modified Keys: imgs (float32), img_shape.

    Args:
        size: Side of the square that pictures are resized to; their aspect is lost.
        antialias: Average where they shrink. torchvision does from 0.17 on.
    """

    def __init__(self, size: int = 224, antialias: bool = False) -> None:
        require_at_least(1, size=size)
        self.size, self.antialias = size, antialias

    def transform(self, results: dict) -> dict:
        results['imgs'] = [self._resized(img) for img in results['imgs']]
        results['img_shape'] = (self.size, self.size)
        return results

    def _resized(self, img: np.ndarray) -> np.ndarray:
        picture = torch.from_numpy(img).permute(2, 0, 1)[None].float() / 255
        resized = interpolate(
            picture,
            (self.size, self.size),
            mode='bicubic',
            align_corners=False,
            antialias=self.antialias,
        )
        return (resized[0] * 255).permute(1, 2, 0).numpy()
