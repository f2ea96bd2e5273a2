"""All presets on the same maps: the effect of the evaluator alone.

Examples:
    python benchmarks/presets.py --boxes vggss.json
"""

import argparse

import numpy as np
from samples import blob_maps, load_boxes

from mmssl.evaluation import PRESETS, evaluate

#: A fixed threshold for the only preset without its own threshold.
THRESHOLD = 0.2


def print_table(maps, boxes, side):
    print(f'\n{len(maps)} maps of {side} x {side}; in %\n')
    print('| preset | cIoU | AUC | mean cIoU | predicted area | cIoU adaptive | AUC adaptive |')
    print('|---|---|---|---|---|---|---|')
    for name, preset in PRESETS.items():
        threshold = THRESHOLD if preset.rule == 'given' else None
        found = evaluate(maps, boxes, preset=name, threshold=threshold, resamples=0).metrics
        area = mean_area(maps, boxes, name, threshold)
        keys = ('ciou', 'auc', 'mean_ciou', '', 'ciou_adaptive', 'auc_adaptive')
        cells = [f'{100 * (found[key] if key else area):.2f}' for key in keys]
        print(f'| `{name}` | {" | ".join(cells)} |')


def mean_area(maps, boxes, preset, threshold):
    """Share of the frame that a preset predicts; the video protocol reports it as pIA."""
    silent = np.zeros(len(maps), dtype=bool)
    found = evaluate(
        maps, boxes, 'video', preset=preset, threshold=threshold, sounding=silent, resamples=0
    )
    return found.metrics['pia']


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('--boxes', help="file in VGG-SS's format; random boxes without it")
    parser.add_argument('--count', type=int, default=5158, help='number of boxes (5158)')
    parser.add_argument('--sides', type=int, nargs='+', default=[7, 14], help='map sizes (7 14)')
    args = parser.parse_args()
    boxes = load_boxes(args.boxes, args.count)[: args.count]
    for side in args.sides:
        print_table(blob_maps(boxes, side), boxes, side)


if __name__ == '__main__':
    main()
