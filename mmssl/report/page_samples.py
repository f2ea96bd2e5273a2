"""Pictures and clip of one sample of a report page.

It imports little: worker processes load it.
"""

import hashlib
import shutil
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from ..media import Clip, MediaError, log_mel
from ..media.files import atomic_file, file_state
from ..media.pictures import write_jpeg
from ..media.playable import fitted, is_playable, write_playable
from ..media.video import is_picture
from ..visualization import draw_spectrogram, overlay_map

#: Treatments of a clip that browsers can play.
CLIP_WAYS = ('copy', 'link', 'none')
#: Names of a sample's files: its stem and one of these.
FRAME, OVERLAY, OTHER = '.frame.jpg', '.overlay.jpg', '.other.jpg'
SOUND, CLIP = '.sound.jpg', '.mp4'
#: Largest width of a spectrogram; 100 columns a second before.
_WIDEST = 1000
#: Side of the grey picture under the map of a clip that cannot be read.
_GREY_SIDE = 224
_QUALITY = 85


@dataclass(frozen=True)
class SampleJob:
    """A sample whose files are to be written.

    Attributes:
        stem: Beginning of the files' names.
        folder: Folder of the files.
        picture: Video or picture file, ``None`` if there is none.
        sound: Sound file, if it is separate.
        time: Instant of the picture in seconds; the middle if ``None``.
        values: Map ``(h, w)``, ``None`` if there is none.
        side: Largest width or height of the pictures.
        clips: One of :data:`CLIP_WAYS`.
        decoder: Decoder.
        other: Map of a second method, ``None`` if there is none.
        span: Start and end (s) of the part of the files that is the sample.
    """

    stem: str
    folder: Path
    picture: Path | None
    sound: Path | None
    time: float | None
    values: np.ndarray | None
    side: int
    clips: str
    decoder: str
    other: np.ndarray | None = None
    span: tuple[float, float] | None = None

    @property
    def of(self) -> str:
        """A short key of the inputs and settings of the files, which changes with them."""
        facts: list[object] = [self.time, self.side, self.clips, self.decoder]
        facts += [(str(path), file_state(path)) for path in (self.picture, self.sound) if path]
        facts += [self.span] if self.span else []
        # A page of one method stays what it is.
        for place, values in enumerate([self.values, self.other]):
            if values is not None:
                facts += [*([place] if place else []), values.shape, values.tobytes()]
        return hashlib.sha256(repr(facts).encode()).hexdigest()[:32]

    def file(self, ending: str) -> Path:
        """One of the sample's files."""
        return self.folder / f'{self.stem}{ending}'


def write_sample(job: SampleJob) -> dict:
    """Write a sample's pictures and clip.

    A clip that cannot be read leaves its map on grey.

    Returns:
        ``size`` (width, height of the pictures), ``duration`` (s, or ``None``),
        ``files`` (their endings), and ``problem``: why the clip is not there, or ``None``.
    """
    files: list[str] = []
    frame, duration, problem = None, None, None
    try:
        if job.picture is None:
            raise MediaError('no file of this name in the folder of videos')
        clip = Clip(job.picture, job.sound, job.decoder, job.span)
        time = clip.duration / 2 if job.time is None else job.time
        frame = fitted(clip.frames(np.array([time]))[0], job.side)
        duration = clip.duration
        _save(job, SOUND, _spectrogram(clip), files)
        _write_clip(job, job.picture, clip, files)
    except MediaError as error:
        problem = str(error)
    except Exception as error:
        # A decoder's surprise over one file must not end the page.
        problem = f'{job.picture}: {type(error).__name__}: {error}'
    if frame is None:
        frame = np.full((_GREY_SIDE, _GREY_SIDE, 3), 128, np.uint8)
    _save(job, FRAME, frame, files)
    for ending, values in ((OVERLAY, job.values), (OTHER, job.other)):
        if values is not None:
            _save(job, ending, overlay_map(frame, values), files)
    height, width = frame.shape[:2]
    return {'size': [width, height], 'duration': duration, 'files': files, 'problem': problem}


def _spectrogram(clip: Clip) -> np.ndarray:
    picture = draw_spectrogram(log_mel(clip.samples(0.0, clip.duration)).numpy())
    height, width = picture.shape[:2]
    return cv2.resize(picture, (min(width, _WIDEST), height), interpolation=cv2.INTER_AREA)


def _save(job: SampleJob, ending: str, picture: np.ndarray, files: list[str]) -> None:
    write_jpeg(job.file(ending), picture, _QUALITY)
    files.append(ending)


def _write_clip(job: SampleJob, picture: Path, clip: Clip, files: list[str]) -> None:
    if job.clips == 'none':
        return
    target = job.file(CLIP)
    alone = job.sound is None and job.span is None and not is_picture(picture)
    whole = alone and is_playable(picture)
    if not whole:
        write_playable(target, clip, job.side)
    else:
        with atomic_file(target) as partial:
            if job.clips == 'link':
                partial.symlink_to(picture.resolve())
            else:
                shutil.copyfile(picture, partial)
    files.append(CLIP)
