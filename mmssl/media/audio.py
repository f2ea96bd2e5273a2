"""Samples between given times, from a video's own sound or a sound file.

Samples are float32 mono in [-1, 1]; channels are averaged. Sample ``k`` of a
sound lies at ``k / rate`` seconds on the clock that the pictures share.
"""

import os

import av
import librosa
import numpy as np

from .files import LENIENT, MediaError, best_stream, existing_file, origin, refusing

SAMPLE_RATE = 16000

#: Containers round time stamps; a jump smaller than this is not a gap.
_JITTER = 0.01

#: Seconds of silence that time stamps may ask for; more is a damaged time stamp.
_LONGEST_GAP = 60


def read_sound(path: str | os.PathLike, rate: int = SAMPLE_RATE) -> np.ndarray:
    """Decode the best audio stream of a file from time 0 to its end.

    Where the stream's own time stamps leave a gap (a sound that starts after
    the picture, say), nothing is heard when the file is played, and the
    samples are zero: that is what the file says, not padding.

    Args:
        path: Video or sound file.
        rate: Samples per second of the result.

    Returns:
        float32 array ``(samples,)``.

    Raises:
        MediaError: If the file is missing, unreadable, has no audio stream, or
            the stream holds no sample.
    """
    path = existing_file(path)
    with refusing(path, 'PyAV cannot decode its sound'), av.open(path, **LENIENT) as container:
        stream = best_stream(container, 'audio')
        if stream is None:
            raise MediaError(
                f'{path}: no audio stream, expected sound in the file or a sound file beside it'
            )
        samples, native = _decode(container, stream)
    if samples is None:
        raise MediaError(f'{path}: the audio stream holds no sample')
    if native != rate:
        samples = librosa.resample(samples, orig_sr=native, target_sr=rate, res_type='soxr_hq')
    return samples.astype(np.float32, copy=False)


def _decode(container, stream) -> tuple[np.ndarray | None, int]:
    rate = stream.codec_context.sample_rate
    to_float = av.AudioResampler('fltp')
    pieces, position, zero = [], 0, origin(container)
    for frame in container.decode(stream):
        start = frame.time - zero if frame.pts is not None else None
        for piece in to_float.resample(frame):
            channels = piece.to_ndarray()
            block = channels[0] if len(channels) == 1 else channels.mean(0)
            jump = 0 if start is None else round(start * rate) - position
            if abs(jump) > _JITTER * rate:
                block, gap = _fit(block, jump, rate)
                pieces.append(gap)
                position += len(gap)
            start = None
            pieces.append(block)
            position += len(block)
    return (np.concatenate(pieces) if pieces else None), rate


def _fit(block, jump, rate):
    """Honour a jump of the time stamps: silence for a gap, a cut for an overlap."""
    if jump > _LONGEST_GAP * rate:
        raise MediaError(
            f'the time stamps of the sound jump by {jump / rate:.0f} s, '
            f'expected at most {_LONGEST_GAP} s'
        )
    return block[max(-jump, 0) :], np.zeros(max(jump, 0), np.float32)
