"""Draw pseudo boxes, true boxes and a detector's boxes side by side.

Examples:
    python -m projects.mining_pictures.boxes boxes.json --videos data/vggsound/videos \\
        --truth vggss.json --detections detr.json --out pictures
    python -m projects.mining_pictures.boxes boxes.json --videos data/soundingshapes/videos \\
        --truth data/soundingshapes/truth --count 6 --out pictures
"""

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from mmssl.cli.ending import exit_status
from mmssl.cli.parser import Parser
from mmssl.collection.clip_files import ClipFolder
from mmssl.datasets.annotations import (
    AnnotationError,
    DetectedPicture,
    DetectionTable,
    read_boxes,
    read_detections,
)
from mmssl.localization import box_iou
from mmssl.media import STEPS_PER_SECOND, Clip
from mmssl.media.paths import FILE_IN, PATH_IN
from mmssl.media.video import DECODER
from mmssl.soundingshapes import read_truth

from .box_page import BoxCase, BoxPanel, boxes_page
from .pages import (
    Drawn,
    add_page_options,
    at_least_one,
    chosen_clips,
    draw_pages,
    tell,
    time_within,
)

#: A function from clip and time to true boxes and their time.
TrueBoxes = Callable[[str, float], tuple[np.ndarray, float]]

#: Times that differ by less, half a step of the clock, are equal.
_SAME_TIME = 0.5 / STEPS_PER_SECOND


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
        boxes_file: Pseudo boxes in VGG-SS's format.
        videos: Folder of the video files.
        out: Folder for ``boxes_001.png`` and so on.
        ids: Clips to draw; the first ``count`` pictures of the file if ``None``.
        truth: True boxes in VGG-SS's format, or SoundingShapes' folder of truth
            files, which contain boxes for every time.
        detections, images: As for :func:`mmssl.datasets.annotations.read_detections`.
        min_score: Lowest score of the detector's boxes to draw.
        count: Number of pictures to draw without ``ids``.
        per_page: Number of pictures on a page.
        across: Number of pictures in a row.
        dpi: Pixels per inch of the pages.
        decoder: Decoder, ``'pyav'`` or ``'decord'``.

    Raises:
        ValueError: As for
            :func:`projects.mining_pictures.moments.visualize_moments`.
    """
    at_least_one(count=count, per_page=per_page, across=across, dpi=dpi)
    entries: dict[str, list[dict]] = {}
    for entry in read_boxes(boxes_file):
        entries.setdefault(entry['video_id'], []).append(entry)
    names = chosen_clips(entries, ids, count, boxes_file)
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

    return draw_pages(items, make, page, Path(out) / 'boxes', per_page, dpi)


def _box_case(
    entry: dict,
    clip: Clip,
    true_boxes: TrueBoxes | None,
    table: DetectionTable | None,
    min_score: float,
) -> BoxCase:
    time = time_within(entry.get('time', clip.duration / 2), entry['video_id'], clip)
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
    """A function from clip and time to true boxes and their time."""
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
    """Boxes clipped to the frame; published boxes may exceed it or have no area."""
    boxes = np.clip(np.asarray(boxes, dtype=np.float64).reshape(-1, 4), 0, 1)
    return np.concatenate([boxes[:, :2], np.maximum(boxes[:, :2], boxes[:, 2:])], 1)


def _same(time: float, other: float) -> bool:
    return abs(time - other) < _SAME_TIME


def main() -> int:
    parser = Parser(__doc__)
    parser.add_argument('boxes', type=FILE_IN, help='pseudo boxes that mmssl boxes wrote')
    add_page_options(parser, 'pictures', 6)
    parser.add_argument(
        '--truth',
        type=PATH_IN,
        help="true boxes in VGG-SS's format, or SoundingShapes' folder of truth files",
    )
    parser.add_argument(
        '--detections', type=FILE_IN, help="a detector's boxes in one of COCO's formats"
    )
    parser.add_argument(
        '--images', type=FILE_IN, help='JSON with the images, if the detections are a list'
    )
    parser.add_argument(
        '--min-score', type=float, default=0.5, help="lowest score of a detector's box"
    )
    parser.add_argument('--across', type=int, default=2, help='number of pictures in a row')
    args = vars(parser.checked_args())
    drawn = visualize_boxes(args.pop('boxes'), args.pop('videos'), args.pop('out'), **args)
    return tell(drawn)


if __name__ == '__main__':
    sys.exit(exit_status(main, 'projects.mining_pictures.boxes'))
