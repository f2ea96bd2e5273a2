"""Time localizing a long video by stage, and its written video against plain decoding and encoding.

The video has 1080 lines, 60 frames per second and stereo sound of 48 kHz. The stages of
``mmssl localize`` with the shipped model are measured by the times at which it writes its files.
Decoding and encoding is a loop with PyAV: it decodes every frame, and shrinks and encodes 30 frames
per second with the options of the written video. The loop runs twice: frame by frame, so that the
threads of decoder and encoder work side by side, and in turns of four seconds, so that their times
add up.

Examples:
    python benchmarks/long_video.py
    python benchmarks/long_video.py --seconds 20
    python benchmarks/long_video.py --video film.mp4
"""

import argparse
import resource
import tempfile
import time
from collections.abc import Iterator
from fractions import Fraction
from itertools import count, islice
from pathlib import Path

import av
import cv2
import numpy as np
from timing import seconds

from mmssl.apis import SoundLocalizationInferencer
from mmssl.media import write_video
from mmssl.media.isolation import start_isolation
from mmssl.media.writer import encoder_options
from mmssl.progress import track

#: Width, height and frames a second.
SIZE, RATE = (1920, 1080), 60


def frames(duration: int) -> Iterator[np.ndarray]:
    """Frames of a camera that moves over a texture, with a disc that crosses it."""
    width, height = SIZE
    noise = np.random.default_rng(0).integers(0, 255, (68, 120, 3), np.uint8)
    texture = cv2.resize(noise, (width + 400, height + 200), interpolation=cv2.INTER_CUBIC)
    for number in track(range(duration * RATE), 'rendering'):
        x, y = round(200 + 180 * np.sin(number / 90)), round(90 + 80 * np.cos(number / 70))
        picture = np.ascontiguousarray(texture[y : y + height, x : x + width])
        centre = round(width / 2 + 600 * np.sin(number / RATE)), height // 2
        yield cv2.circle(picture, centre, 90, (255, 60, 30), -1)


def render(path: Path, duration: int) -> None:
    """Write the video with an intermittent tone on both channels."""
    times = np.arange(48000 * duration) / 48000
    tone = 0.3 * np.sin(2 * np.pi * 440 * times) * (np.sin(np.pi * times) > 0)
    write_video(path, frames(duration), RATE, np.stack([tone, tone]), 48000, preset='ultrafast')


def decode_and_encode(path: Path, out: Path, turn: int) -> None:
    """Decode and encode the pictures of a video, ``turn`` frames at a time."""
    with av.open(str(path)) as source, av.open(str(out), 'w') as target:
        source.streams.video[0].thread_type = 'AUTO'
        stream = target.add_stream('libx264', rate=RATE // 2)
        stream.width, stream.height, stream.pix_fmt = 1280, 720, 'yuv420p'
        stream.options = encoder_options(18)
        shown = islice(source.decode(video=0), 0, None, 2)
        small = (frame.reformat(1280, 720, 'yuv420p') for frame in shown)
        numbers = count()
        while frames := list(islice(small, turn)):
            for frame, number in zip(frames, numbers):
                frame.pts, frame.time_base = number, Fraction(2, RATE)
                target.mux(stream.encode(frame))
        target.mux(stream.encode(None))


def megabytes(who: int) -> int:
    """Largest memory of this process, or of the largest of its children, in MB."""
    return resource.getrusage(who).ru_maxrss // 1000


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('--seconds', type=int, default=300, help='length of the video (300)')
    parser.add_argument('--video', type=Path, help='a video of your own')
    args = parser.parse_args()
    # Before this process has threads, as in the command.
    start_isolation()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        video = args.video or folder / 'video.mp4'
        if not args.video:
            render(video, args.seconds)
        find = SoundLocalizationInferencer('soundingshapes', show_progress=False)
        begin = time.time()
        found = find(video, out_dir=folder / 'out')
        if found['failed']:
            raise SystemExit(found['failed'])
        (paths,) = found['visualization']
        ends = {kind: path.stat().st_mtime - begin for kind, path in paths.items()}
        plain = {
            way: seconds(lambda turn=turn: decode_and_encode(video, folder / 'plain.mp4', turn))
            for way, turn in (('side by side', 1), ('in turns', 2 * RATE))
        }
    for kind, end in ends.items():
        print(f'{kind:8} written after {end:7.1f} s')
    written = ends['video'] - ends['sheet']
    for way, passed in plain.items():
        print(f'decoding and encoding {way:12} {passed:7.1f} s')
        print(f'written video / decoding and encoding {way}: {written / passed:.2f}')
    print(f'memory: {megabytes(resource.RUSAGE_SELF)} MB, the largest in this process')


if __name__ == '__main__':
    main()
