"""Damage files of ten kinds at random and let check.py read them.

Every clip must get a verdict, no decoder may crash the run, and the verdict on
undamaged files must be fine.

Examples:
    python benchmarks/fuzz_media.py --count 1000
    python benchmarks/fuzz_media.py --decoders pyav
"""

import argparse
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import soundfile

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from mmssl.collection.check import check_clips  # noqa: E402  (after the path)
from mmssl.collection.clip_files import ClipFiles  # noqa: E402
from mmssl.media.video import DECODERS, require_decoder  # noqa: E402
from tests.fault_catalogue import encode, pictures, tone  # noqa: E402
from tests.mutations import mutate  # noqa: E402

#: Files of clips: names, encoders of the pictures and of the sound, and pictures' options.
FILMS = {
    'h264.mp4': ('libx264', 'aac', {}),
    'h264.mkv': ('libx264', 'aac', {}),
    'av1.mp4': ('libsvtav1', 'aac', {'preset': '12'}),
    'hevc.mp4': ('libx265', 'aac', {'x265-params': 'log-level=none'}),
    'vp9.webm': ('libvpx-vp9', 'libopus', {'deadline': 'realtime'}),
    'mpeg4.avi': ('mpeg4', 'libmp3lame', {'bf': '2'}),
    'h264.ts': ('libx264', 'aac', {}),
    'wmv2.wmv': ('wmv2', 'wmav2', {}),
}

#: Number of undamaged clips: these files, and two with a sound file.
GOOD = len(FILMS) + 2

#: Containers that decord refuses with a message.
NOT_DECORD = ('av1.mp4', 'mpeg4.avi', 'h264.ts', 'wmv2.wmv')


def render(folder: Path, count: int, seed: int) -> tuple[list[ClipFiles], list[ClipFiles]]:
    """Damaged clips, and the undamaged clips from which they were made."""
    rng = random.Random(seed)
    sources = [film(folder / name, *encoders) for name, encoders in FILMS.items()]
    sounds = [wav(folder / 'pcm.wav'), chained(folder / 'chain.ogg')]
    good = [ClipFiles(path.name, path) for path in sources]
    good += [ClipFiles(path.name, sources[0], path) for path in sounds]
    damaged = []
    for index in range(count):
        source = (*sources, *sounds)[index % len(good)]
        path = folder / f'{index:05d}{source.suffix}'
        path.write_bytes(mutate(source.read_bytes(), rng))
        files = (sources[0], path) if source in sounds else (path,)
        damaged.append(ClipFiles(f'{index:05d}-{source.name}', *files))
    return damaged, good


def film(path: Path, codec: str, sound: str, options: dict) -> Path:
    """Two seconds of a moving bar and a tone."""
    return encode(path, pictures(50, 25), codec, 'yuv420p', 25, options, sound, rate=48000)


def wav(path: Path) -> Path:
    """Two seconds of a tone."""
    soundfile.write(path, tone().T, 16000)
    return path


def chained(path: Path) -> Path:
    """Two seconds of a tone, from two files."""
    soundfile.write(path, tone(1.0, 48000).T, 48000)
    path.write_bytes(2 * path.read_bytes())
    return path


def fuzz(count: int, seed: int, workers: int, decoder: str) -> Counter:
    """Verdicts on damaged clips; fails if the verdict on an undamaged clip is not fine."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        damaged, good = render(folder, count, seed)
        step = max(1, len(damaged) // len(good))
        mixed = list(damaged)
        for index, item in enumerate(good):
            mixed.insert(index * step, item)
        counts = check_clips(mixed, folder / 'out', workers=workers, decoder=decoder, time_limit=20)
        rows = (folder / 'out/report.csv').read_text().splitlines()[1:]
        for item in good:
            row = next(row for row in rows if row.startswith(f'{item.name},'))
            refused = decoder == 'decord' and item.name in NOT_DECORD and "'pyav'" in row
            if not refused and not row.startswith(f'{item.name},fine'):
                raise SystemExit(f'{item.name} is good and was not found fine: {row}')
        lost = sum('not done after' in row or 'crashed' in row for row in rows)
        print(f'{decoder}: {lost} clips that hung or crashed a decoder')
        return counts


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('--count', type=int, default=1000, help='damaged clips (1000)')
    parser.add_argument('--seed', type=int, default=0)
    parser.add_argument('--workers', type=int, default=2, help='processes (2)')
    parser.add_argument('--decoders', nargs='+', choices=DECODERS, default=DECODERS)
    args = parser.parse_args()
    for decoder in args.decoders:
        require_decoder(decoder)
        start = time.perf_counter()
        counts = fuzz(args.count, args.seed, args.workers, decoder)
        if counts.total() != args.count + GOOD:
            raise SystemExit(f'{counts.total()} verdicts on {args.count + GOOD} clips')
        print(f'{decoder}: {counts.total()} clips in {time.perf_counter() - start:.0f} s')
        for verdict, number in counts.items():
            print(f'  {verdict:<20}{number:>6}')


if __name__ == '__main__':
    main()
