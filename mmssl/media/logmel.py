"""Log-mel spectrograms: 16 kHz, 25 ms window, 10 ms hop, 80 bands.

Row ``j`` is centred at ``10 ms * j``; ten rows are one step of the clock. The
bands are librosa's (Slaney), and the values equal ``log(max(mel, FLOOR))`` of
:func:`librosa.feature.melspectrogram` to 1e-4.
"""

from functools import lru_cache

import librosa
import numpy as np
import torch

from .audio import SAMPLE_RATE

WINDOW = 400
HOP = 160
FFT = 512
BANDS = 80
FLOOR = 1e-6
#: Rows of a chunk of one second.
ROWS_PER_CHUNK = SAMPLE_RATE // HOP


def log_mel(samples: np.ndarray | torch.Tensor) -> torch.Tensor:
    """Compute the log-mel spectrogram of a sound.

    Args:
        samples: float32 ``(..., S)`` in [-1, 1] at 16 kHz.

    Returns:
        float32 tensor ``(..., S // 160, 80)``, natural logarithm.

    Raises:
        ValueError: If the sound is shorter than one row's padding.
    """
    samples = torch.as_tensor(samples, dtype=torch.float32)
    if samples.shape[-1] <= FFT // 2:
        raise ValueError(f'{samples.shape[-1]} samples, expected more than {FFT // 2}')
    window, bands = _window_and_bands()
    flat = samples.reshape(-1, samples.shape[-1])
    spectrum = torch.stft(
        flat, FFT, HOP, WINDOW, window, center=True, pad_mode='constant', return_complex=True
    )
    power = torch.view_as_real(spectrum).square().sum(-1)
    mel = (bands @ power)[..., : samples.shape[-1] // HOP]
    return mel.clamp(min=FLOOR).log().transpose(-1, -2).reshape(*samples.shape[:-1], -1, BANDS)


def log_mel_chunks(samples: np.ndarray) -> torch.Tensor:
    """Log-mel of whole seconds, cut into the chunks the audio network reads.

    Args:
        samples: float32 ``(S,)``, S a multiple of 16,000.

    Returns:
        float32 tensor ``(1, S / 16000, 100, 80)``.

    Raises:
        ValueError: If the sound is not a whole number of seconds long.
    """
    if len(samples) % SAMPLE_RATE or not len(samples):
        raise ValueError(
            f'{len(samples)} samples are {len(samples) / SAMPLE_RATE:.3f} s, '
            'expected a whole number of seconds'
        )
    return log_mel(samples).reshape(1, -1, ROWS_PER_CHUNK, BANDS)


@lru_cache(maxsize=1)
def _window_and_bands() -> tuple[torch.Tensor, torch.Tensor]:
    bands = librosa.filters.mel(sr=SAMPLE_RATE, n_fft=FFT, n_mels=BANDS)
    return torch.hann_window(WINDOW), torch.from_numpy(np.ascontiguousarray(bands))
