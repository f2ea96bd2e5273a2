"""Score a model on all subsets of SoundingShapes, under their protocols.

With --split val, only maps of the validation clips are scored, for the choice of settings. With
--split test, the validation clips are used only for the threshold of the negatives.

Examples:
    python -m projects.league.score configs/lvs/lvs_r18-small_soundingshapes.py CHECKPOINT \\
        --data-root data/soundingshapes --split val --out val.json
    python -m projects.league.score configs/lvs/lvs_r18-small_soundingshapes.py CHECKPOINT \\
        --data-root data/soundingshapes --split test --out test.json --maps maps
"""

# Must come before MMEngine, which imports torch: mmssl sets how threads wait.
import mmssl  # noqa: F401  isort: skip

import copy
import json
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import torch
from mmengine.config import Config
from mmengine.evaluator import BaseMetric
from mmengine.runner import Runner

from mmssl.apis.config import read_config
from mmssl.apis.model import LoadedModel, load_model
from mmssl.apis.runner import replace_data_root
from mmssl.cli.ending import exit_status
from mmssl.cli.parser import Parser
from mmssl.evaluation import choose_threshold
from mmssl.evaluation.metrics import DumpMaps, SoundLocalizationMetric
from mmssl.media.files import write_text
from mmssl.media.paths import FILE_IN, FILE_OUT, FOLDER_IN, FOLDER_OUT
from mmssl.structures import map_at

#: Settings of the data set for each subset.
SUBSETS: dict[str, dict[str, Any]] = {
    'val': dict(boxes_file='boxes_val.json'),
    'pairs': dict(boxes_file='interactive.json'),
    # The test clips, and clips in which nothing visible sounds.
    'test': dict(form='negatives', ann_file='negatives.json', boxes_file='boxes_test.json'),
}

Scores = dict[str, dict[str, float]]


class Scorer:
    """A model and the data of a config.

    Args:
        model: Model from :func:`mmssl.apis.model.load_model`.
        dataloader: Data loader of the config's test clips.
        maps: Folder for the maps at the annotated instants, with a folder for each subset; off if
            ``None``.
    """

    def __init__(
        self, model: LoadedModel, dataloader: Config, maps: str | os.PathLike | None = None
    ) -> None:
        self.model, self.dataloader, self.maps = model, dataloader, maps

    def samples(self, subset: str) -> Iterator[tuple[dict, list[dict]]]:
        """Batches of a subset, and their samples with maps."""
        dataloader = copy.deepcopy(self.dataloader)
        dataloader.dataset.update(SUBSETS[subset])
        for batch in Runner.build_dataloader(dataloader):
            with torch.no_grad():
                found = self.model.network.test_step(batch)
            yield batch, [sample.to_dict() for sample in found]

    def measure(self, subset: str, metrics: Sequence[BaseMetric]) -> list[dict[str, float]]:
        """Results of metrics, all from one pass."""
        dumps = [DumpMaps(Path(self.maps) / subset)] if self.maps else []
        for batch, samples in self.samples(subset):
            for metric in (*metrics, *dumps):
                metric.process(batch, samples)
        return [metric.compute_metrics(metric.results) for metric in metrics]

    def validate(self) -> Scores:
        """Numbers of the validation clips."""
        (numbers,) = self.measure('val', [SoundLocalizationMetric(resamples=0)])
        return {'vggss': numbers}

    def test(self) -> Scores:
        """Numbers of the test clips, the pairs and the negatives, by protocol."""
        threshold, _ = choose_threshold(*self._maps_and_truth('val'))
        of_pairs = SoundLocalizationMetric(protocol='interactive')
        of_clips = {
            'vggss': SoundLocalizationMetric(skip_without_truth=True),
            'extended': SoundLocalizationMetric(protocol='extended', exact=True),
            'negative-audio': SoundLocalizationMetric(
                protocol='negative-audio', threshold=threshold
            ),
        }
        (pairs,) = self.measure('pairs', [of_pairs])
        clips = dict(zip(of_clips, self.measure('test', [*of_clips.values()])))
        return {**clips, 'interactive': pairs, 'chosen': {'threshold': threshold}}

    def _maps_and_truth(self, subset: str) -> tuple[list, list]:
        maps, truth = [], []
        for _, samples in self.samples(subset):
            maps += [map_at(sample['pred_map'], sample['moment']) for sample in samples]
            truth += [sample['gt_boxes'] for sample in samples]
        return maps, truth


def main() -> None:
    parser = Parser(__doc__)
    parser.add_argument('config', type=FILE_IN, help='config file, for its test clips')
    parser.add_argument('checkpoint', type=FILE_IN, help='checkpoint file, with its own config')
    parser.add_argument('--data-root', type=FOLDER_IN, help='folder of the collection')
    parser.add_argument('--split', choices=['val', 'test'], default='val', help='clips to score')
    parser.add_argument('--maps', type=FOLDER_OUT, help='folder for the maps of the clips')
    parser.add_argument('--out', type=FILE_OUT, required=True, help='JSON file of the numbers')
    args = parser.checked_args()
    config = read_config(args.config)
    if args.data_root:
        replace_data_root(config, args.data_root)
    scorer = Scorer(load_model(args.checkpoint), config.test_dataloader, args.maps)
    scores = scorer.validate() if args.split == 'val' else scorer.test()
    write_text(args.out, json.dumps(scores, indent=1))


if __name__ == '__main__':
    sys.exit(exit_status(main, 'projects.league.score'))
