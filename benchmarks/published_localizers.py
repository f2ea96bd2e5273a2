"""Time the published localizers beside plain loops of their authors' steps.

Stills are pictures of 640 x 360 (JPEG) with ten seconds of sound at 16 kHz (WAV). A video of the
same size, at 30 frames a second, is gone through step by step, ten a second; its sound lies in a
WAV file. ``authors_loop.py`` has the plain loops. Both sides have the same random weights and must
give the same maps. They run in turns, after one that is not counted.

Numbers in brackets are the networks' alone, on inputs that lie in memory: what reading and
preparing can gain at most.

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
from mmssl.apis.localizer import Localizer
from mmssl.apis.model_index import find_model
from mmssl.apis.opened import PICTURES
from mmssl.clock import STEPS_PER_SECOND, step_centres
from mmssl.media import SAMPLE_RATE, Clip
from mmssl.media.audio import decode_sound
from mmssl.models.released import METHODS
from mmssl.soundingshapes import render_scene, sample_scene
from mmssl.soundingshapes.draw import ScenePainter
from mmssl.soundingshapes.synth import class_sound

SIZE, RATE = (640, 360), 30
#: Seconds of a still's sound.
SOUND = 10
#: Greatest difference of maps that counts as none, as a share of their range.
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
    """A video, and its sound in a file beside it."""
    video, sound = folder / 'video.mp4', folder / 'video.wav'
    render_scene(video, sample_scene(0, float(seconds)), size=SIZE, fps=RATE)
    samples = decode_sound(video).samples[: seconds * SAMPLE_RATE]
    soundfile.write(sound, samples, SAMPLE_RATE)
    return str(video), str(sound)


class Side:
    """One side's way to make maps, timed with the threads that torch chose at first.

    Ours gives a thread away when other programs need its core.
    """

    threads = torch.get_num_threads()

    def __init__(self, work: Callable[[], list[np.ndarray]]) -> None:
        self.work, self.maps = work, list[np.ndarray]()

    def __call__(self) -> None:
        torch.set_num_threads(self.threads)
        self.maps = self.work()


def compare(name: str, count: int, sides: dict[str, Side], forward: dict, repeat: int) -> None:
    """Print milliseconds per map of both sides, and their ratio.

    Args:
        name: Of the comparison.
        count: Maps that each side makes.
        sides: ``'plain'`` and ``'ours'``.
        forward: For each side, its networks' work alone, and the number of its maps.
        repeat: Turns.
    """
    turns({key: work for key, (work, _) in forward.items()}, 1)  # warms up
    found = turns({**sides, **{f'{key} alone': work for key, (work, _) in forward.items()}}, repeat)
    require_equal(name, sides['ours'].maps, sides['plain'].maps)
    shown = []
    for key in sides:
        alone = median(found[f'{key} alone']) / forward[key][1]
        shown.append(f'{1000 * median(found[key]) / count:5.0f} ({1000 * alone:3.0f}) ms')
    print(f'{name:17}{"   ".join(shown)}   {ratio(found["plain"], found["ours"], 1)}', flush=True)


def compare_stills(name: str, plain: AuthorsLoop, model: Localizer, pairs: list[Pair], repeat: int):
    """Print both sides of localizing in stills."""
    localize = SoundLocalizationInferencer(model, show_progress=False)
    few = pairs[:PICTURES]
    theirs = [plain.inputs_of_still(*pair) for pair in few]
    mine = [model.pipeline(Clip(*pair), 0, SOUND) for pair in few]
    sides = {
        'plain': Side(lambda: [plain.still(*pair) for pair in pairs]),
        'ours': Side(lambda: [found['maps'][0] for found in localize(pairs)['predictions']]),
    }
    forward = {
        'plain': (lambda: [plain.forward(*inputs) for inputs in theirs], len(few)),
        'ours': (lambda: model.localize_stills(mine), len(few)),
    }
    compare(f'{name} stills', len(pairs), sides, forward, repeat)


def compare_videos(
    name: str, plain: AuthorsLoop, model: Localizer, video: Pair, seconds: int, repeat: int
) -> None:
    """Print both sides of localizing at all steps of a video."""
    localize = SoundLocalizationInferencer(model, show_progress=False)
    times = step_centres(seconds * STEPS_PER_SECOND)
    theirs = [plain.inputs_of_step(*video, time) for time in times[::STEPS_PER_SECOND]]
    window = model.pipeline(Clip(*video), 0, min(seconds, model.window))
    mine = [window[name][None].numpy() for name in ('imgs', 'audios')]
    sides = {
        'plain': Side(lambda: [plain.step(*video, time) for time in times]),
        'ours': Side(lambda: list(localize(video)['predictions'][0]['maps'])),
    }
    forward = {
        'plain': (lambda: [plain.forward(*inputs) for inputs in theirs], len(theirs)),
        'ours': (lambda: model.predict(*mine), mine[0].shape[2]),
    }
    compare(f'{name} video', len(times), sides, forward, repeat)


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
    print('                 plain loop       ours             plain loop / ours')
    with tempfile.TemporaryDirectory() as folder:
        stills = render_stills(Path(folder), args.pairs)
        video = render_video(Path(folder), args.seconds)
        for method in args.methods:
            config = find_model(method).config
            checkpoint = random_weights(config, Path(folder) / 'random.pth')
            weights = torch.load(checkpoint)['state_dict']
            plain = AuthorsLoop(method, Config.fromfile(config), weights)
            model = load_localizer(checkpoint, device='cpu')
            compare_stills(method, plain, model, stills, args.repeat)
            compare_videos(method, plain, model, video, args.seconds, args.repeat)


if __name__ == '__main__':
    main()
