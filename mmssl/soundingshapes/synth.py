"""Sounds of SoundingShapes: timbre and rhythm tell the class, the rest varies.

Samples are float32 in [-1, 1] at :data:`SAMPLE_RATE`.
"""

import numpy as np

from ..media.audio import SAMPLE_RATE


def class_sound(label: int, seconds: float, rng: np.random.Generator) -> np.ndarray:
    """Synthesize the sound of a class with free pitch, rhythm phase and detune.

    Args:
        label: Class index, 0 to 7.
        seconds: Length in seconds.
        rng: Source of the nuisances.

    Returns:
        float32 array of ``round(seconds * SAMPLE_RATE)`` samples, RMS 1.
    """
    t = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    pitch = 220 * 2 ** rng.uniform(-0.6, 1.0)
    rate = rng.uniform(0.85, 1.2)
    phase = rng.uniform()
    sound = _VOICES[label](t, pitch, rate, phase, rng)
    return (sound / (np.sqrt(np.mean(sound**2)) + 1e-9)).astype(np.float32)


def background(seconds: float, rng: np.random.Generator) -> np.ndarray:
    """Room noise: white noise through a random one-pole filter, RMS 1, float32."""
    from scipy.signal import lfilter

    noise = rng.standard_normal(round(seconds * SAMPLE_RATE))
    pole = rng.uniform(0.0, 0.9)
    noise = lfilter([1 - pole], [1, -pole], noise)
    return (noise / (np.sqrt(np.mean(noise**2)) + 1e-9)).astype(np.float32)


def gate(seconds: float, start: float, end: float, fade: float = 0.02) -> np.ndarray:
    """Envelope that is 1 between two instants, with short linear ramps inside."""
    t = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    return np.clip(np.minimum(t - start, end - t) / fade, 0, 1).astype(np.float32)


def _harmonics(t, pitch, weights):
    return sum(w * np.sin(2 * np.pi * pitch * (k + 1) * t) for k, w in enumerate(weights))


def _cycle(t, rate, phase):
    return (t * rate + phase) % 1


def _hum(t, pitch, rate, phase, rng):
    return _harmonics(t, pitch, [1, 0.7, 0.5, 0.4, 0.3, 0.25, 0.2])


def _pulsed_square(t, pitch, rate, phase, rng):
    wave = _harmonics(t, pitch * 1.5, [1, 0, 1 / 3, 0, 1 / 5, 0, 1 / 7])
    return wave * (_cycle(t, 4 * rate, phase) < 0.5)


def _siren(t, pitch, rate, phase, rng):
    sweep = pitch * 2 * (t - 0.45 / (2 * np.pi * rate) * np.cos(2 * np.pi * (rate * t + phase)))
    return np.sin(2 * np.pi * sweep) + 0.3 * np.sin(4 * np.pi * sweep)


def _noise_bursts(t, pitch, rate, phase, rng):
    return rng.standard_normal(t.size) * np.exp(-6 * _cycle(t, 5 * rate, phase))


def _bell(t, pitch, rate, phase, rng):
    strike = _cycle(t, 2 * rate, phase) / (2 * rate)
    return sum(
        w * np.sin(2 * np.pi * pitch * 1.7 * ratio * strike) * np.exp(-decay * strike)
        for ratio, w, decay in ((1, 1, 4), (2.76, 0.7, 6), (5.4, 0.5, 9), (8.9, 0.3, 14))
    )


def _chirps(t, pitch, rate, phase, rng):
    cycle = _cycle(t, 3 * rate, phase)
    local = cycle / (3 * rate)
    sweep = pitch * 2.5 * (local + 4 * local**2)
    return np.sin(2 * np.pi * sweep) * np.sin(np.pi * np.clip(cycle / 0.6, 0, 1))


def _engine(t, pitch, rate, phase, rng):
    firing = _cycle(t, 24 * rate, phase)
    return rng.standard_normal(t.size) * 0.15 + np.exp(-9 * firing) * np.sin(
        2 * np.pi * pitch * 0.5 * firing / 3
    )


def _two_tone(t, pitch, rate, phase, rng):
    ratio = np.where(_cycle(t, 1.6 * rate, phase) < 0.5, 3.0, 4.0)
    return np.sin(2 * np.pi * np.cumsum(pitch * ratio) / SAMPLE_RATE)


_VOICES = (
    _hum,
    _pulsed_square,
    _siren,
    _noise_bursts,
    _bell,
    _chirps,
    _engine,
    _two_tone,
)
