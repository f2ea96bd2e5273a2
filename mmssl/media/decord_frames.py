"""Frames by decord, refused where decord would show other frames than a player."""

import math
from types import ModuleType

import av
import numpy as np

from .files import MediaError, best_stream, media_errors, open_container
from .pictures import Size, resize
from .pyav_frames import PyAVFrames

#: Frames that decord holds at full size at a time.
_BATCH = 16

#: Containers and codecs in which decord finds the same frames as PyAV. In MPEG-TS, AVI and MPEG-4
#: Part 2, it silently returns other frames, and it cannot read AV1.
_TRUSTED = frozenset(
    (container, codec)
    for container in ('mov,mp4,m4a,3gp,3g2,mj2', 'matroska,webm')
    for codec in ('h264', 'hevc', 'vp8', 'vp9', 'mjpeg', 'ffv1', 'prores')
)

#: Seconds by which time stamps may differ from PyAV's: containers round them.
_TOLERANCE = 2e-3


def load_decord() -> ModuleType:
    """Import decord.

    It is imported only when it is requested: it has no build for many machines, and OpenCV reads
    no PNG files if it is loaded after decord.

    Raises:
        ValueError: If it is not installed.
    """
    try:
        import decord
    except (ImportError, OSError, RuntimeError) as error:  # from Python, the linker or decord
        raise ValueError(
            f"decoder 'decord' is not installed ({_first_line(error)}): use 'pyav', the default, "
            'or pip install decord; it has builds for x86-64 Linux and Windows only'
        ) from error
    # Errors report damaged files. Messages of decord would only disturb a progress bar.
    decord.logging.set_level(decord.logging.QUIET)
    return decord


class DecordFrames:
    """Frames of the best video stream of a file.

    decord knows time stamps, orientation and stream selection less well than FFmpeg's players, and
    it is silent about it. Its frames are therefore compared with PyAV's.

    Args:
        path: Video file.

    Raises:
        MediaError: If the file is unreadable, or decord would show other frames than PyAV.
    """

    def __init__(self, path: str) -> None:
        decord, reference = load_decord(), PyAVFrames(path)
        self._path, self.starts, self.end = path, reference.starts, reference.end
        #: Repairs. decord does not report those of pictures.
        self.repairs = reference.repairs
        # This comes first, because decord should not open files that it cannot handle.
        self._refuse(_fault(reference) or _jumping_fault(path))
        try:
            self._video = decord.VideoReader(path, num_threads=1)
        except Exception as error:  # decord raises its own and plain RuntimeErrors
            raise MediaError(
                f"{path}: decord cannot open it, the decoder 'pyav' may: {_first_line(error)}"
            ) from error
        spans = self._video.get_frame_timestamp(np.arange(len(self._video))).astype(np.float64)
        self._refuse(_times_fault(reference, spans))

    def _refuse(self, fault: str) -> None:
        if fault:
            raise MediaError(f"{self._path}: decord {fault}; use the decoder 'pyav'")

    def pictures(self, indices: np.ndarray, size: Size | None = None) -> list[np.ndarray]:
        starts = range(0, len(indices), _BATCH)
        batches = (self._batch(indices[start : start + _BATCH]) for start in starts)
        return [resize(picture, size) for batch in batches for picture in batch]

    def _batch(self, indices: np.ndarray) -> np.ndarray:
        try:
            return self._video.get_batch(indices).asnumpy()
        except Exception as error:
            raise MediaError(
                f"{self._path}: decord cannot decode, the decoder 'pyav' may: {_first_line(error)}"
            ) from error


def _fault(reference: PyAVFrames) -> str:
    """The reason why decord would show other frames than PyAV; empty if it would not."""
    if reference.kind not in _TRUSTED:
        return f'is not trusted with {reference.kind[1]} in {reference.kind[0]}'
    if reference.orientation.is_mirror:
        return 'does not mirror its pictures'
    return ''


def _times_fault(reference: PyAVFrames, spans: np.ndarray) -> str:
    """The difference of decord's time stamps from PyAV's; empty if they agree."""
    if len(spans) != len(reference.starts):
        return f'finds {len(spans)} frames in it, PyAV {len(reference.starts)}'
    # decord counts from the first picture, the clock from the start of the container.
    starts = reference.starts - reference.starts[0]
    if np.abs(spans[:, 0] - spans[0, 0] - starts).max(initial=0.0) > _TOLERANCE:
        return 'reads other time stamps from it than PyAV'
    return ''


def _jumping_fault(path: str) -> str:
    """The reason why decord would show other frames after a jump; empty if it would not.

    It counts frames from the key frame that it jumps to, though its decoder leaves out those that
    need an earlier one.
    """
    with media_errors(path, 'PyAV cannot open it'), open_container(path) as container:
        stream = best_stream(container, 'video')
        is_h264 = stream is not None and stream.codec_context.name == 'h264'
        key = -math.inf
        for packet in container.demux(stream):
            if packet.pts is None:
                continue
            if packet.is_keyframe:
                key = packet.pts
            if packet.pts < key or (packet.is_keyframe and is_h264 and not _has_idr(packet)):
                return 'cannot jump in it, because frames after its key frames need earlier ones'
    return ''


def _has_idr(packet: av.Packet) -> bool:
    """Whether a packet of H.264 from mp4 or Matroska holds a picture that resets the decoder."""
    content, place = bytes(packet), 0
    while place + 4 < len(content):
        if content[place + 4] & 31 == 5:
            return True
        place += 4 + int.from_bytes(content[place : place + 4], 'big')
    return False


def _first_line(error: Exception) -> str:
    text = str(error).strip().splitlines()
    return text[0][-200:] if text else type(error).__name__
