"""What a SoundingShapes model has learned: numbers that judge it, and a picture."""

import copy
import json
from pathlib import Path

import numpy as np
import torch
from mmengine.config import Config
from mmengine.runner import Runner

from ..evaluation.metrics import SoundLocalizationMetric
from ..media import open_clip
from ..media.files import whole_file, write_text
from ..progress import track
from ..structures import LocalizationDataSample
from ..visualization import result_grid
from .evaluators import report
from .model import LoadedModel

#: Changes of the test set, and what each of them shows.
VARIANTS = {
    'test': {},
    'sound of another class': {'sound': 'other-class'},
    'interactive pairs': {'boxes_file': 'interactive.json'},
}


def show_results(model: LoadedModel, config: Config, out: str | Path, pairs: int = 6) -> None:
    """Test on the test split, with swapped sounds and on interactive pairs; draw pairs.

    Args:
        model: As :func:`mmssl.apis.model.load_model` gives it.
        config: Config whose test data is a SoundingShapes collection.
        out: Folder for ``results.json`` and ``pairs.png``.
        pairs: Number of pairs in the picture.
    """
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
    with whole_file(out / 'pairs.png') as partial:
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
    """Frames of pairs, with the maps of both sounds and the box of what sounds."""
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
