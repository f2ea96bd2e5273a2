"""Damage mp4, mkv and wav files at random and let check.py read them.

Every clip must get a verdict, no decoder may take the run with it, and the
undamaged files among them must stay fine.

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

from mmssl.apis.check import check_clips  # noqa: E402  (after the path)
from mmssl.apis.clip_files import ClipFiles  # noqa: E402
from mmssl.media.video import DECODERS, require_decoder  # noqa: E402
from tests.fault_catalogue import clip, tone  # noqa: E402
from tests.mutations import mutate  # noqa: E402


def render(folder: Path, count: int, seed: int) -> tuple[list[ClipFiles], list[ClipFiles]]:
    """Damaged clips, and the good ones that they were made from."""
    rng = random.Random(seed)
    mp4, mkv = (clip(folder / f'good{suffix}', fps=25) for suffix in ('.mp4', '.mkv'))
    wav = folder / 'good.wav'
    soundfile.write(wav, tone().T, 16000)
    good = [ClipFiles('good-mp4', mp4), ClipFiles('good-mkv', mkv), ClipFiles('good-wav', mp4, wav)]
    damaged = []
    for index in range(count):
        source = (mp4, mkv, wav)[index % 3]
        path = folder / f'{index:05d}{source.suffix}'
        path.write_bytes(mutate(source.read_bytes(), rng))
        files = (mp4, path) if source is wav else (path,)
        damaged.append(ClipFiles(f'{index:05d}-{source.suffix[1:]}', *files))
    return damaged, good


def fuzz(count: int, seed: int, workers: int, backend: str) -> Counter:
    """Verdicts on damaged clips; fails when a good one is not found fine."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        damaged, good = render(folder, count, seed)
        step = max(1, len(damaged) // len(good))
        mixed = list(damaged)
        for index, item in enumerate(good):
            mixed.insert(index * step, item)
        counts = check_clips(mixed, folder / 'out', workers=workers, backend=backend, time_limit=20)
        rows = (folder / 'out/report.csv').read_text().splitlines()[1:]
        for item in good:
            if not any(row.startswith(f'{item.name},fine') for row in rows):
                raise SystemExit(f'{item.name} is good and was not found fine')
        lost = sum('not done after' in row or 'crashed' in row for row in rows)
        print(f'{backend}: {lost} clips that hung or crashed a decoder')
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
    for backend in args.decoders:
        require_decoder(backend)
        start = time.perf_counter()
        counts = fuzz(args.count, args.seed, args.workers, backend)
        if counts.total() != args.count + 3:
            raise SystemExit(f'{counts.total()} verdicts on {args.count + 3} clips')
        print(f'{backend}: {counts.total()} clips in {time.perf_counter() - start:.0f} s')
        for verdict, number in counts.items():
            print(f'  {verdict:<20}{number:>6}')


if __name__ == '__main__':
    main()
