"""Time a sheet of live pictures: 100 frames of 112 x 112, 10 s of sound, 309 classes.

Examples:
    python benchmarks/live_pictures.py
"""

import argparse
import time

import numpy as np
import torch

from mmssl.structures import LocalizationDataSample
from mmssl.visualization.visualizer import SoundLocalizationVisualizer


def make_sample() -> LocalizationDataSample:
    """A random prediction and one true box."""
    sample = LocalizationDataSample(metainfo={'video_id': 'random'})
    sample.set_pred_map(torch.rand(100, 7, 7)).set_moment(5.0)
    sample.set_pred_score({name: torch.rand(309) for name in ('av', 'audio', 'visual')})
    return sample.set_gt_boxes(np.array([[0.1, 0.2, 0.5, 0.6]]))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('--sheets', type=int, default=20, help='number of sheets (20)')
    sheets = parser.parse_args().sheets
    if sheets < 1:
        raise SystemExit(f'--sheets is {sheets}, expected at least 1')
    drawer, sample = SoundLocalizationVisualizer(), make_sample()
    frames = np.random.randint(0, 256, (100, 112, 112, 3), np.uint8)
    sound = np.random.randn(1, 10, 100, 80)
    drawer.draw_sheet(frames, sample, sound)  # fonts are looked up once
    start = time.process_time()
    for _ in range(sheets):
        drawer.draw_sheet(frames, sample, sound)
    print(f'{(time.process_time() - start) / sheets:.2f} s of CPU time a sheet')


if __name__ == '__main__':
    main()
