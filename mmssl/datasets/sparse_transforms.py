"""The step of the pipeline for large networks, which see few instants of a clip."""

import numpy as np

from ..clock import STEPS_PER_SECOND
from ..media import Clip
from ..media.clip import start_around
from ..registry import TRANSFORMS
from .transforms import Step, take_frames


@TRANSFORMS.register_module()
class DecodeSparse(Step):
    """Read some pictures of every second, and the sound around its middle.

    Pictures and segments belong to the middles of equal shares of the time, so a window and the
    whole clip give the same frames for the same seconds. At the ends of a clip, segments are
    shifted into it, and the last picture stays. A still picture is read once.

    Required Keys: clip, clip_size, clip_start, clip_duration. Added Keys: imgs (list of uint8 RGB),
    audios (float32 ``(1, S, samples)``, a segment for every second), img_shape, original_shape,
    num_clips (1), clip_len, heard_seconds, total_seconds. Removed Keys: clip.

    Args:
        rate: Pictures a second, a divisor of ten.
        seconds: Length of a segment of sound. A shorter sound is repeated.
        duration: Seconds to read, a whole number; the chosen part rounded up to whole seconds if
            ``None``. A window that is given is read whole.

    Raises:
        ValueError: If a number is out of range.
    """

    def __init__(self, rate: int = 2, seconds: float = 2.0, duration: int | None = None) -> None:
        if rate < 1 or STEPS_PER_SECOND % rate:
            raise ValueError(f'rate is {rate} pictures a second, expected 1, 2, 5 or 10')
        if seconds <= 0 or (duration is not None and duration < 1):
            raise ValueError(
                f'seconds is {seconds} and duration {duration}, expected seconds above 0 and a '
                'duration of at least 1'
            )
        self.rate, self.seconds, self.duration = rate, seconds, duration

    def transform(self, results: dict) -> dict:
        clip: Clip = results.pop('clip')
        start, count = results['clip_start'], self._count(results)
        pictures = start + middles(count * self.rate) / self.rate
        if clip.is_still:
            pictures = pictures[:1]
        last = clip.duration - 0.5 / STEPS_PER_SECOND
        frames = clip.frames(np.minimum(pictures, last), results.pop('clip_size'))
        take_frames(results, clip, frames)
        instants = (start + middles(count)).tolist()
        begins = [start_around(time, self.seconds, clip.duration) for time in instants]
        segments = [clip.samples(begin, self.seconds) for begin in begins]
        results.update(
            audios=np.stack(segments)[None],
            heard_seconds=tuple(range(count)),
            total_seconds=count,
        )
        return results

    def _count(self, results: dict) -> int:
        if 'window' in results or self.duration is None:
            return int(np.ceil(results['clip_duration'] - 1e-3))
        return self.duration


def middles(count: int) -> np.ndarray:
    """Middles of ``[0, 1), [1, 2) ...``, ``(count,)``."""
    return np.arange(count) + 0.5
