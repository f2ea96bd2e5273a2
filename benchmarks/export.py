"""Compare an exported model with torch: differences of the results, and times.

The small model has the weights of a checkpoint or random weights. The model of the
paper's size has random weights, which take the same time. Both backends get the
same noise through the same call (``predict``: normalization, networks, heads and
maps), in turns, in one process. Medians and the ratios of the turns are printed.

Examples:
    python benchmarks/export.py
    python benchmarks/export.py --checkpoint work_dirs/demo/epoch_15.pth
"""

import argparse
import os
import tempfile
from pathlib import Path
from statistics import median

import numpy as np
import torch
from models import random_weights
from timing import ratio, turns

from mmssl.apis.export import export_onnx
from mmssl.apis.model import load_model
from mmssl.apis.onnx_model import OnnxModel, load_onnx
from mmssl.threads import usable_cores

CONFIGS = ('configs/mmssl_soundingshapes.py', 'configs/mmssl_vggsound.py')


def noise(model: OnnxModel, seconds: int) -> tuple[np.ndarray, np.ndarray]:
    """One clip: uint8 frames and log-mel."""
    width, height = model.frame_size
    random = np.random.default_rng(0)
    imgs = random.integers(0, 256, (1, 3, 10 * seconds, height, width), np.uint8)
    return imgs, random.normal(-6, 3, (1, 1, seconds, 100, 80)).astype(np.float32)


def compare(name: str, checkpoint: Path, folder: Path, args: argparse.Namespace) -> None:
    """Print differences, medians and ratios of one model."""
    file = export_onnx(checkpoint, folder / 'model.onnx').path
    backends = {'torch': load_model(checkpoint), 'onnx': load_onnx(file, args.threads)}
    batch = noise(backends['onnx'], args.seconds)
    # The first call of each backend warms up, and its results are compared.
    (maps, scores), (their_maps, their_scores) = (b.predict(*batch) for b in backends.values())
    differences = {'maps': np.abs(maps - their_maps).max()}
    for head, values in scores.items():
        differences[f'scores_{head}'] = np.abs(values - their_scores[head]).max()
    ways = {name: lambda model=model: model.predict(*batch) for name, model in backends.items()}
    times = turns(ways, args.repeat)
    print(
        f'\n{name}: one clip of {args.seconds} s, {args.threads} threads, {args.repeat} turns, '
        f'{file.stat().st_size / 1e6:.1f} MB'
    )
    print(f'outputs up to {np.abs(maps).max():.3g} (maps) and {scores["av"].max():.3g} (scores)')
    for output, difference in differences.items():
        print(f'{output}: greatest difference {difference:.1e}')
    for backend, found in times.items():
        print(f'{backend}: {1000 * median(found):.0f} ms')
    print(f'torch / onnx {ratio(times["torch"], times["onnx"])}')


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('--checkpoint', type=Path, help='weights of the small model')
    parser.add_argument('--configs', choices=CONFIGS, nargs='+', default=CONFIGS)
    parser.add_argument('--seconds', type=int, default=10, help='length of the clip (10)')
    parser.add_argument('--threads', type=int, default=2, help='threads of each backend (2)')
    parser.add_argument('--repeat', type=int, default=7, help='turns (7)')
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    load = os.getloadavg()[0]
    print(f'{usable_cores()} cores, load {load:.1f}' + (': others are busy' if load > 0.5 else ''))
    for config in args.configs:
        with tempfile.TemporaryDirectory() as folder:
            checkpoint = args.checkpoint if config == CONFIGS[0] else None
            checkpoint = checkpoint or random_weights(config, Path(folder) / 'random.pth')
            compare(config, checkpoint, Path(folder), args)


if __name__ == '__main__':
    main()
