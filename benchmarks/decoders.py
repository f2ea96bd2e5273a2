"""Let several readers read valid but difficult clips, and print a table of the results.

Each reader is used as in the first example of its documentation. The encoded pictures and sounds
are the ground truth. Readers that are not installed are left out and listed in the last line.

Examples:
    python benchmarks/decoders.py
    python benchmarks/decoders.py --readers pyav mmssl --only "edit list" "MPEG-TS"
"""

import argparse
import importlib.util
import sys
import tempfile
from functools import partial
from pathlib import Path

import av
import numpy as np

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.difficult_clips import FPS, KINDS, SECONDS, number, sweep  # noqa: E402
from mmssl.collection.parallel import LostJob, run_all  # noqa: E402
from mmssl.media import Clip  # noqa: E402
from mmssl.media.files import media_errors  # noqa: E402

RATE = 16000
#: Seconds, each in the middle of a picture, in an order that needs seeking.
TIMES = (np.random.default_rng(0).permutation(np.arange(3, FPS * SECONDS - 5, 4)) + 0.5) / FPS
#: The encoded sound, and the seconds at which parts of it are searched.
SWEEP, PLACES = sweep(RATE)[0].astype(np.float64), (0.5, 1.0, 2.2, 3.0)
#: Largest accepted offset of the sound in seconds: the duration of a picture.
IN_STEP = 1 / FPS
#: Wrong orientations of a picture, by name.
LYING = {
    'mirrored': lambda image: image[:, ::-1],
    'upside down': lambda image: image[::-1],
    'turned by 180 degrees': lambda image: image[::-1, ::-1],
    'turned by 90 degrees': lambda image: np.rot90(image),
    'turned by 270 degrees': lambda image: np.rot90(image, 3),
}


def by_index(video, audio):
    """PyAV: all pictures, indexed by time x rate; all sound, one block after the other."""
    with av.open(video) as container:
        rate = float(container.streams.video[0].average_rate)
        frames = [frame.to_ndarray(format='rgb24') for frame in container.decode(video=0)]
    images = [frames[min(int(time * rate), len(frames) - 1)] for time in TIMES]
    return images, _decoded(audio)


def by_seeking(video, audio):
    """PyAV: seek to the time, decode up to the picture whose time stamp covers it."""
    images = []
    with av.open(video) as container:
        stream = container.streams.video[0]
        for time in TIMES + (container.start_time or 0) / 1e6:
            container.seek(int(time / stream.time_base), stream=stream)
            shown = None
            for frame in container.decode(stream):
                if shown is not None and frame.time > time:
                    break
                shown = frame
            images.append(shown.to_ndarray(format='rgb24'))
    return images, _decoded(audio)


def _decoded(path):
    with av.open(path) as container:
        resampler = av.AudioResampler('fltp', 'mono', RATE)
        frames = [f for frame in container.decode(audio=0) for f in resampler.resample(frame)]
        return np.concatenate([f.to_ndarray()[0] for f in [*frames, *resampler.resample(None)]])


def torchcodec(video, audio):
    """TorchCodec: pictures at the times from the start on, and all samples."""
    from torchcodec.decoders import AudioDecoder, VideoDecoder

    pictures = VideoDecoder(video, dimension_order='NHWC')
    sound = AudioDecoder(audio, sample_rate=RATE, num_channels=1).get_all_samples()
    begin, end = pictures.metadata.begin_stream_seconds, pictures.metadata.end_stream_seconds
    start = min(begin, sound.pts_seconds) if audio == video else begin
    images = [
        pictures.get_frame_played_at(min(max(time + start, begin), end - 1e-3)).data.numpy()
        for time in TIMES
    ]
    late = sound.pts_seconds - start if audio == video else 0.0
    return images, np.pad(sound.data[0].numpy(), (max(0, round(late * RATE)), 0))


def decord(video, audio):
    """decord: the frame whose time stamps cover the time, and all samples."""
    import decord as library

    library.logging.set_level(library.logging.QUIET)
    reader = library.VideoReader(video, num_threads=1)
    spans = reader.get_frame_timestamp(np.arange(len(reader)))
    indices = np.searchsorted(spans[:, 0], TIMES + 1e-3) - 1
    images = reader.get_batch(np.maximum(indices, 0)).asnumpy()
    return list(images), library.AudioReader(audio, sample_rate=RATE, mono=True)[:].asnumpy()[0]


def mmssl(video, audio, decoder='pyav'):
    """mmssl: frames at the times, and the samples."""
    clip = Clip(video, None if audio == video else audio, decoder)
    return clip.frames(TIMES), clip.samples(0.0, clip.duration)


READERS = {
    'PyAV by index': by_index,
    'PyAV by seeking': by_seeking,
    'TorchCodec': torchcodec,
    'decord': decord,
    'mmssl': mmssl,
    'mmssl with decord': partial(mmssl, decoder='decord'),
}
NEEDS = {'TorchCodec': 'torchcodec', 'decord': 'decord', 'mmssl with decord': 'decord'}


def answer(item) -> str:
    """Outcome of a reader for a rendered clip of a kind, in words."""
    name, reader, folder = item
    return judged(KINDS[name], reader, *KINDS[name].make(Path(folder)))


def judged(kind, reader, video, audio=None) -> str:
    """Outcome of a reader for a clip, in words."""
    try:
        # Every exception of a reader is a result.
        with media_errors(video, reader):
            images, samples = READERS[reader](str(video), str(audio or video))
    except ValueError as error:
        return 'refused' if "'pyav'" in str(error) else 'error'
    return '; '.join(faults(images, np.asarray(samples, np.float64), kind)) or 'right'


def faults(images, samples, kind) -> list[str]:
    """Faults of the pictures at the requested times, and of the sound.

    A reader may choose the start of the clock, within a tenth of a second. Picture and sound must
    be synchronous.
    """
    lags = [offset(samples, place) for place in PLACES]
    lost = sum(lag is None for lag in lags)
    late = [lag for lag in lags if lag is not None]
    begin = next((b for b in (0.0, *late[:1]) if abs(b) < 0.1 and not seen(images, kind, b)), 0.0)
    found = [seen(images, kind, begin)] if seen(images, kind, begin) else []
    if lost:
        return [*found, f'{lost} of {len(PLACES)} parts of the sound wrong']
    worst = max((lag - begin for lag in late), key=abs)
    if abs(worst) > IN_STEP + kind.slack:
        found.append(f'sound {abs(worst) * 1000:.0f} ms {"late" if worst > 0 else "early"}')
    elif len(samples) < (SECONDS - 0.1) * RATE:
        found.append('the end of the sound lost')
    return found


def seen(images, kind, begin) -> str:
    """Faults of the pictures if the clock begins ``begin`` seconds before the first picture."""
    expected = [{kind.shown(time - begin + slip) for slip in (-0.012, 0.012)} for time in TIMES]

    def wrong(turn):
        numbers = [number(np.ascontiguousarray(turn(image))) for image in images]
        return sum(found not in wanted for found, wanted in zip(numbers, expected))

    count = wrong(lambda image: image)
    words = next((words for words, turn in LYING.items() if count and not wrong(turn)), None)
    return words or (f'{count} of {len(TIMES)} pictures wrong' if count else '')


def offset(samples, place, length=0.4, reach=0.6) -> float | None:
    """Delay of a part of the reference in the samples in seconds; ``None`` if it is not found."""
    part = SWEEP[round(place * RATE) : round((place + length) * RATE)]
    first = round((place - reach) * RATE)
    padded = np.pad(samples, (RATE, RATE))[first + RATE :][: len(part) + round(2 * reach * RATE)]
    products = np.fft.irfft(np.fft.rfft(padded, 65536) * np.conj(np.fft.rfft(part, 65536)), 65536)[
        : len(padded) - len(part) + 1
    ]
    energy = np.cumsum(np.r_[0, padded**2])
    norms = np.sqrt((energy[len(part) :] - energy[: -len(part)]).clip(1e-9) * (part**2).sum())
    likeness = products / norms
    best = int(likeness.argmax())
    return (best + first) / RATE - place if likeness[best] > 0.7 else None


def table(readers, names, answers) -> str:
    """Markdown table with a row for each kind and a column for each reader."""
    lines = [f'| kind | {" | ".join(readers)} |', '|---' * (len(readers) + 1) + '|']
    group = None
    for name in names:
        if KINDS[name].group != group:
            group = KINDS[name].group
            lines.append(f'| **{group}** |' + ' |' * len(readers))
        lines.append(f'| {name} | {" | ".join(answers[name, reader] for reader in readers)} |')
    counts = [sum(answers[n, r] == 'right' for n in names) for r in readers]
    lines.append(f'| **right, of {len(names)}** | {" | ".join(map(str, counts))} |')
    return '\n'.join(lines)


def versions(readers, absent) -> str:
    """Versions of the readers, and the missing readers."""
    codecs = '.'.join(map(str, av.library_versions['libavcodec']))
    found = [f'PyAV {av.__version__} (libavcodec {codecs})']
    for module in sorted({NEEDS[reader] for reader in readers if reader in NEEDS}):
        found.append(f'{module} {importlib.import_module(module).__version__}')
    return ', '.join(found) + ''.join(f'; {reader} is not installed' for reader in absent)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('--readers', nargs='+', choices=tuple(READERS), default=tuple(READERS))
    parser.add_argument('--only', nargs='+', help='kinds whose names contain one of these words')
    parser.add_argument('--workers', type=int, default=2, help='processes (2)')
    args = parser.parse_args()
    names = [n for n in KINDS if not args.only or any(word in n for word in args.only)]
    absent = [r for r in args.readers if r in NEEDS and not importlib.util.find_spec(NEEDS[r])]
    readers = [reader for reader in args.readers if reader not in absent]
    answers = {}
    with tempfile.TemporaryDirectory() as place:
        items = []
        for index, (name, reader) in enumerate((n, r) for r in readers for n in names):
            folder = Path(place) / str(index)
            folder.mkdir()
            items.append((name, reader, str(folder)))
        for (name, reader, _), found in run_all(answer, items, workers=args.workers, time_limit=60):
            lost = isinstance(found, LostJob)
            answers[name, reader] = found.reason if lost else found
    print(table(readers, names, answers))
    print(f'\n{versions(readers, absent)}')


if __name__ == '__main__':
    main()
