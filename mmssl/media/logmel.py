"""Log-mel spectrograms: 16 kHz, 25 ms window, 10 ms hop, 80 bands.

Row ``j`` is centred at ``10 ms * j``; ten rows are one step of the clock. The
bands are librosa's (Slaney), and the values equal ``log(max(mel, FLOOR))`` of
:func:`librosa.feature.melspectrogram` to 1e-4.
"""

from functools import lru_cache

import librosa
import numpy as np
import torch
from scipy import sparse

from .audio import SAMPLE_RATE

WINDOW = 400
HOP = 160
FFT = 512
BANDS = 80
FLOOR = 1e-6
#: Rows of a chunk of one second.
ROWS_PER_CHUNK = SAMPLE_RATE // HOP
#: Chunks that are computed at a time. For more of them, malloc would take memory from the system
#: and return it at every call, which takes as long as the computation.
_AT_A_TIME = 5


def log_mel(samples: np.ndarray | torch.Tensor) -> torch.Tensor:
    """Compute the log-mel spectrogram of a sound.

    Args:
        samples: float32 ``(S,)`` in [-1, 1] at 16 kHz.

    Returns:
        float32 tensor ``(S // 160, 80)``, natural logarithm.

    Raises:
        ValueError: If the sound is shorter than one row.
    """
    sound = np.asarray(samples, np.float32)
    if len(sound) < HOP:
        raise ValueError(f'{len(sound)} samples, expected at least {HOP}')
    chunks = log_mel_chunks(np.pad(sound, (0, -len(sound) % SAMPLE_RATE)))
    return chunks[0].flatten(0, 1)[: len(sound) // HOP]


def log_mel_chunks(samples: np.ndarray, kept: np.ndarray | None = None) -> torch.Tensor:
    """Log-mel of whole seconds, cut into the chunks the audio network reads.

    Args:
        samples: float32 ``(S,)``, S a multiple of 16,000.
        kept: Indices of the chunks to compute; all of them if ``None``.

    Returns:
        float32 tensor ``(1, chunks, 100, 80)``, rows of :func:`log_mel`.

    Raises:
        ValueError: If the sound is not a whole number of seconds long.
    """
    if len(samples) % SAMPLE_RATE or not len(samples):
        raise ValueError(
            f'{len(samples)} samples are {len(samples) / SAMPLE_RATE:.3f} s, '
            'expected a whole number of seconds'
        )
    kept = np.arange(len(samples) // SAMPLE_RATE) if kept is None else kept
    pieces = np.zeros((len(kept), (ROWS_PER_CHUNK - 1) * HOP + FFT), np.float32)
    for piece, chunk in zip(pieces, kept):
        start = chunk * SAMPLE_RATE - FFT // 2
        heard = samples[max(start, 0) : start + len(piece)]
        before = max(-start, 0)
        piece[before : before + len(heard)] = heard
    few = torch.from_numpy(pieces).split(_AT_A_TIME)
    return torch.cat([_rows(some) for some in few])[None]


def _rows(samples: torch.Tensor) -> torch.Tensor:
    """Log-mel of all windows that fit into ``(N, S)``: ``(N, rows, 80)``."""
    window, bands = _window_and_bands()
    stft = torch.stft(samples, FFT, HOP, WINDOW, window, center=False, return_complex=True)
    spectrum = stft.transpose(-1, -2).numpy()
    power = spectrum.real**2
    power += spectrum.imag**2
    mel = bands @ np.ascontiguousarray(power.reshape(-1, power.shape[-1]).T)
    rows = torch.from_numpy(mel).clamp_(min=FLOOR).log_().T
    return rows.reshape(*power.shape[:-1], BANDS)


@lru_cache(maxsize=1)
def _window_and_bands() -> tuple[torch.Tensor, sparse.csr_matrix]:
    # Of 80 x 257 weights 500 are not zero; a sparse product takes a sixth of a dense one's time.
    bands = librosa.filters.mel(sr=SAMPLE_RATE, n_fft=FFT, n_mels=BANDS)
    return torch.hann_window(WINDOW), sparse.csr_matrix(bands)
