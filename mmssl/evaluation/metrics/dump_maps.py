"""Write maps to files, for ``mmssl evaluate`` or other programs."""

from collections.abc import Sequence
from os import PathLike
from pathlib import Path

from mmengine.evaluator import BaseMetric

from ...registry import METRICS
from ...structures import map_at
from ..map_files import write_map


@METRICS.register_module()
class DumpMaps(BaseMetric):
    """Write the map at the annotated instant of every sample, without reporting a metric.

    Each sample has its own file, so processes do not wait for each other,
    and memory holds no maps. ``unreadable`` samples have no file.

    Args:
        out_dir: Output folder, created if it is missing.
        all_steps: Write ``(T, h, w)``, all steps, instead of ``(h, w)``.
        field: ``'pred_map'``, or ``'pred_object_map'`` for the maps of an object prior.
        collect_device, prefix: As in MMEngine.
    """

    def __init__(
        self,
        out_dir: str | PathLike,
        all_steps: bool = False,
        field: str = 'pred_map',
        collect_device: str = 'cpu',
        prefix: str | None = None,
    ) -> None:
        super().__init__(collect_device=collect_device, prefix=prefix)
        self.out_dir = Path(out_dir)
        self.all_steps = all_steps
        self.field = field

    def process(self, data_batch: dict, data_samples: Sequence[dict]) -> None:
        """Write a batch.

        Raises:
            ValueError: If a sample has no name, or no map.
        """
        for sample in data_samples:
            name = sample.get('video_id')
            if name is None:
                raise ValueError('a sample without video_id has no name for its file')
            if not sample.get('unreadable'):
                if self.field not in sample:
                    needed = 'an object_prior' if self.field == 'pred_object_map' else 'maps'
                    raise ValueError(
                        f'{name}: {self.field} is missing, expected a model with {needed}'
                    )
                maps = sample[self.field]
                if not self.all_steps:
                    maps = map_at(maps, sample.get('moment', 0.0))
                write_map(self.out_dir, name, maps.float().cpu().numpy())
            self.results.append(name)

    def compute_metrics(self, results: list[str]) -> dict[str, float]:
        """Return no metrics."""
        return {}
