"""Draw a moving picture of a SoundingShapes clip: the clip, its map, the truth and the sound.

The README's picture is of the last clip of ``tools/data/render_soundingshapes.py data/turns
--train 0 --val 0 --test 0 --pairs 0 --negatives 0 --turns 3``.

Examples:
    python tools/analysis_tools/moving_picture.py data/turns turn-000002_000000 \\
        soundingshapes --out docs/images/turns.gif
"""

# Must come before MMEngine, which imports torch: mmssl sets how threads wait.
import mmssl  # noqa: F401  isort: skip

import sys
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from mmssl.apis import SoundLocalizationInferencer
from mmssl.cli.ending import exit_status
from mmssl.cli.parser import Parser
from mmssl.clock import STEPS_PER_SECOND, step_centres
from mmssl.media import Clip, log_mel
from mmssl.media.files import atomic_file
from mmssl.media.paths import FILE_OUT, FOLDER_IN
from mmssl.soundingshapes import ClipTruth, read_truth
from mmssl.visualization import draw_boxes, draw_spectrogram, overlay_maps

#: Pixels of a picture's side, of the strip of sound, and between pictures.
SIDE, STRIP, GAP = 224, 56, 8
WHITE = 255


def moving_picture(data: Path, name: str, model: str, out: Path) -> None:
    """Write a GIF of ten pictures a second that repeats.

    Args:
        data: A SoundingShapes collection.
        name: Identifier of the clip.
        model: As the inferencer takes it.
        out: The file.
    """
    path = data / 'videos' / f'{name}.mp4'
    maps = SoundLocalizationInferencer(model)(str(path))['predictions'][0]['maps']
    pages = [
        Image.fromarray(page)
        for page in draw_pages(Clip(path), maps, read_truth(data / 'truth', name))
    ]
    # One palette for all pages: colours must not flicker.
    palette = Image.fromarray(np.concatenate([np.asarray(page) for page in pages[::5]])).quantize(
        256
    )
    pages = [page.quantize(palette=palette, dither=Image.Dither.NONE) for page in pages]
    with atomic_file(out) as partial:
        pages[0].save(
            partial,
            format='GIF',
            save_all=True,
            append_images=pages[1:],
            duration=1000 // STEPS_PER_SECOND,
            loop=0,
        )


def draw_pages(clip: Clip, maps: np.ndarray, truth: ClipTruth) -> Iterator[np.ndarray]:
    """Draw a page per step: the picture, the map over it with the true boxes, and the sound.

    Args:
        clip: The clip.
        maps: Float ``(steps, h, w)``.
        truth: The clip's truth.

    Yields:
        uint8 RGB ``(H, W, 3)``.
    """
    times = step_centres(len(maps))
    frames = clip.frames(times)
    frames = [cv2.resize(f, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC) for f in frames]
    width = 2 * SIDE + GAP
    rows = draw_spectrogram(log_mel(clip.samples(0, len(maps) / STEPS_PER_SECOND)))
    sound = cv2.resize(rows, (width, STRIP), interpolation=cv2.INTER_AREA)
    between = np.full((SIDE, GAP, 3), WHITE, np.uint8)
    below = np.full((GAP, width, 3), WHITE, np.uint8)
    overlays = overlay_maps(frames, maps)
    boxes = truth.boxes_of_steps[: len(maps)]
    for time, frame, overlay, true in zip(times, frames, overlays, boxes, strict=True):
        marked = draw_boxes(overlay, true)
        strip, x = sound.copy(), round(time * STEPS_PER_SECOND / len(maps) * width)
        strip[:, max(x - 1, 0) : x + 2] = WHITE
        yield np.concatenate([np.concatenate([frame, between, marked], axis=1), below, strip])


def main() -> None:
    parser = Parser(__doc__)
    parser.add_argument('data', type=FOLDER_IN, help='folder of a SoundingShapes collection')
    parser.add_argument('name', help='identifier of the clip')
    parser.add_argument('model', help='checkpoint of a training, or name of a model with weights')
    parser.add_argument('--out', type=FILE_OUT, default='turns.gif', help='GIF to write')
    args = parser.checked_args()
    moving_picture(Path(args.data), args.name, args.model, Path(args.out))


if __name__ == '__main__':
    sys.exit(exit_status(main, 'tools/analysis_tools/moving_picture.py'))
