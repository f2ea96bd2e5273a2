"""Steps of the pipeline: from file names to the model's inputs.

In a pipeline, ``moment`` and ``event`` are seconds of the clip. PackAudioVisualInputs makes them
seconds of the part that the model is given, beside ``clip_start``, where it begins.

The usual order is OpenClip, SelectMoment, DecodeClip, LoadBoxes, (MMAction2's own
picture augmentation), LogMel, LoadMask, (MMAction2's FormatShape),
PackAudioVisualInputs. What loads the truth is in :mod:`load_truth`.
"""

from inspect import signature
from typing import Any

import numpy as np
from mmaction.datasets.transforms import PackActionInputs
from mmcv.transforms import BaseTransform

from ..media import (
    SAMPLE_RATE,
    STEPS_PER_SECOND,
    CachedClip,
    Clip,
    log_mel_chunks,
    open_clip,
    step_at,
    step_centre,
    step_centres,
    steps_in,
)
from ..media.video import DECODER, require_decoder
from ..registry import TRANSFORMS
from ..structures import LocalizationDataSample
from .annotations import canonical_id, read_moments

#: Keys of a pipeline that a data sample keeps, besides the ground truth.
META_KEYS = (
    *('video_id', 'filename', 'img_shape', 'event', 'group', 'kind', 'sounding'),
    *('clip_start', 'clip_duration', 'heard_seconds', 'total_seconds', 'repairs'),
)


class Step(BaseTransform):
    """A step that keeps its arguments under their names, and shows them."""

    def __repr__(self) -> str:
        names = signature(type(self)).parameters
        return f'{type(self).__name__}({", ".join(f"{n}={getattr(self, n)!r}" for n in names)})'


def require_at_least(least: int, **numbers: float) -> None:
    """Refuse arguments that are too small.

    Raises:
        ValueError: If one is below ``least``.
    """
    for name, number in numbers.items():
        if number < least:
            raise ValueError(f'{name} is {number}, expected at least {least}')


def take_frames(results: dict, clip: Clip, frames: list[np.ndarray]) -> None:
    """Put frames, MMAction2's keys for them, and words of repairs into the results."""
    if clip.repairs:
        results['repairs'] = clip.repairs
    results.update(
        imgs=frames,
        img_shape=frames[0].shape[:2],
        original_shape=frames[0].shape[:2],
        num_clips=1,
        clip_len=len(frames),
    )


@TRANSFORMS.register_module()
class OpenClip(Step):
    """Open a clip's pictures and sound.

    Required Keys: filename, audio_filename and span (both optional), or clip and window
    (start and duration in whole seconds) of a clip that is open. Added Keys: clip,
    clip_size, clip_start (0) and clip_duration (s, of the whole clip), or those of the window.

    Args:
        decoder: Decoder of the pictures, ``'pyav'`` or ``'decord'``.
        size: Width and height that the frames will be resized to, or ``None``
            to leave them as they are.
        cache_dir: Folder in which decoded clips are kept, so that later
            epochs need not decode; off if ``None``. Needs ``size``.

    Raises:
        ValueError: If the decoder is unknown or not installed, or ``size`` is needed.
    """

    def __init__(
        self,
        decoder: str = DECODER,
        size: tuple[int, int] | None = None,
        cache_dir: str | None = None,
    ) -> None:
        if size is not None:
            require_at_least(1, width=size[0], height=size[1])
        if cache_dir and size is None:
            raise ValueError('cache_dir needs size: the cache holds resized frames')
        require_decoder(decoder)
        self.decoder = decoder
        self.size = (size[0], size[1]) if size else None
        self.cache_dir = cache_dir

    def transform(self, results: dict) -> dict:
        if 'clip' not in results:
            files = results['filename'], results.get('audio_filename')
            sources = *files, self.decoder, results.get('span')
            if self.cache_dir and self.size:
                results['clip'] = CachedClip(self.cache_dir, *sources, size=self.size)
            else:
                results['clip'] = open_clip(*sources)
        start, duration = results.get('window', (0.0, results['clip'].duration))
        results.update(clip_size=self.size, clip_start=start, clip_duration=duration)
        return results


@TRANSFORMS.register_module()
class SelectMoment(Step):
    """Choose the part of a clip for the model.

    Required Keys: clip, video_id (mode ``'file'``), moment (mode ``'annotated'``). Modified Keys:
    clip_start, clip_duration, moment: the chosen instant.

    The part is centred on the instant as far as the clip reaches, and begins
    on a step of the clock.

    Args:
        mode: ``'mid'`` (the clip's middle), ``'random'``, ``'time'`` (the one
            given), ``'file'`` (the best of a moments file), ``'annotated'``, or
            ``'annotated-or-mid'`` (the middle where no instant is annotated).
        duration: Seconds of the part.
        time: Instant for mode ``'time'``, in seconds.
        moments_file: For mode ``'file'``: see :func:`mmssl.datasets.annotations.read_moments`.
        top_k: For mode ``'file'``: draw from the best ``top_k`` moments.

    Raises:
        ValueError: If the arguments contradict each other or the moments file is none. When it is
            called: if the moments file lacks the clip.
    """

    MODES = ('mid', 'random', 'time', 'file', 'annotated', 'annotated-or-mid')

    of_data_set = True

    def __init__(
        self,
        mode: str = 'mid',
        duration: float = 3.0,
        time: float | None = None,
        moments_file: str | None = None,
        top_k: int = 1,
    ) -> None:
        if mode not in self.MODES:
            raise ValueError(f'mode is {mode!r}, expected one of {self.MODES}')
        for of_mode, key, value in (('time', 'time', time), ('file', 'moments_file', moments_file)):
            if (mode == of_mode) != (value is not None):
                raise ValueError(
                    f'mode is {mode!r} and {key} is {value!r}: {of_mode!r} needs one, others none'
                )
        if duration <= 0:
            raise ValueError(f'duration is {duration} s, expected a positive number')
        require_at_least(1, top_k=top_k)
        self.mode = mode
        self.duration = duration
        self.time = time
        self.moments_file = moments_file
        self.top_k = top_k
        self.moments = read_moments(moments_file) if moments_file else None

    def transform(self, results: dict) -> dict:
        whole = results['clip'].duration
        moment = self._instant(results, whole)
        start = np.clip(moment - self.duration / 2, 0, max(0.0, whole - self.duration))
        start = step_at(start) / STEPS_PER_SECOND
        results.update(clip_start=start, clip_duration=self.duration, moment=moment)
        return results

    def has_moment(self, video_id: str) -> bool:
        """Whether the moments file has the clip, if there is one."""
        return self.moments is None or canonical_id(video_id) in self.moments

    def _instant(self, results: dict, whole: float) -> float:
        if self.mode == 'mid':
            return whole / 2
        if self.mode == 'random':
            return float(np.random.uniform(0, whole))
        if self.time is not None:
            if not 0 <= self.time < whole:
                raise ValueError(f'time is {self.time} s, expected one in [0, {whole:.2f})')
            return self.time
        if self.mode == 'annotated-or-mid':
            return results.get('moment', whole / 2)
        if self.moments is None:
            return results['moment']
        if not self.has_moment(results['video_id']):
            raise ValueError(
                f'{self.moments_file} has no moment of {results["video_id"]}: mmssl moments finds '
                'it, or subset_file of the data set leaves the clip out'
            )
        best = self.moments[canonical_id(results['video_id'])][: self.top_k]
        return float(best[np.random.randint(len(best))])


@TRANSFORMS.register_module()
class DecodeClip(Step):
    """Read the chosen part: frames of the clock's steps, and the samples.

    Required Keys: clip, clip_size, clip_start, clip_duration, moment (with
    ``pictures='moment'``). Added Keys: imgs (list of uint8 RGB), samples
    (float32), img_shape, original_shape, num_clips (1), clip_len. Removed
    Keys: clip. If the clip needed repairs, the key repairs (words) is added, too.

    Where the part reaches beyond the clip, the clip is repeated in time. A window that is
    given (see :class:`OpenClip`) is read whole, whatever ``duration`` and ``pictures`` are.

    Args:
        duration: Seconds to read, a whole number; the chosen part rounded up
            to whole seconds if ``None``.
        frame_interval: Read the frame of every n-th step. All of the sound is read, so its steps
            stay those of the clock.
        random_phase: Begin at a random one of the first ``frame_interval``
            steps (for training) instead of the middle one.
        pictures: ``'steps'``: the frames of the steps; ``'moment'``: one alone,
            that of the step that covers ``moment``.

    Raises:
        ValueError: If the arguments contradict each other.
    """

    def __init__(
        self,
        duration: float | None = None,
        frame_interval: int = 1,
        random_phase: bool = False,
        pictures: str = 'steps',
    ) -> None:
        if pictures not in ('steps', 'moment'):
            raise ValueError(f"pictures is {pictures!r}, expected 'steps' or 'moment'")
        require_at_least(1, frame_interval=frame_interval)
        if duration is not None:
            require_at_least(1, duration=duration)
        if pictures == 'moment' and (frame_interval != 1 or random_phase):
            raise ValueError(
                "pictures is 'moment', one frame, to which neither frame_interval "
                f'({frame_interval}) nor random_phase ({random_phase}) applies'
            )
        self.duration = duration
        self.frame_interval = frame_interval
        self.random_phase = random_phase
        self.pictures = pictures

    def transform(self, results: dict) -> dict:
        clip = results.pop('clip')
        duration = 'window' not in results and self.duration
        duration = duration or float(np.ceil(results['clip_duration'] - 1e-3))
        frames = clip.frames(self._times(results, duration), results.pop('clip_size'))
        take_frames(results, clip, frames)
        results['samples'] = clip.samples(results['clip_start'], duration)
        return results

    def _times(self, results: dict, duration: float) -> np.ndarray:
        start = results['clip_start']
        if self.pictures == 'moment' and 'window' not in results:
            return start + np.array([step_centre(step_at(results['moment'] - start))])
        times = step_centres(steps_in(duration), start)
        # Every phase gives the same number of frames, so that clips form batches.
        count = len(times) // self.frame_interval
        if not count:
            raise ValueError(
                f'frame_interval is {self.frame_interval} steps, expected at most the '
                f'{len(times)} of the part that is read'
            )
        phase = self.frame_interval // 2
        if self.random_phase:
            phase = int(np.random.randint(self.frame_interval))
        return times[phase :: self.frame_interval][:count]


@TRANSFORMS.register_module()
class LogMel(Step):
    """Log-mel spectrogram of the samples, in chunks of one second.

    Required Keys: samples. Added Keys: audios, float32 ``(1, chunks, 100, 80)``,
    heard_seconds (which of the part's seconds these chunks are), total_seconds
    (of the part). Removed Keys: samples.

    Args:
        max_chunks: In training, number of chunks to keep, drawn at random: the audio network hears
            each chunk on its own, and learns long before the video network does. All of them if
            ``None``.
    """

    def __init__(self, max_chunks: int | None = None) -> None:
        if max_chunks is not None:
            require_at_least(1, max_chunks=max_chunks)
        self.max_chunks = max_chunks

    def transform(self, results: dict) -> dict:
        samples, kept = results.pop('samples'), None
        count = len(samples) // SAMPLE_RATE
        if self.max_chunks is not None:
            kept = np.sort(np.random.permutation(count)[: self.max_chunks])
        results.update(
            audios=log_mel_chunks(samples, kept).numpy(),
            heard_seconds=tuple(range(count) if kept is None else kept.tolist()),
            total_seconds=count,
        )
        return results


@TRANSFORMS.register_module()
class PackAudioVisualInputs(PackActionInputs):
    """Pack pictures and sound as inputs, the truth as a localization data sample.

    Required Keys: imgs ``(1, 3, T, H, W)`` (as FormatShape leaves them), audios; optional: label,
    boxes, gt_bboxes (pixels, in the place of boxes), gt_mask, moment, event, group, kind, sounding.
    Added Keys: inputs (dict of imgs ``(3, T, H, W)`` and audios), data_samples.
    """

    def __init__(self, meta_keys: tuple[str, ...] = META_KEYS) -> None:
        super().__init__(collect_keys=('imgs', 'audios'), meta_keys=meta_keys)

    def transform(self, results: dict) -> dict:
        if 'gt_bboxes' in results:
            height, width = results['img_shape']
            results['boxes'] = results.pop('gt_bboxes') / [width, height, width, height]
        start = results.get('clip_start', 0.0)
        if results.get('event') is not None:
            results['event'] = tuple(time - start for time in results['event'])
        packed: dict[str, Any] = super().transform(results)
        packed['inputs']['imgs'] = packed['inputs']['imgs'][0]
        sample = LocalizationDataSample.from_action_sample(packed['data_samples'])
        if 'boxes' in results:
            sample.set_gt_boxes(results['boxes'])
        if 'gt_mask' in results:
            sample.set_gt_mask(results['gt_mask'])
        if 'moment' in results:
            sample.set_moment(max(0.0, results['moment'] - start))
        packed['data_samples'] = sample
        return packed
