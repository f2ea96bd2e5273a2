"""Time the published localizers against plain loops with their authors' steps.

Stills are pictures of 640 x 360 (JPEG) with ten seconds of sound at 16 kHz (WAV). A video of the
same size, at 30 frames per second, is processed in ten steps per second; its sound is in a WAV
file. ``authors_loop.py`` has the plain loops. Both sides have the same random weights and must
return the same maps. They run in turns.

Numbers in brackets, and the last ratio, exclude the networks. They show the time for reading and
preparing, and the ratio of both sides if networks take little time, as on a GPU.

Examples:
    python benchmarks/published_localizers.py
    python benchmarks/published_localizers.py --methods lvs --pairs 20 --seconds 5 --repeat 1
"""

# Must come before torch: mmssl sets how threads wait.
import mmssl  # noqa: F401  isort: skip

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np
import soundfile
import torch
from authors_loop import AuthorsLoop
from mmengine.config import Config
from models import random_weights
from PIL import Image
from timing import ratio, turns

from mmssl.apis import SoundLocalizationInferencer
from mmssl.apis.load import load_localizer
from mmssl.apis.localizer import Localizer, Predictions
from mmssl.apis.model_index import find_model
from mmssl.apis.opened import PICTURES
from mmssl.clock import STEPS_PER_SECOND, step_centres
from mmssl.media import SAMPLE_RATE
from mmssl.media.audio import decode_sound
from mmssl.models.released import METHODS
from mmssl.soundingshapes import render_scene, sample_scene
from mmssl.soundingshapes.draw import ScenePainter
from mmssl.soundingshapes.synth import class_sound

SIZE, RATE = (640, 360), 30
#: Seconds of a still's sound.
SOUND = 10
#: Largest difference between maps that count as equal, as a share of their range.
TOLERANCE = 1e-4

#: Paths of pictures and their sound.
Pair = tuple[str, str]


def render_stills(folder: Path, count: int) -> list[Pair]:
    """Pictures, and sounds of their scenes."""
    rng, pairs = np.random.default_rng(0), []
    for index in range(count):
        scene = sample_scene(index, float(SOUND))
        picture, sound = folder / f'{index}.jpg', folder / f'{index}.wav'
        frame = ScenePainter(scene, SIZE).frame(sum(scene.event) / 2)
        Image.fromarray(frame).save(picture, quality=90)
        samples = 0.2 * class_sound(scene.sounding.label, float(SOUND), rng)
        soundfile.write(sound, samples, SAMPLE_RATE)
        pairs.append((str(picture), str(sound)))
    return pairs


def render_video(folder: Path, seconds: int) -> Pair:
    """A video, and its sound in a separate file."""
    video, sound = folder / 'video.mp4', folder / 'video.wav'
    render_scene(video, sample_scene(0, float(seconds)), size=SIZE, fps=RATE)
    samples = decode_sound(video).samples[: seconds * SAMPLE_RATE]
    soundfile.write(sound, samples, SAMPLE_RATE)
    return str(video), str(sound)


class WithoutNetworks(Localizer):
    """A model whose networks take no time, and whose maps are noise."""

    classes, one_map_of_stills = None, True

    def __init__(self, model: Localizer) -> None:
        self.pipeline, self.window, self.margin = model.pipeline, model.window, model.margin

    def predict(self, imgs: np.ndarray, audios: np.ndarray) -> Predictions:
        """As :meth:`Localizer.predict`."""
        return np.random.default_rng(0).random((1, imgs.shape[2], 7, 7), np.float32), {}


class Way:
    """A way to make maps, with torch's initial number of threads.

    Our side uses fewer threads when other programs need cores.
    """

    threads = torch.get_num_threads()

    def __init__(self, work: Callable[[], list]) -> None:
        self.work, self.made = work, []

    def __call__(self) -> None:
        torch.set_num_threads(self.threads)
        self.made = self.work()


def localizing(model: Localizer) -> Callable[[list[Pair]], list[np.ndarray]]:
    """Ours: a function from inputs to maps ``(h, w)``."""
    localize = SoundLocalizationInferencer(model, show_progress=False)
    return lambda pairs: [m for found in localize(pairs)['predictions'] for m in found['maps']]


def compare(name: str, ways: dict[str, Way], repeat: int) -> None:
    """Print milliseconds per map of both sides, and their ratio, with and without networks."""
    found = turns(ways, repeat)
    require_equal(name, ways['ours'].made, ways['plain'].made)
    each = {key: 1000 * median(times) / len(ways['ours'].made) for key, times in found.items()}
    plain, ours = (f'{each[key]:5.0f} ({each[f"{key} bare"]:3.0f}) ms' for key in ('plain', 'ours'))
    whole, bare = (ratio(found[f'plain{key}'], found[f'ours{key}'], 1) for key in ('', ' bare'))
    print(f'{name:17}{plain}   {ours}   {whole}   {bare}', flush=True)


def compare_method(
    method: str, stills: list[Pair], video: Pair, seconds: int, repeat: int, folder: Path
) -> None:
    """Print the times of both sides of a method, on stills and on a video."""
    config = find_model(method).config
    checkpoint = random_weights(config, folder / 'random.pth')
    plain = AuthorsLoop(method, Config.fromfile(config), torch.load(checkpoint)['state_dict'])
    model = load_localizer(checkpoint, device='cpu')
    ours, bare = localizing(model), localizing(WithoutNetworks(model))
    times = step_centres(seconds * STEPS_PER_SECOND)
    for _ in range(2):  # warms up
        plain.still(*stills[0])
        ours(stills[:PICTURES])
    ways = {
        'plain': lambda: [plain.still(*pair) for pair in stills],
        'ours': lambda: ours(stills),
        'plain bare': lambda: [plain.inputs_of_still(*pair) for pair in stills],
        'ours bare': lambda: bare(stills),
    }
    compare(f'{method} stills', {key: Way(way) for key, way in ways.items()}, repeat)
    ways = {
        'plain': lambda: [plain.step(*video, time) for time in times],
        'ours': lambda: ours([video]),
        'plain bare': lambda: [plain.inputs_of_step(*video, time) for time in times],
        'ours bare': lambda: bare([video]),
    }
    compare(f'{method} video', {key: Way(way) for key, way in ways.items()}, repeat)


def require_equal(name: str, ours: list[np.ndarray], theirs: list[np.ndarray]) -> None:
    """Compare maps.

    Raises:
        SystemExit: If some differ by more than rounding.
    """
    for ours_, theirs_ in zip(ours, theirs, strict=True):
        if (share := np.abs(ours_ - theirs_).max() / np.ptp(theirs_)) > TOLERANCE:
            raise SystemExit(f'{name}: maps differ by {share:.1e} of their range')


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('--methods', nargs='+', choices=METHODS, default=METHODS)
    parser.add_argument('--pairs', type=int, default=100, help='stills (100)')
    parser.add_argument('--seconds', type=int, default=10, help='length of the video (10)')
    parser.add_argument('--repeat', type=int, default=3, help='turns (3)')
    args = parser.parse_args()
    print(f'{args.pairs} stills and a video of {args.seconds} s, {SIZE[0]} x {SIZE[1]}, a map each')
    print('                 plain loop      ours            plain loop / ours, without networks')
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        stills, video = render_stills(folder, args.pairs), render_video(folder, args.seconds)
        for method in args.methods:
            compare_method(method, stills, video, args.seconds, args.repeat, folder)


if __name__ == '__main__':
    main()
