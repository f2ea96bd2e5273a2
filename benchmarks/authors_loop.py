"""Plain loops with the steps of the test scripts of published localizers: read, preprocess,
forward.

One pair at a time, in plain torch. The steps follow the authors' code: EZ-VSL, SLAVC and FNAC read
only the needed part of the sound, with PyAV; LVS, Alignment and SSL-TIE read the whole file.
SLAVC's forward pass also runs its momentum copies, even if its maps do not use them. The authors
read pictures that were extracted from videos; here a frame is decoded from the key frame before it.
"""

from fractions import Fraction

import av
import librosa
import numpy as np
import soundfile
import torch
from mmengine.config import Config
from PIL import Image
from scipy import signal
from torch import nn
from torch.nn.functional import interpolate, normalize

from mmssl.registry import MODELS

MEAN = torch.tensor([0.485, 0.456, 0.406])[:, None, None]
STD = torch.tensor([0.229, 0.224, 0.225])[:, None, None]
#: Seconds of a segment, and of the sound that LVS, Alignment and SSL-TIE read.
SECONDS = {'ez-vsl': 3, 'slavc': 3, 'fnac': 3, 'lvs': 10, 'alignment': 3, 'ssl-tie': 10}
WHOLE = 10


class AuthorsLoop:
    """The steps of one method.

    Args:
        method: Name of the method.
        config: Config that defines the networks.
        weights: State dict of the config's model.
    """

    def __init__(self, method: str, config: Config, weights: dict[str, torch.Tensor]) -> None:
        self.method, self.seconds = method, SECONDS[method]
        self.by_pyav = method in ('ez-vsl', 'slavc', 'fnac')
        network = MODELS.build({**config.model, 'channels_last': False})
        network.load_state_dict(weights)
        self.network = network.eval()
        filters = librosa.filters.mel(sr=16000, n_fft=512, n_mels=257, htk=True, norm=None)
        self.filters, self.window = torch.from_numpy(filters), torch.hann_window(512)

    def still(self, picture: str, sound: str) -> np.ndarray:
        """The map ``(h, w)`` of a picture file with a sound file."""
        return self.forward(*self.inputs_of_still(picture, sound))

    def inputs_of_still(self, picture: str, sound: str) -> tuple[torch.Tensor, torch.Tensor]:
        """Picture and spectrogram of a picture file with a sound file."""
        image = Image.open(picture).convert('RGB')
        if self.by_pyav:
            return self.picture(image), self.spectrogram(read_by_pyav(sound, None, self.seconds))
        samples, rate = soundfile.read(sound)
        samples = repeated(samples, WHOLE * rate)
        first = (len(samples) - self.seconds * rate) // 2
        return self.picture(image), self.spectrogram(samples[first : first + self.seconds * rate])

    def step(self, video: str, sound: str, time: float) -> np.ndarray:
        """The map ``(h, w)`` of a video's frame with the sound around it, from a sound file."""
        return self.forward(*self.inputs_of_step(video, sound, time))

    def inputs_of_step(
        self, video: str, sound: str, time: float
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Picture and spectrogram of a video's frame."""
        length = soundfile.info(sound).duration
        start = min(max(0.0, time - self.seconds / 2), max(0.0, length - self.seconds))
        if self.by_pyav:
            samples = read_by_pyav(sound, start, self.seconds)
        else:
            samples, rate = soundfile.read(sound)
            first = round(start * rate)
            samples = repeated(samples[first : first + self.seconds * rate], self.seconds * rate)
        return self.picture(frame_at(video, time)), self.spectrogram(samples)

    def picture(self, image: Image.Image) -> torch.Tensor:
        """The normalized picture ``(3, 224, 224)``."""
        if self.method == 'alignment':
            values = torch.from_numpy(np.array(image)).permute(2, 0, 1).float() / 255
            values = interpolate(values[None], (224, 224), mode='bicubic', antialias=True)[0]
        else:
            image = squeezed(image) if self.by_pyav else centre_crop(image)
            values = torch.from_numpy(np.array(image)).permute(2, 0, 1).contiguous().float() / 255
        return (values - MEAN) / STD

    def spectrogram(self, samples: np.ndarray) -> torch.Tensor:
        """The spectrogram ``(257, columns)``."""
        if self.method == 'ssl-tie':
            sound = torch.from_numpy(samples).float()
            spectrum = torch.stft(sound, 512, 239, window=self.window, return_complex=True)
            power = (spectrum / self.window.square().sum().sqrt()).abs().square()
            return 10 * (self.filters @ power).clamp(min=1e-10).log10()
        overlap = 353 if self.method == 'alignment' else 274
        samples = np.clip(samples, -1, 1)
        power = signal.spectrogram(samples, 16000, nperseg=512, noverlap=overlap)[2]
        return torch.from_numpy(np.log(power + 1e-7)) / 12

    @torch.no_grad()
    def forward(self, picture: torch.Tensor, spectrogram: torch.Tensor) -> np.ndarray:
        """The map ``(h, w)`` of a picture and a spectrogram."""
        inputs = picture[None], spectrogram[None, None].float()
        maps = cosines(self.network, *inputs)
        if self.method == 'slavc':
            cosines(self.network.momentum_copies, *inputs)
        return (maps[0] / self.network.cls_head.tau).numpy()


def cosines(parts: nn.Module, picture: torch.Tensor, spectrogram: torch.Tensor) -> torch.Tensor:
    """Mean of the projections' cosines ``(1, h, w)``."""
    seen = parts.get_submodule('backbone')(picture)
    heard = parts.get_submodule('audio_backbone')(spectrogram).amax((2, 3))
    head = parts.get_submodule('cls_head')
    pairs = [(see(seen), hear(heard)) for see, hear in zip(*projections(head))]
    maps = [
        torch.einsum('nchw,nc->nhw', normalize(visual), normalize(audio))
        for visual, audio in pairs or [(seen, heard)]
    ]
    return torch.stack(maps).mean(0)


def projections(head: nn.Module) -> tuple[nn.ModuleList, nn.ModuleList]:
    """Projections of pictures, and projections of sounds."""
    return head.visual_projections, head.audio_projections


def squeezed(image: Image.Image) -> Image.Image:
    """Resize to 224 x 224, which changes the aspect ratio."""
    return image.resize((224, 224), Image.Resampling.BICUBIC)


def centre_crop(image: Image.Image) -> Image.Image:
    """The middle 224 x 224 pixels of a picture whose short side is 224."""
    scale = 224 / min(image.size)
    sides = tuple(224 if side == min(image.size) else int(side * scale) for side in image.size)
    image = image.resize(sides, Image.Resampling.BICUBIC)
    left, top = (round((side - 224) / 2) for side in sides)
    return image.crop((left, top, left + 224, top + 224))


def repeated(samples: np.ndarray, count: int) -> np.ndarray:
    """The first ``count`` samples, repeated from the start if there are fewer."""
    return samples[:count] if len(samples) >= count else np.resize(samples, count)


def read_by_pyav(path: str, start: float | None, seconds: int) -> np.ndarray:
    """Seconds of a sound file ``(S,)``, from ``start`` on, or from its middle."""
    with av.open(path) as container:
        stream = container.streams.audio[0]
        length = float(stream.duration * stream.time_base)
        start = max(length / 2 - seconds / 2, 0) if start is None else start
        resampler = av.AudioResampler('s16p', 'mono', stream.rate)
        container.seek(int(start * av.time_base))
        chunks, first = [], None
        for frame in container.decode(stream):
            begin = frame.pts * frame.time_base
            if begin + Fraction(frame.samples, frame.rate) < start:
                continue
            if begin > start + seconds:
                break
            first = begin if first is None else first
            frame.pts = None
            chunks += [part.to_ndarray() for part in resampler.resample(frame)]
        skip = round((start - float(first)) * stream.rate)
        samples = np.concatenate(chunks, 1)[0, skip : skip + seconds * stream.rate] / 32767
        return repeated(samples, seconds * stream.rate)


def frame_at(path: str, time: float) -> Image.Image:
    """The visible frame at a time, decoded from the key frame before it."""
    with av.open(path) as container:
        stream = container.streams.video[0]
        container.seek(int(time / stream.time_base), stream=stream)
        shown = None
        for frame in container.decode(stream):
            if frame.time > time and shown is not None:
                break
            shown = frame
        return shown.to_image()
