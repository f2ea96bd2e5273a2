"""Decoded clips that are kept on disk."""

import hashlib
import mmap
import os
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ..clock import step_centres, steps_at, steps_in
from ..files import StrPath
from .audio import SAMPLE_RATE
from .clip import window
from .files import MediaError, absence, atomic_file, file_state, write_text
from .isolation import open_clip
from .joined import Span
from .pictures import Size
from .video import DECODER


class CachedClip:
    """A clip whose decoded steps and samples are kept on disk, memory-mapped.

    Only the clock's own frames (one per step) are kept, so :meth:`frames` gives
    the frame of the step that covers a time.

    Args:
        folder: Folder of decoded clips; created if it is missing.
        video, audio, decoder, span: As for :class:`Clip`.
        size: Width and height of the kept frames.
    """

    #: A cache is for videos. It keeps a still as a video that does not move.
    is_still = False

    def __init__(
        self,
        folder: StrPath,
        video: StrPath,
        audio: StrPath | None = None,
        decoder: str = DECODER,
        span: Span | None = None,
        *,
        size: Size,
    ) -> None:
        stem = Path(folder) / _cache_key(video, audio, decoder, size, span)
        mended = stem.with_suffix('.repairs')
        paths = [stem.with_suffix(suffix) for suffix in ('.frames', '.samples')]
        # The samples are written last: if they exist, the frames do too.
        if not paths[1].exists():
            clip = open_clip(video, audio, decoder, span)
            steps = clip.frames(step_centres(steps_in(clip.duration)), size)
            _save(paths[0], np.stack(steps))
            if clip.repairs:
                write_text(mended, '\n'.join(clip.repairs))
            _save(paths[1], clip.samples(0.0, clip.duration))
        # Without a header, which takes longer to read than the needed part of the clip.
        self._frames = _mapped(paths[0], np.uint8).reshape(-1, *size[::-1], 3)
        self._samples = _mapped(paths[1], np.float32)
        self.duration = len(self._samples) / SAMPLE_RATE
        #: Repairs while the clip was read, in words.
        self.repairs = tuple(mended.read_text('utf-8').splitlines()) if mended.exists() else ()
        self._size = tuple(size)

    def frames(self, times: np.ndarray, size: Size | None = None) -> list[np.ndarray]:
        """Kept frames at ``times``; ``size`` must be the kept size."""
        if size is not None and tuple(size) != self._size:
            raise ValueError(f'size is {size}, but the cache holds frames of {self._size}')
        steps = steps_at(np.asarray(times) % self.duration)
        return [self._frames[step] for step in np.minimum(steps, len(self._frames) - 1)]

    def samples(self, start: float, duration: float) -> np.ndarray:
        """As :meth:`Clip.samples`."""
        return window(self._samples, start, duration, self.duration)


def _cache_key(
    video: StrPath, audio: StrPath | None, decoder: str, size: Size, span: Span | None
) -> str:
    # Without a part, the key is that of older caches.
    facts: list[object] = [decoder, tuple(size), *(span or ())]
    for path in [video, audio] if audio else [video]:
        if (state := file_state(path)) is None:
            raise MediaError(absence(path))
        facts += [os.path.abspath(path), *state]
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:32]


def _save(path: Path, array: np.ndarray) -> None:
    with atomic_file(path) as partial:
        partial.write_bytes(np.ascontiguousarray(array).data)


def _mapped(path: Path, dtype: npt.DTypeLike) -> np.ndarray:
    # numpy's memmap resolves the path first, and its class slows every later step.
    with open(path, 'rb') as file:
        return np.frombuffer(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ), dtype)
