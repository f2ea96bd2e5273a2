"""Sounds of SoundingShapes: timbre and rhythm identify the class, the rest varies.

Samples are float32 in [-1, 1] at :data:`SAMPLE_RATE`.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.random import Generator

from ..media.audio import SAMPLE_RATE
from .levels import Pair
from .scene import Scene, Voice


def scene_sound(scene: Scene) -> np.ndarray:
    """The complete sound of a scene: noise, and the sounds of classes with their echo.

    Returns:
        float32 ``(S,)``.
    """
    rng = np.random.default_rng([scene.sound_seed, 0x5D])
    sound = scene.noise * background(scene.duration, rng)
    timbres: dict[int, np.ndarray] = {}
    for voice in scene.voices:
        # An object sounds the same in all of its turns.
        if voice.label not in timbres:
            timbres[voice.label] = class_sound(voice.label, scene.duration, rng)
        dry = voice.loudness * timbres[voice.label] * gate(scene.duration, *voice.audible)
        sound += scene.room.echo(dry, _source(scene, voice), SAMPLE_RATE)
    return np.clip(sound, -1, 1)


def _source(scene: Scene, voice: Voice) -> Pair:
    """Place of a sound's source; the middle if its object is not in the picture."""
    if voice.actor is None:
        return 0.5, 0.5
    return scene.actors[voice.actor].position(sum(voice.event) / 2)


def class_sound(label: int, seconds: float, rng: Generator) -> np.ndarray:
    """Synthesize the sound of a class with random pitch, rhythm phase and detune.

    Args:
        label: Class index, 0 to 7.
        seconds: Length in seconds.
        rng: Generator of the random properties.

    Returns:
        float32 array of ``round(seconds * SAMPLE_RATE)`` samples, RMS 1.
    """
    t = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    pitch, rate, phase = 220 * 2 ** rng.uniform(-0.6, 1.0), rng.uniform(0.85, 1.2), rng.uniform()
    sound = _VOICES[label](_Note(t, pitch, rate, phase, rng))
    return (sound / (np.sqrt(np.mean(sound**2)) + 1e-9)).astype(np.float32)


def background(seconds: float, rng: Generator) -> np.ndarray:
    """Room noise: white noise through a random one-pole filter, RMS 1, float32."""
    from scipy.signal import lfilter

    noise = rng.standard_normal(round(seconds * SAMPLE_RATE))
    pole = rng.uniform(0.0, 0.9)
    noise = lfilter([1 - pole], [1, -pole], noise)
    return (noise / (np.sqrt(np.mean(noise**2)) + 1e-9)).astype(np.float32)


def gate(seconds: float, start: float, end: float, fade: float = 0.02) -> np.ndarray:
    """Envelope that is 1 between two instants, with short linear ramps inside them."""
    t = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    return np.clip(np.minimum(t - start, end - t) / fade, 0, 1).astype(np.float32)


class _Note(NamedTuple):
    """Properties that vary within a class, and times of the samples in seconds."""

    t: np.ndarray
    pitch: float
    rate: float
    phase: float
    rng: Generator

    def cycle(self, rate: float) -> np.ndarray:
        """Position in [0, 1) within a cycle, with ``rate`` cycles in each beat."""
        return (self.t * (rate * self.rate) + self.phase) % 1

    def harmonics(self, pitch: float, weights: Sequence[float]) -> np.ndarray:
        """Sum of a tone and its overtones."""
        tones = (w * np.sin(2 * np.pi * pitch * (k + 1) * self.t) for k, w in enumerate(weights))
        return sum(tones, np.zeros(1))


def _hum(note: _Note) -> np.ndarray:
    return note.harmonics(note.pitch, [1, 0.7, 0.5, 0.4, 0.3, 0.25, 0.2])


def _pulsed_square(note: _Note) -> np.ndarray:
    wave = note.harmonics(note.pitch * 1.5, [1, 0, 1 / 3, 0, 1 / 5, 0, 1 / 7])
    return wave * (note.cycle(4) < 0.5)


def _siren(note: _Note) -> np.ndarray:
    t, pitch, rate, phase, _ = note
    sweep = pitch * 2 * (t - 0.45 / (2 * np.pi * rate) * np.cos(2 * np.pi * (rate * t + phase)))
    return np.sin(2 * np.pi * sweep) + 0.3 * np.sin(4 * np.pi * sweep)


def _noise_bursts(note: _Note) -> np.ndarray:
    return note.rng.standard_normal(note.t.size) * np.exp(-6 * note.cycle(5))


def _bell(note: _Note) -> np.ndarray:
    strike = note.cycle(2) / (2 * note.rate)
    partials = (
        w * np.sin(2 * np.pi * note.pitch * 1.7 * ratio * strike) * np.exp(-decay * strike)
        for ratio, w, decay in ((1, 1, 4), (2.76, 0.7, 6), (5.4, 0.5, 9), (8.9, 0.3, 14))
    )
    return sum(partials, np.zeros(1))


def _chirps(note: _Note) -> np.ndarray:
    cycle = note.cycle(3)
    local = cycle / (3 * note.rate)
    sweep = note.pitch * 2.5 * (local + 4 * local**2)
    return np.sin(2 * np.pi * sweep) * np.sin(np.pi * np.clip(cycle / 0.6, 0, 1))


def _engine(note: _Note) -> np.ndarray:
    firing = note.cycle(24)
    beats = np.exp(-9 * firing) * np.sin(2 * np.pi * note.pitch * 0.5 * firing / 3)
    return note.rng.standard_normal(note.t.size) * 0.15 + beats


def _two_tone(note: _Note) -> np.ndarray:
    ratio = np.where(note.cycle(1.6) < 0.5, 3.0, 4.0)
    return np.sin(2 * np.pi * np.cumsum(note.pitch * ratio) / SAMPLE_RATE)


_VOICES = (_hum, _pulsed_square, _siren, _noise_bursts, _bell, _chirps, _engine, _two_tone)
