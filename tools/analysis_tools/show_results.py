"""Evaluate a SoundingShapes model: test, swapped sounds, interactive pairs, and a picture.

Examples:
    python tools/analysis_tools/show_results.py configs/mmssl_soundingshapes.py CHECKPOINT \\
        --out results
"""

# Must come before MMEngine, which imports torch: mmssl sets how threads wait.
import mmssl  # noqa: F401  isort: skip

import copy
import json
import sys
from pathlib import Path

import numpy as np
import torch
from mmengine.config import Config
from mmengine.runner import Runner

from mmssl.apis.config import read_config
from mmssl.apis.model import LoadedModel, load_model
from mmssl.apis.runner import replace_data_root
from mmssl.cli.ending import exit_status
from mmssl.cli.parser import Parser
from mmssl.evaluation.metrics import SoundLocalizationMetric
from mmssl.media import open_clip
from mmssl.media.files import atomic_file, write_text
from mmssl.media.paths import FILE_IN, FOLDER_IN, FOLDER_OUT
from mmssl.progress import track
from mmssl.report.evaluators import report
from mmssl.structures import LocalizationDataSample
from mmssl.visualization import result_grid

#: Changes of the test set, and the meaning of each.
VARIANTS = {
    'test': {},
    'sound of another class': {'sound': 'other-class'},
    'interactive pairs': {'boxes_file': 'interactive.json'},
}


def show_results(model: LoadedModel, config: Config, out: str | Path, pairs: int = 6) -> None:
    """Test on the test split, with swapped sounds and on interactive pairs; draw pairs.

    Args:
        model: Model from :func:`mmssl.apis.model.load_model`.
        config: Config whose test data is a SoundingShapes collection.
        out: Folder for ``results.json`` and ``pairs.png``.
        pairs: Number of pairs in the picture.
    """
    if pairs < 1:
        raise ValueError(f'pairs is {pairs}, expected at least 1 in the picture')
    out = Path(out)
    results, samples = {}, []
    for name, changes in VARIANTS.items():
        loader = copy.deepcopy(config.test_dataloader)
        loader.dataset.update(changes)
        results[name], samples = _score(model, loader, name)
        print(f'\n{name}')
        report(results[name])
    write_text(out / 'results.json', json.dumps(results, indent=1))
    grid = result_grid(_pair_rows(samples, pairs))
    with atomic_file(out / 'pairs.png') as partial:
        grid.savefig(partial, dpi=110)


def _score(model, loader, title):
    """Metrics of a data loader, and its samples with their predictions."""
    metric = SoundLocalizationMetric()
    samples: list[LocalizationDataSample] = []
    with torch.no_grad():
        for batch in track(Runner.build_dataloader(loader), title):
            samples += model.network.test_step(batch)
    metric.process({}, [sample.to_dict() for sample in samples])
    return metric.evaluate(len(samples)), samples


def _pair_rows(samples, count):
    """Frames of pairs, with the maps of both sounds and the box of the sounding object."""
    groups: dict[str, list] = {}
    for sample in samples:
        groups.setdefault(sample.group, []).append(sample)
    rows = []
    for members in list(groups.values())[:count]:
        first = members[0]
        time = first.get('clip_start', 0.0) + first.moment
        frame = open_clip(first.filename).frames(np.array([time]))[0]
        classes = [f'sound {member}' for member in 'ab']
        rows.append(
            {
                'frame': frame,
                'maps': {
                    title: sample.map_at_moment().numpy() for title, sample in zip(classes, members)
                },
                'boxes': [sample.gt_boxes[0].tolist() for sample in members],
            }
        )
    return rows


def main() -> None:
    parser = Parser(__doc__)
    parser.add_argument('config', type=FILE_IN, help='config file')
    parser.add_argument('checkpoint', type=FILE_IN, help='checkpoint file')
    parser.add_argument(
        '--data-root', type=FOLDER_IN, help="folder of the data set, instead of the config's"
    )
    parser.add_argument('--out', type=FOLDER_OUT, default='results', help='folder for the results')
    parser.add_argument('--pairs', type=int, default=6, help='pairs in the picture')
    args = parser.checked_args()
    config = read_config(args.config)
    if args.data_root:
        replace_data_root(config, args.data_root)
    show_results(load_model(args.checkpoint, args.config), config, args.out, args.pairs)


if __name__ == '__main__':
    sys.exit(exit_status(main, 'tools/analysis_tools/show_results.py'))
