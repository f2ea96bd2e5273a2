"""Detect objects with a DETR on the pictures of sounding boxes.

Needs the transformers package (pip install "mmssl[detr]") and a folder with
weights; this program never downloads weights. projects/detector_comparison/compare_detector.py and
projects/mining_pictures/boxes.py read the result.

Examples:
    python projects/detector_comparison/run_detr.py boxes.json --videos data/vggsound/videos \\
        --weights weights/detr-resnet-50 --out detr.json
"""

import json
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch

from mmssl.cli.ending import exit_status
from mmssl.cli.options import add_decoder_option
from mmssl.cli.parser import Parser
from mmssl.collection.clip_files import ClipFolder
from mmssl.datasets.annotations import AnnotationError, read_boxes
from mmssl.media import MediaError
from mmssl.media.files import write_text
from mmssl.media.paths import FILE_IN, FILE_OUT, FOLDER_IN
from mmssl.media.video import DECODER
from mmssl.progress import track

#: DETR's authors scale the shorter side of pictures to this number of pixels, and the longer side
#: at most to this number; then mean and standard deviation of ImageNet's colours.
SHORT_SIDE = 800
LONG_SIDE = 1333
MEAN = (0.485, 0.456, 0.406)
DEVIATION = (0.229, 0.224, 0.225)


@dataclass
class Detected:
    """Results of a run: COCO's object, and unreadable clips with reasons."""

    coco: dict[str, list]
    skipped: list[tuple[str, str]] = field(default_factory=list)


def load_detr(weights: str | os.PathLike, device: str = 'cpu') -> Any:
    """Load a DETR from a folder, in evaluation mode.

    Args:
        weights: Folder with ``config.json`` and the weights.
        device: Device of the network.

    Raises:
        ValueError: If the ``transformers`` package is missing, or the folder
            contains no DETR.
    """
    try:
        from transformers import DetrForObjectDetection
    except ImportError as error:
        raise ValueError(
            f'the transformers package cannot be imported ({error}); '
            'install it with: pip install "transformers>=4.40"'
        ) from error
    _check_folder(Path(weights))
    try:
        network, found = DetrForObjectDetection.from_pretrained(
            os.fspath(weights), local_files_only=True, output_loading_info=True
        )
    except Exception as error:  # The package raises many types if the folder is malformed.
        raise ValueError(f'{weights}: transformers cannot load it as a DETR: {error}') from error
    # The package fills missing weights with random numbers, and only warns.
    if missing := sorted(found['missing_keys']):
        raise ValueError(
            f'{weights}: the weights lack {len(missing)} parameters, such as {missing[0]}; '
            'expected the weights of a complete DETR with its detection heads'
        )
    return network.to(device).eval()


def run_detr(
    boxes_file: str | os.PathLike,
    videos: str | os.PathLike,
    weights: str | os.PathLike,
    out: str | os.PathLike,
    *,
    batch_size: int = 4,
    min_score: float = 0.05,
    short_side: int = SHORT_SIDE,
    device: str = 'cpu',
    decoder: str = DECODER,
) -> Detected:
    """Detect objects on the pictures of sounding boxes and write them in COCO's format.

    Args:
        boxes_file: Boxes in VGG-SS's format. Their times select the pictures; the
            mid-frame is used for a box without a time.
        videos: Folder of the video files.
        weights: As for :func:`load_detr`.
        out: JSON file with ``images`` (with ``time``), ``categories``, ``annotations``.
        batch_size: Number of pictures at a time.
        min_score: Score below which boxes are not written.
        short_side: Pixels of the shorter side of the network's input.
        device: Device of the network.
        decoder: Decoder, ``'pyav'`` or ``'decord'``.

    Raises:
        ValueError: If a file or the weights are malformed.
    """
    for name, value in (('batch_size', batch_size), ('short_side', short_side)):
        if value < 1:
            raise ValueError(f'{name} is {value}, expected at least 1')
    entries = {(e['video_id'], e.get('time')): None for e in read_boxes(boxes_file)}
    clips = ClipFolder(videos, decoder)
    network = load_detr(weights, device)
    names = sorted(network.config.id2label.items())
    coco = {'images': [], 'categories': [], 'annotations': []}
    coco['categories'] = [{'id': number, 'name': name} for number, name in names]
    detected = Detected(coco)
    pictures = _pictures(track(list(entries), 'detecting'), clips, detected.skipped)
    while batch := list(islice(pictures, batch_size)):
        results = detect(network, [frame for _, _, frame in batch], short_side)
        for (name, time, frame), result in zip(batch, results):
            _append(coco, name, time, frame.shape, result, min_score)
    write_text(out, json.dumps(coco))
    return detected


def detect(
    network: Any, frames: list[np.ndarray], short_side: int = SHORT_SIDE
) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Run a DETR on pictures, which can have different sizes.

    Args:
        network: Network from :func:`load_detr`.
        frames: uint8 RGB ``(H, W, 3)``.
        short_side: Pixels of the shorter side of the network's input.

    Returns:
        Boxes ``(queries, 4)`` (xyxy fractions of the frame), scores
        ``(queries,)`` and category numbers ``(queries,)`` of every picture.
    """
    inputs = [_scaled(frame, short_side) for frame in frames]
    height, width = (max(picture.shape[axis] for picture in inputs) for axis in (1, 2))
    values = torch.zeros(len(inputs), 3, height, width)
    mask = torch.zeros(len(inputs), height, width, dtype=torch.long)
    for index, picture in enumerate(inputs):
        rows, columns = picture.shape[1:]
        values[index, :, :rows, :columns] = picture
        mask[index, :rows, :columns] = 1
    device = next(network.parameters()).device
    with torch.no_grad():
        found = network(pixel_values=values.to(device), pixel_mask=mask.to(device))
    # The last class is 'no object'. Boxes are fractions of the picture without its padding.
    scores, labels = found.logits.softmax(-1)[..., :-1].max(-1)
    centre, size = found.pred_boxes.split(2, -1)
    boxes = torch.cat([centre - size / 2, centre + size / 2], -1).clamp(0, 1)
    return [tuple(t.cpu().numpy() for t in item) for item in zip(boxes, scores, labels)]


def _check_folder(folder):
    if not folder.is_dir():
        raise ValueError(
            f'{folder}: no such folder, expected one with config.json and the weights; '
            'weights are not downloaded'
        )
    try:
        kind = json.loads((folder / 'config.json').read_text(encoding='utf-8'))['model_type']
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ValueError(
            f'{folder}: no config.json that names a model_type, expected a folder that '
            "transformers' save_pretrained wrote"
        ) from error
    if kind != 'detr':
        raise ValueError(f"{folder}: model_type is {kind!r}, expected 'detr'")


def _pictures(entries, clips, skipped) -> Iterator[tuple[str, float | None, np.ndarray]]:
    for name, time in entries:
        try:
            clip = clips.open(name)
            frame = clip.frames([clip.duration / 2 if time is None else time])[0]
        except (MediaError, AnnotationError) as error:
            skipped.append((name, str(error)))
            continue
        yield name, time, frame


def _scaled(frame, short_side):
    short, long = sorted(frame.shape[:2])
    scale = min(short_side / short, short_side * LONG_SIDE / SHORT_SIDE / long)
    size = tuple(max(1, round(side * scale)) for side in frame.shape[1::-1])
    picture = cv2.resize(frame, size, interpolation=cv2.INTER_LINEAR).astype(np.float32) / 255
    normal = (picture - np.array(MEAN, np.float32)) / np.array(DEVIATION, np.float32)
    return torch.from_numpy(normal.transpose(2, 0, 1))


def _append(coco, name, time, shape, result, min_score):
    height, width = shape[:2]
    image = {'id': len(coco['images']) + 1, 'file_name': name, 'width': width, 'height': height}
    coco['images'].append(image if time is None else {**image, 'time': time})
    for (x0, y0, x1, y1), score, label in zip(*(values.tolist() for values in result)):
        if score < min_score:
            continue
        w, h = (x1 - x0) * width, (y1 - y0) * height
        coco['annotations'].append(
            {
                'id': len(coco['annotations']) + 1,
                'image_id': image['id'],
                'category_id': label,
                'bbox': [round(value, 2) for value in (x0 * width, y0 * height, w, h)],
                'area': round(w * h, 2),
                'iscrowd': 0,
                'score': round(score, 5),
            }
        )


def main() -> int:
    parser = Parser(__doc__)
    parser.add_argument(
        'boxes', type=FILE_IN, help="boxes in VGG-SS's format, with clips and times"
    )
    parser.add_argument('--videos', type=FOLDER_IN, required=True, help='folder of the video files')
    parser.add_argument('--weights', type=FOLDER_IN, required=True, help='folder with a DETR')
    parser.add_argument(
        '--out', type=FILE_OUT, required=True, help="JSON file to write, in COCO's format"
    )
    parser.add_argument('--batch-size', type=int, default=4, help='pictures at a time')
    parser.add_argument(
        '--min-score', type=float, default=0.05, help='boxes below it are not written'
    )
    parser.add_argument(
        '--short-side',
        type=int,
        default=SHORT_SIDE,
        help="pixels of the shorter side of the network's input",
    )
    parser.add_argument('--device', default='cpu', help='cpu or cuda')
    add_decoder_option(parser)
    args = vars(parser.checked_args())
    files = [args.pop(name) for name in ('boxes', 'videos', 'weights', 'out')]
    detected = run_detr(*files, **args)
    print(files[-1])
    for name, reason in detected.skipped:
        print(f'skipped {name}: {reason}', file=sys.stderr)
    return 1 if detected.skipped else 0


if __name__ == '__main__':
    sys.exit(exit_status(main, 'projects/detector_comparison/run_detr.py'))
