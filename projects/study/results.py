"""The results of the study's jobs."""

import json
import os
from pathlib import Path

from ..experiments import Cell
from .plan import Scale, seed_name


class Results:
    """Reads a study's folder.

    Args:
        folder: The study's folder, all jobs done.
        scale: Size of the study.
    """

    def __init__(self, folder: str | os.PathLike, scale: Scale) -> None:
        self.folder = Path(folder)
        self.scale = scale

    def accuracy(self, head: str, clips: int, name: str) -> Cell | None:
        """Test accuracy of a head (``'av'``, ``'audio'``, ``'visual'``), if the model has it."""
        found = self._each(f'{head}-{clips}-test/metrics.json')
        if f'acc/{name}_top1' not in found[0]:
            return None
        return Cell(tuple(metrics[f'acc/{name}_top1'] for metrics in found))

    def localization(self, head: str, clips: int, mode: str, metric: str) -> Cell:
        """A localization metric of the classification model under an attention mode."""
        found = self._each(f'{head}-{clips}-modes/metrics.json')
        rows = [next(row for row in rows if row['mode'] == mode) for rows in found]
        return Cell(tuple(row[metric] for row in rows))

    def localizer(self, kind: str, metric: str) -> Cell:
        """A metric of the second localizer, or of a prior (``'centre_disc/ciou'``)."""
        found = self._each(f'localizer-{kind}-test/metrics.json')
        return Cell(tuple(metrics[f'loc/{metric}'] for metrics in found))

    def seconds(self, name: str) -> Cell | None:
        """Wall time of a job over the uninterrupted seeds, if there are any."""
        times = [found['seconds'] for found in self._each(f'{name}/done.json')]
        times = tuple(seconds for seconds in times if seconds is not None)
        return Cell(times) if times else None

    def moments(self) -> dict[str, Cell]:
        """Scores of the mined training moments and boxes."""
        found = self._each('mined-score/metrics.json')
        return {key: Cell(tuple(scores[key] for scores in found)) for key in found[0]}

    def _each(self, name):
        """The content of a JSON file, for every seed."""
        places = (self.folder / seed_name(seed) for seed in range(self.scale.seeds))
        return [json.loads((place / name).read_text(encoding='utf-8')) for place in places]
