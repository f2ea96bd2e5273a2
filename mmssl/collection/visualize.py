"""Pictures of mined moments and pseudo boxes, page by page."""

import math
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from ..datasets.annotations import (
    AnnotationError,
    DetectedPicture,
    DetectionTable,
    canonical_id,
    read_boxes,
    read_detections,
    read_scored_moments,
)
from ..localization import box_iou
from ..media import STEPS_PER_SECOND, Clip, MediaError, log_mel
from ..media.files import whole_file
from ..media.video import DECODER
from ..progress import track
from ..soundingshapes import ClipTruth, read_truth
from ..visualization import BoxCase, BoxPanel, MomentCase, boxes_page, moments_page
from .clip_files import ClipFolder

#: What goes wrong at the mid-frame, by what happens outside a SoundingShapes event.
FAILURES = {
    'silent': 'audio-wise: the event sounds elsewhere',
    'hidden': 'visual-wise: the object is out of the picture, and silent',
    'offscreen': 'visual-wise: the object is out of the picture, its sound goes on',
    'cut': 'visual-wise: another scene',
    'fade': 'visual-wise: faded to black',
}

#: A function of clip and time to true boxes and the time that they are of.
TrueBoxes = Callable[[str, float], tuple[np.ndarray, float]]

#: Times closer than it, half a step of the clock, are one.
_SAME_TIME = 0.5 / STEPS_PER_SECOND


@dataclass
class Drawn:
    """Pages that were written, and clips that could not be drawn, with reasons."""

    pages: list[Path] = field(default_factory=list)
    skipped: list[tuple[str, str]] = field(default_factory=list)


def visualize_moments(
    moments_file: str | os.PathLike,
    videos: str | os.PathLike,
    out: str | os.PathLike,
    *,
    ids: Sequence[str] | None = None,
    truth: str | os.PathLike | None = None,
    top: int = 3,
    count: int = 12,
    per_page: int = 3,
    dpi: int = 130,
    decoder: str = DECODER,
) -> Drawn:
    """Draw mid-frames beside selected moments.

    Args:
        moments_file: Moments, best first, in either form.
        videos: Folder of the video files.
        out: Folder for ``moments_001.png`` and so on.
        ids: Clips to draw; the first ``count`` of the file if ``None``.
        truth: Folder of SoundingShapes' truth files: the event is shaded, and
            the title says what the mid-frame misses.
        top: Moments a clip.
        count: Clips to draw without ``ids``.
        per_page: Clips a page.
        dpi: Pixels per inch of the pages.
        decoder: Decoder, ``'pyav'`` or ``'decord'``.

    Raises:
        ValueError: If a file is not what it should be, the folder holds no
            video, or the moments lack a clip that was asked for.
    """
    _at_least_one(top=top, count=count, per_page=per_page, dpi=dpi)
    moments = read_scored_moments(moments_file)
    clips = ClipFolder(videos, decoder)

    def make(name: str) -> MomentCase:
        clip = clips.open(name)
        return _moment_case(name, clip, moments[name][:top], truth)

    names = _chosen(moments, ids, count, moments_file)
    items = ((name, name) for name in names)
    return _draw(items, make, moments_page, Path(out) / 'moments', per_page, dpi)


def visualize_boxes(
    boxes_file: str | os.PathLike,
    videos: str | os.PathLike,
    out: str | os.PathLike,
    *,
    ids: Sequence[str] | None = None,
    truth: str | os.PathLike | None = None,
    detections: str | os.PathLike | None = None,
    images: str | os.PathLike | None = None,
    min_score: float = 0.5,
    count: int = 12,
    per_page: int = 6,
    across: int = 2,
    dpi: int = 130,
    decoder: str = DECODER,
) -> Drawn:
    """Draw pseudo boxes, true boxes and a detector's boxes side by side.

    Args:
        boxes_file: Pseudo boxes in VGG-SS form.
        videos: Folder of the video files.
        out: Folder for ``boxes_001.png`` and so on.
        ids: Clips to draw; the first ``count`` pictures of the file if ``None``.
        truth: True boxes in VGG-SS form, or SoundingShapes' folder of truth
            files, which know the box at every time.
        detections, images: As for :func:`mmssl.datasets.annotations.read_detections`.
        min_score: The least score of a detector's box that is drawn.
        count: Pictures to draw without ``ids``.
        per_page: Pictures a page.
        across: Pictures beside each other.
        dpi: Pixels per inch of the pages.
        decoder: Decoder, ``'pyav'`` or ``'decord'``.

    Raises:
        ValueError: As for :func:`visualize_moments`.
    """
    _at_least_one(count=count, per_page=per_page, across=across, dpi=dpi)
    entries: dict[str, list[dict]] = {}
    for entry in read_boxes(boxes_file):
        entries.setdefault(entry['video_id'], []).append(entry)
    names = _chosen(entries, ids, count, boxes_file)
    chosen = [entry for name in names for entry in entries[name]]
    true_boxes = _truth_reader(truth)
    table = DetectionTable(read_detections(detections, images)) if detections else None
    clips = ClipFolder(videos, decoder)

    def make(entry: dict) -> BoxCase:
        clip = clips.open(entry['video_id'])
        return _box_case(entry, clip, true_boxes, table, min_score)

    items = ((entry['video_id'], entry) for entry in chosen[: None if ids else count])

    def page(cases: list[BoxCase]) -> Figure:
        return boxes_page(cases, across=min(across, len(cases)))

    return _draw(items, make, page, Path(out) / 'boxes', per_page, dpi)


def _draw(
    items: Iterable[tuple[str, Any]],
    make: Callable,
    page: Callable[[list], Figure],
    stem: Path,
    per_page: int,
    dpi: int,
) -> Drawn:
    """Make cases and write them page by page; never more than a page is held."""
    drawn = Drawn()
    cases = _cases(list(items), make, drawn.skipped)
    while batch := list(islice(cases, per_page)):
        path = stem.with_name(f'{stem.name}_{len(drawn.pages) + 1:03d}.png')
        with whole_file(path) as partial:
            page(batch).savefig(partial, dpi=dpi)
        drawn.pages.append(path)
    return drawn


def _cases(
    items: list[tuple[str, Any]], make: Callable, skipped: list[tuple[str, str]]
) -> Iterator:
    for name, item in track(items, 'drawing') if len(items) > 3 else items:
        try:
            case = make(item)
        except (MediaError, AnnotationError) as error:
            skipped.append((name, str(error)))
            continue
        yield case


def _moment_case(
    name: str,
    clip: Clip,
    moments: Sequence[tuple[float, float | None]],
    truth: str | os.PathLike | None,
) -> MomentCase:
    times = [_within(time, name, clip) for time, _ in moments]
    mid = clip.duration / 2
    known = read_truth(truth, name) if truth else None
    frames = clip.frames(np.array([mid, *times]))
    return MomentCase(
        title=_moment_title(name, known, mid),
        spectrogram=log_mel(clip.samples(0, clip.duration)).numpy(),
        mid=mid,
        mid_frame=frames[0],
        times=times,
        frames=frames[1:],
        scores=[score for _, score in moments],
        event=known.event if known else None,
    )


def _moment_title(name: str, known: ClipTruth | None, mid: float) -> str:
    if known is None:
        return name
    state = 'the mid-frame is inside the event'
    if not known.sounds_at(mid):
        state = FAILURES.get(known.outside, f'outside the event: {known.outside}')
    return f'{name}: {known.label_name} ({state})'


def _box_case(
    entry: dict,
    clip: Clip,
    true_boxes: TrueBoxes | None,
    table: DetectionTable | None,
    min_score: float,
) -> BoxCase:
    time = _within(entry.get('time', clip.duration / 2), entry['video_id'], clip)
    frame = clip.frames(np.array([time]))[0]
    title = f'{entry["video_id"]}  {time:.2f} s'
    panels = [BoxPanel('pseudo boxes', frame, entry['boxes'], _labels(entry))]
    if true_boxes:
        true, true_time = true_boxes(entry['video_id'], time)
        title += f'  {_iou_text(entry["boxes"], true, time, true_time)}'
        panels.append(_truth_panel(clip, frame, entry['label_name'], true, time, true_time))
    if table:
        panels.append(_detector_panel(frame, table.picture(entry['video_id'], time), min_score))
    return BoxCase(title, panels)


def _within(time: float, name: str, clip: Clip) -> float:
    """A time on a clip; its last second is filled by repeating it, as for the model."""
    if time >= math.ceil(clip.duration):
        raise AnnotationError(
            f'{name}: time {time:.2f} s in a clip of {clip.duration:.2f} s, expected one inside; '
            'is the file of other videos?'
        )
    return time % clip.duration


def _labels(entry: dict) -> list[str]:
    scores = entry.get('scores', [None] * len(entry['boxes']))
    return [entry['label_name'] + ('' if score is None else f' {score:.3g}') for score in scores]


def _iou_text(boxes: np.ndarray, true: np.ndarray, time: float, true_time: float) -> str:
    if not len(true):
        return 'no true box at this time'
    best = box_iou(_tidy(true), _tidy(boxes)).max(1, initial=0).mean()
    elsewhere = '' if _same(time, true_time) else f' (truth of {true_time:.2f} s)'
    return f'IoU {best:.2f}{elsewhere}'


def _truth_panel(
    clip: Clip, frame: np.ndarray, label: str, true: np.ndarray, time: float, true_time: float
) -> BoxPanel:
    labels = [label] * len(true)
    if _same(time, true_time):
        return BoxPanel('truth', frame, true, labels)
    frame = clip.frames(np.array([true_time]))[0]
    return BoxPanel('truth', frame, true, labels, f'truth at {true_time:.2f} s')


def _detector_panel(
    frame: np.ndarray, picture: DetectedPicture | None, min_score: float
) -> BoxPanel:
    if picture is None:
        return BoxPanel('detector', frame, np.zeros((0, 4)), [], 'detector: not run here')
    sure = picture.above(min_score)
    labels = [f'{name} {score:.2f}' for name, score in zip(sure.names, sure.scores)]
    note = '' if labels else 'detector: nothing found'
    return BoxPanel('detector', frame, np.array(sure.boxes).reshape(-1, 4), labels, note)


def _truth_reader(truth: str | os.PathLike | None) -> TrueBoxes | None:
    """A function of clip and time to true boxes and the time that they are of."""
    if truth is None:
        return None
    if Path(truth).is_dir():
        return lambda name, time: (read_truth(truth, name).boxes_at(time), time)
    entries = {entry['video_id']: entry for entry in read_boxes(truth)}

    def annotated(name: str, time: float) -> tuple[np.ndarray, float]:
        if name not in entries:
            raise AnnotationError(f'{truth}: no true box of clip {name}')
        return entries[name]['boxes'], entries[name].get('time', time)

    return annotated


def _tidy(boxes: np.ndarray) -> np.ndarray:
    """Published boxes may reach beyond the frame or have no area."""
    boxes = np.clip(np.asarray(boxes, dtype=np.float64).reshape(-1, 4), 0, 1)
    return np.concatenate([boxes[:, :2], np.maximum(boxes[:, :2], boxes[:, 2:])], 1)


def _same(time: float, other: float) -> bool:
    return abs(time - other) < _SAME_TIME


def _chosen(
    known: Iterable[str], ids: Sequence[str] | None, count: int, path: str | os.PathLike
) -> list[str]:
    if ids is None:
        return list(islice(known, count))
    names = [canonical_id(name) for name in dict.fromkeys(ids)]
    if lacking := [name for name in names if name not in known]:
        raise AnnotationError(
            f'{path}: no entry of {", ".join(lacking[:5])}, '
            f'expected clips such as {", ".join(islice(known, 3))}'
        )
    return names


def _at_least_one(**values: int) -> None:
    for name, value in values.items():
        if value < 1:
            raise ValueError(f'{name} is {value}, expected at least 1')
