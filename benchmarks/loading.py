"""Time loading a clip, and log-mel alone, against MMAction2's steps and librosa.

A clip is 10 s of 640 x 360 at 30 frames per second with sound, like VGGSound's clips. Loading
returns 100 frames of 112 x 112 and the log-mel of ten seconds. All alternatives run in turns in
one process, with one thread each:

- stock: DecordInit, SampleFrames, DecordDecode, Resize, FormatShape, and librosa's log-mel
  of samples that are read in our way (MMAction2 itself reads no sound from a video);
  without decord: PyAVInit and PyAVDecode, and the output names PyAV
- ours: the test pipeline of ``configs/mmssl_vggsound.py``, on the raw file and on the copy
  that ``tools/data/prepare.py`` writes
- read here, read apart: pictures and sound of a clip in the calling process, and in a separate
  process that may crash, as in all commands and loaders
- decoding: every frame of the raw file once, without keeping it, by PyAV and, if it is
  installed, by decord; the faster one counts

Medians over turns of the mean over all clips are printed, and ratios turn by turn.

Examples:
    python benchmarks/loading.py
    python benchmarks/loading.py --clips 4 --repeat 3
"""

import argparse
import tempfile
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from statistics import median

import av
import cv2
import librosa
import numpy as np
import torch
from mmengine.config import Config
from mmengine.dataset import Compose
from mmengine.registry import init_default_scope
from threadpoolctl import threadpool_limits
from timing import ratio, turns

from mmssl.media import SAMPLE_RATE, Clip, log_mel, open_clip, read_sound, step_centres, steps_in
from mmssl.media.logmel import BANDS, FFT, FLOOR, HOP, WINDOW
from mmssl.media.prepare import prepare_clip
from mmssl.soundingshapes import render_scene, sample_scene

#: The decoder of MMAction2's steps.
STOCK = 'Decord' if find_spec('decord') else 'PyAV'
STEPS = [
    dict(type=f'{STOCK}Init'),
    dict(type='SampleFrames', clip_len=100, frame_interval=3, num_clips=1, test_mode=True),
    dict(type=f'{STOCK}Decode'),
    dict(type='Resize', scale=(112, 112), keep_ratio=False),
    dict(type='FormatShape', input_format='NCTHW'),
]


def librosa_log_mel(samples: np.ndarray) -> np.ndarray:
    """The values of :func:`mmssl.media.log_mel`, computed by librosa: ``(80, rows)``."""
    power = librosa.feature.melspectrogram(
        y=samples,
        sr=SAMPLE_RATE,
        n_fft=FFT,
        hop_length=HOP,
        win_length=WINDOW,
        n_mels=BANDS,
        center=True,
        pad_mode='constant',
    )
    return np.log(np.maximum(power, FLOOR))


def load_stock(pipeline: Compose, path: Path) -> None:
    """Frames by MMAction2's steps, sound by librosa."""
    pipeline(dict(filename=str(path), start_index=0, modality='RGB'))
    librosa_log_mel(read_sound(path))


def load_ours(pipeline: Compose, path: Path) -> None:
    """Frames and sound by this package's steps."""
    pipeline(dict(filename=str(path), video_id=path.stem))


def read(open_one: Callable[[Path], Clip], path: Path) -> None:
    """Frames of all steps and the sound."""
    clip = open_one(path)
    clip.frames(step_centres(steps_in(clip.duration)), (112, 112))
    clip.samples(0.0, clip.duration)


def decode_with_decord(path: Path) -> None:
    """Decode all frames, keep none."""
    import decord

    for _ in decord.VideoReader(str(path), num_threads=1):
        pass


def decode_with_pyav(path: Path) -> None:
    """Decode all frames, keep none."""
    with av.open(str(path)) as container:
        container.streams.video[0].thread_count = 1
        for _ in container.decode(video=0):
            pass


def show(times: dict[str, list[float]], pairs: list[tuple[str, str]], count: int = 1) -> None:
    """Print medians in ms per item, with ``count`` items in each call, and the ratios of pairs."""
    for name, found in times.items():
        print(f'{name:22} {1000 * median(found) / count:8.2f} ms')
    for slow, fast in pairs:
        print(f'{slow} / {fast}: {ratio(times[slow], times[fast])}')


def compare_loading(folder: Path, count: int, repeat: int) -> None:
    """Print the times for loading a clip."""
    raw, copies = [], []
    for seed in range(count):
        raw.append(folder / f'raw{seed}.mp4')
        render_scene(raw[-1], sample_scene(seed, duration=10.0), size=(640, 360), fps=30)
        copies.append(folder / f'copy{seed}.mp4')
        prepare_clip(raw[-1], copies[-1])
    stock = Compose(STEPS)
    ours = Compose(Config.fromfile('configs/mmssl_vggsound.py').test_pipeline)

    def load_all(load: Callable[[Path], None], paths: list[Path]) -> Callable[[], object]:
        return lambda: [load(path) for path in paths]

    decoders = {'PyAV, frames alone': decode_with_pyav}
    name = 'stock by PyAV, raw'
    if STOCK == 'Decord':
        decoders = {'decord, frames alone': decode_with_decord, **decoders}
        name = 'stock, raw'
    ways = {
        name: load_all(lambda path: load_stock(stock, path), raw),
        'ours, raw': load_all(lambda path: load_ours(ours, path), raw),
        'ours, copy': load_all(lambda path: load_ours(ours, path), copies),
        **{
            f'{kind}, read {place}': load_all(partial(read, open_one), paths)
            for kind, paths in (('raw', raw), ('copy', copies))
            for place, open_one in (('here', Clip), ('apart', open_clip))
        },
        **{way: load_all(decode, raw) for way, decode in decoders.items()},
    }
    turns(ways, 1)  # warms up
    times = turns(ways, repeat)
    fastest = min(decoders, key=lambda name: median(times[name]))
    print(f'{count} clips of 10 s, 640 x 360, 30 frames a second; {repeat} turns; a clip takes')
    pairs = [(name, 'ours, raw'), (name, 'ours, copy'), ('ours, raw', fastest)]
    pairs += [(f'{kind}, read apart', f'{kind}, read here') for kind in ('raw', 'copy')]
    show(times, pairs, count)


def compare_log_mel(repeat: int) -> None:
    """Print the times for the log-mel of ten seconds, and the largest difference."""
    samples = np.random.default_rng(0).normal(0, 0.1, 10 * SAMPLE_RATE).astype(np.float32)
    rows = len(samples) // HOP
    apart = np.abs(librosa_log_mel(samples).T[:rows] - log_mel(samples).numpy()).max()
    ways = {'librosa': lambda: librosa_log_mel(samples), 'ours': lambda: log_mel(samples)}
    times = turns(ways, 10 * repeat)
    print(f'log-mel of 10 s, {10 * repeat} turns')
    show(times, [('librosa', 'ours')])
    print(f'they differ by {apart:.1e} at most')


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('--clips', type=int, default=8, help='clips (8)')
    parser.add_argument('--repeat', type=int, default=5, help='turns (5)')
    args = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    threadpool_limits(1)  # numpy's products, in librosa
    init_default_scope('mmaction')
    compare_log_mel(args.repeat)
    with tempfile.TemporaryDirectory() as folder:
        compare_loading(Path(folder), args.clips, args.repeat)


if __name__ == '__main__':
    main()
