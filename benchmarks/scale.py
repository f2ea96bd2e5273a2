"""Time per clip, from a hundred to ten thousand clips: loading and evaluation.

Loading reads the data set of the small config in order; its clips are links to a few files, and
decoded frames are not cached. Evaluation scores random maps, with priors, ceiling and a thousand
bootstrap draws. ``mining.py --memory`` measures mining.

Examples:
    python benchmarks/scale.py
    python benchmarks/scale.py --counts 100 1000
"""

import argparse
import tempfile
from pathlib import Path

import torch
from mining import SMALL, linked, render
from mmaction.registry import DATASETS
from mmengine.config import Config
from mmengine.registry import init_default_scope
from samples import blob_maps, make_boxes
from timing import seconds

from mmssl.apis.runner import replace_data_root
from mmssl.evaluation import evaluate


def loading(data: Path) -> float:
    """Seconds to load every clip of a split."""
    config = Config.fromfile(SMALL)
    replace_data_root(config, str(data))
    settings = config.test_dataloader.dataset
    settings.pipeline[0].cache_dir = None
    dataset = DATASETS.build(settings)
    return seconds(lambda: [dataset[i] for i in range(len(dataset))])


def evaluation(count: int) -> float:
    """Seconds to evaluate ``count`` maps."""
    boxes = make_boxes(count)
    maps = blob_maps(boxes)
    return seconds(lambda: evaluate(maps, boxes))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('--counts', type=int, nargs='+', default=[100, 1000, 10_000])
    args = parser.parse_args()
    torch.set_num_threads(1)
    init_default_scope('mmaction')
    evaluation(100)  # warms up
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        few = render(folder, SMALL, 20, 2.0)
        for count in args.counts:
            took = loading(linked(few, folder / str(count), count)), evaluation(count)
            load, score = (1000 * value / count for value in took)
            print(f'{count:6} clips: loading {load:6.2f} ms a clip, evaluation {score:6.3f} ms')


if __name__ == '__main__':
    main()
