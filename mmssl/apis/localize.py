"""Localize the sound in a video file: overlay video, boxes, contact sheet."""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.progress import track

from ..localization import best_steps, boxes_from_map
from ..media import Clip, log_mel, step_at, step_centre, steps_in
from ..media.files import whole_file, write_text
from ..media.remux import overlay_video
from ..visualization import contact_sheet, draw_box, overlay_map
from .localizer import Localization, Localizer

#: Seconds that are localized at a time, and their margin on either side, which
#: gives every step the context that it would have in the whole video.
WINDOW = 8
MARGIN = 1

#: Steps that the moments shown are apart.
SPACING = 5


@dataclass(frozen=True)
class Timeline:
    """What is kept of a whole video: one entry a step of the clock."""

    maps: np.ndarray
    agreement: np.ndarray
    labels: np.ndarray
    label_scores: np.ndarray


def localize_video(
    video: str | os.PathLike,
    model: Localizer,
    out: str | os.PathLike,
    *,
    audio: str | os.PathLike | None = None,
    top: int = 5,
    backend: str = 'decord',
) -> dict[str, Path]:
    """Localize what sounds in a video and write the results.

    Args:
        video: Any video file with sound.
        model: As :func:`mmssl.apis.localizer.load_localizer` gives it.
        out: Folder for the results.
        audio: Sound file, if the sound is not in the video.
        top: Number of best moments.
        backend: Decoder, ``'decord'`` or ``'pyav'``.

    Returns:
        ``video`` (overlay with the sound kept), ``boxes`` (JSON: the best
        moments with time, class, score and box) and ``sheet`` (PNG).

    Raises:
        MediaError: If the file cannot be read or has no sound.
    """
    stem = Path(out) / Path(video).stem
    clip = Clip(video, audio, backend)
    timeline = _timeline(clip, model)
    moments = best_steps(timeline.agreement, top, SPACING).tolist()
    files = {
        'video': stem.with_name(f'{stem.name}_localized.mp4'),
        'boxes': stem.with_name(f'{stem.name}_boxes.json'),
        'sheet': stem.with_name(f'{stem.name}_sheet.png'),
    }
    found = [_moment(timeline, model, step) for step in moments]
    write_text(files['boxes'], json.dumps({'video': str(video), 'moments': found}, indent=1))
    _write_sheet(files['sheet'], clip, timeline, found)
    span = _value_range(timeline.maps)
    last = len(timeline.maps) - 1

    def draw(picture: np.ndarray, time: float) -> np.ndarray:
        # Where there is no sound any more, no place of it is shown.
        step = step_at(time)
        return overlay_map(picture, timeline.maps[step], span) if step <= last else picture

    overlay_video(video, files['video'], draw, audio=audio)
    return files


def _windows(clip, model) -> Iterator[Localization]:
    """Localize a clip piece by piece; only the steps of the piece are given."""
    total = steps_in(clip.duration)
    starts = range(0, int(np.ceil(clip.duration)), WINDOW)
    for start in track(starts, 'localizing') if len(starts) > 2 else starts:
        first = max(0, start - MARGIN)
        end = min(start + WINDOW, int(np.ceil(clip.duration)))
        last = min(end + MARGIN, int(np.ceil(clip.duration)))
        found = model.localize_window(clip, first, last - first)
        skip = (start - first) * 10
        keep = slice(skip, skip + min(end * 10, total) - start * 10)
        yield Localization(
            maps=found.maps[keep],
            scores={name: values[keep] for name, values in found.scores.items()},
            agreement=found.agreement[keep],
        )


def _timeline(clip, model) -> Timeline:
    pieces = list(_windows(clip, model))
    scores = np.concatenate([piece.scores['av'] for piece in pieces])
    return Timeline(
        maps=np.concatenate([piece.maps for piece in pieces]),
        agreement=np.concatenate([piece.agreement for piece in pieces]),
        labels=scores.argmax(1),
        label_scores=scores.max(1),
    )


def _moment(timeline, model, step):
    box, score = boxes_from_map(timeline.maps[step])[0]
    return {
        'time': round(step_centre(step), 3),
        'class': model.classes[timeline.labels[step]],
        'class_score': round(float(timeline.label_scores[step]), 4),
        'agreement': round(float(timeline.agreement[step]), 4),
        'box': [round(value, 4) for value in box],
        'box_score': round(score, 4),
    }


def _value_range(maps):
    """One colour scale for the whole video, so that brightness means the same throughout."""
    low, high = np.quantile(maps, [0.3, 0.995])
    return float(low), float(max(high, low + 1e-6))


def _write_sheet(path, clip, timeline, found):
    found = sorted(found, key=lambda moment: moment['time'])
    span = _value_range(timeline.maps)
    pictures, titles = [], []
    for moment, frame in zip(found, clip.frames([m['time'] for m in found])):
        step = step_at(moment['time'])
        picture = overlay_map(frame, timeline.maps[step], span)
        pictures.append(draw_box(picture, moment['box']))
        titles.append(f'{moment["time"]:.1f} s  {moment["class"]}')
    spectrogram = log_mel(clip.samples(0, len(timeline.maps) / 10)).numpy()
    sheet = contact_sheet(
        pictures, titles, spectrogram, [m['time'] for m in found], timeline.agreement
    )
    with whole_file(path) as partial:
        sheet.savefig(partial, dpi=110)
