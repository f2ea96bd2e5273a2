"""Spectrograms of published localizers, with all bands up to half of the sampling rate.

Sources: the authors' code of EZ-VSL, SLAVC, FNAC, LVS and Alignment (:func:`log_power`) and of
SSL-TIE (:func:`mel_decibels`). Both have 257 rows, low to high, of windows of 512 samples.
"""

import warnings
from functools import lru_cache

import librosa
import numpy as np
import torch
from scipy import signal

from .audio import SAMPLE_RATE

WINDOW = 512
ROWS = WINDOW // 2 + 1


def log_power(samples: np.ndarray, hop: int) -> np.ndarray:
    """Logarithm of the power density, as :func:`scipy.signal.spectrogram` computes it by default.

    Its defaults matter: a Tukey window, no mean in any window, no padding.

    Args:
        samples: ``(S,)`` in [-1, 1] at 16 kHz.
        hop: Samples from window to window.

    Returns:
        float64 ``(257, (S - 512) // hop + 1)``, ``ln(power + 1e-7) / 12``.

    Raises:
        ValueError: If the sound is shorter than a window.
    """
    samples = np.asarray(samples, np.float64)
    if len(samples) < WINDOW:
        raise ValueError(f'{len(samples)} samples, expected at least {WINDOW}')
    power = signal.spectrogram(samples, SAMPLE_RATE, nperseg=WINDOW, noverlap=WINDOW - hop)[2]
    return np.log(power + 1e-7) / 12


def mel_decibels(samples: np.ndarray, hop: int) -> np.ndarray:
    """Mel spectrogram in decibels, as torchaudio computes it with ``normalized=True``.

    A periodic Hann window, centred, the ends reflected; 257 filters on the HTK scale without area
    normalization. Low filters that are narrower than a bin are empty: their rows are -100.

    Args:
        samples: ``(S,)`` in [-1, 1] at 16 kHz.
        hop: Samples from window to window.

    Returns:
        float32 ``(257, S // hop + 1)`` in dB, at least -100.

    Raises:
        ValueError: If the sound is shorter than half a window.
    """
    if len(samples) <= WINDOW // 2:
        raise ValueError(f'{len(samples)} samples, expected more than {WINDOW // 2}')
    window = torch.hann_window(WINDOW)
    spectrum = torch.stft(
        torch.as_tensor(samples, dtype=torch.float32),
        n_fft=WINDOW,
        hop_length=hop,
        window=window,
        return_complex=True,
    )
    power = (spectrum / window.square().sum().sqrt()).abs().square()
    return (10 * (_filters() @ power).clamp(min=1e-10).log10()).numpy()


@lru_cache(maxsize=1)
def _filters() -> torch.Tensor:
    with warnings.catch_warnings():
        # Empty filters are those of the authors.
        warnings.simplefilter('ignore', UserWarning)
        filters = librosa.filters.mel(
            sr=SAMPLE_RATE, n_fft=WINDOW, n_mels=ROWS, htk=True, norm=None, dtype=np.float32
        )
    return torch.from_numpy(filters)
