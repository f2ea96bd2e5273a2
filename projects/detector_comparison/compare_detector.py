"""Compare an object detector's boxes with the boxes of sounding objects, class by class.

A sounding object is found (agrees), split into pieces, merged into something
larger, missed, or other; docs/how_to/detector.md defines these categories. The
results of any detector in one of COCO's formats are accepted.

Examples:
    python projects/detector_comparison/compare_detector.py boxes.json detr.json \\
        --out comparison.json
    python projects/detector_comparison/compare_detector.py vggss.json results.bbox.json \\
        --images images.json --min-score 0.7 --out comparison.json
"""

import json
import os
import sys
from collections.abc import Iterable
from dataclasses import asdict

import numpy as np

from mmssl.cli.ending import exit_status
from mmssl.cli.parser import Parser
from mmssl.datasets.annotations import AnnotationError, DetectionTable, read_boxes, read_detections
from mmssl.localization import CATEGORIES, OverlapRule, box_iou, categorize, touches
from mmssl.media.files import write_text
from mmssl.media.paths import FILE_IN, FILE_OUT


def compare_detector(
    boxes_file: str | os.PathLike,
    detections_file: str | os.PathLike,
    out: str | os.PathLike,
    *,
    images: str | os.PathLike | None = None,
    min_score: float = 0.5,
    rule: OverlapRule | None = None,
) -> dict:
    """Categorize sounding boxes by their detections.

    Only boxes are compared, because a detector's classes can differ from the
    classes of sounds. Coordinates are clipped to the frame. Sounding boxes
    without area are left out and counted.

    Args:
        boxes_file: Sounding boxes in VGG-SS's format, pseudo or true. A box with a
            time is compared with the detector's picture at this time.
        detections_file, images: As for
            :func:`mmssl.datasets.annotations.read_detections`.
        out: JSON file for the report.
        min_score: Score below which the detector's boxes are ignored.
        rule: Limits of the categories; the default ones if ``None``.

    Returns:
        The report: ``total`` and ``classes`` (of the sounds) with the number of
        boxes, the number in each category and the best IoU, averaged over boxes;
        the number of ``detections``, and of those ``elsewhere``, which touch no
        sounding box; every box's category; ``without_area``; ``not_looked_at``, the
        pictures without detections, which do not count.

    Raises:
        AnnotationError: If a file is malformed, or the detections belong to other clips.
    """
    rule = rule or OverlapRule()
    entries = read_boxes(boxes_file)
    table = DetectionTable(read_detections(detections_file, images))
    rows, absent, without_area, found, elsewhere = [], [], 0, 0, 0
    for (name, time), group in _pictures(entries).items():
        picture = table.picture(name, time)
        if picture is None:
            absent.append({'file': name, 'time': time})
            continue
        boxes, labels = _sounding(group)
        detected = np.array(picture.above(min_score).boxes).reshape(-1, 4)
        without_area += sum(len(entry['boxes']) for entry in group) - len(boxes)
        found += len(detected)
        elsewhere += int((~touches(detected, boxes, rule.touch).any(1)).sum())
        rows += _rows(name, time, boxes, labels, detected, rule)
    if len(absent) == len(_pictures(entries)):
        raise AnnotationError(
            f'{detections_file}: has none of the {len(absent)} pictures of {boxes_file}, such as '
            f'{absent[0]["file"]} at {absent[0]["time"]} s; do file_name and time of its images '
            'match the clips?'
        )
    report = {
        'rule': {**asdict(rule), 'min_score': min_score},
        'total': _summary(rows),
        'classes': {
            label: _summary([row for row in rows if row['class'] == label])
            for label in sorted({row['class'] for row in rows})
        },
        'detections': {'count': found, 'elsewhere': elsewhere},
        'without_area': without_area,
        'not_looked_at': absent,
        'boxes': rows,
    }
    write_text(out, json.dumps(report, indent=1))
    return report


def report_lines(report: dict) -> Iterable[str]:
    """The report as a table in Markdown, and the entries that did not count."""
    yield f'| class | boxes | {" | ".join(CATEGORIES)} | best IoU |'
    yield f'|---|---|{"---|" * len(CATEGORIES)}---|'
    for name, summary in [*report['classes'].items(), ('total', report['total'])]:
        cells = ' | '.join(str(summary[category]) for category in CATEGORIES)
        best = summary['mean_best_iou']
        shown = '-' if best is None else f'{best:.3f}'
        yield f'| {name} | {summary["boxes"]} | {cells} | {shown} |'
    count, elsewhere = report['detections']['count'], report['detections']['elsewhere']
    yield f'{elsewhere} of {count} detections touch no sounding object'
    if absent := len(report['not_looked_at']):
        yield f'{absent} pictures are not in the detections and do not count'
    if lost := report['without_area']:
        yield f'{lost} sounding boxes have no area and do not count'


def _pictures(entries):
    """Entries grouped by picture, because interactive files name a picture twice."""
    pictures: dict[tuple, list[dict]] = {}
    for entry in entries:
        pictures.setdefault((entry['video_id'], entry.get('time')), []).append(entry)
    return pictures


def _sounding(group):
    boxes = np.concatenate([entry['boxes'] for entry in group]).clip(0, 1)
    labels = [entry['label_name'] for entry in group for _ in entry['boxes']]
    kept = (boxes[:, 2] > boxes[:, 0]) & (boxes[:, 3] > boxes[:, 1])
    return boxes[kept], [label for label, keep in zip(labels, kept) if keep]


def _rows(name, time, boxes, labels, detected, rule):
    best = box_iou(boxes, detected).max(1, initial=0)
    return [
        {
            'file': name,
            'time': time,
            'class': label,
            'bbox': box.tolist(),
            'category': category,
            'best_iou': round(float(overlap), 4),
        }
        for box, label, category, overlap in zip(
            boxes, labels, categorize(boxes, detected, rule), best
        )
    ]


def _summary(rows):
    counts = {name: sum(row['category'] == name for row in rows) for name in CATEGORIES}
    best = round(float(np.mean([row['best_iou'] for row in rows])), 4) if rows else None
    return {'boxes': len(rows), **counts, 'mean_best_iou': best}


def main() -> None:
    parser = Parser(__doc__)
    rule = OverlapRule()
    boxes = "sounding boxes in VGG-SS's format, pseudo or true"
    parser.add_argument('boxes', type=FILE_IN, help=boxes)
    parser.add_argument(
        'detections', type=FILE_IN, help="a detector's boxes in one of COCO's formats"
    )
    parser.add_argument(
        '--images', type=FILE_IN, help='JSON with the images, if the detections are a list'
    )
    parser.add_argument('--iou', type=float, default=rule.iou, help='IoU from which boxes agree')
    parser.add_argument('--min-score', type=float, default=0.5, help='lowest score')
    parser.add_argument(
        '--inside', type=float, default=rule.inside, help='share of a box to be mostly inside'
    )
    cover = 'share of a sounding box that its pieces cover'
    parser.add_argument('--cover', type=float, default=rule.cover, help=cover)
    parser.add_argument(
        '--larger', type=float, default=rule.larger, help='ratio of areas of a far larger box'
    )
    parser.add_argument(
        '--touch', type=float, default=rule.touch, help='share up to which an overlap is ignored'
    )
    parser.add_argument('--out', type=FILE_OUT, required=True, help='JSON file for the report')
    args = parser.checked_args()
    rule = OverlapRule(args.iou, args.inside, args.cover, args.larger, args.touch)
    report = compare_detector(
        args.boxes,
        args.detections,
        args.out,
        images=args.images,
        min_score=args.min_score,
        rule=rule,
    )
    print('\n'.join(report_lines(report)))
    print(args.out)


if __name__ == '__main__':
    sys.exit(exit_status(main, 'projects/detector_comparison/compare_detector.py'))
