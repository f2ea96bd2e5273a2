"""Localization metric for MMEngine's evaluator."""

from collections import defaultdict
from collections.abc import Sequence

from mmengine.evaluator import BaseMetric

from ...registry import METRICS
from ...structures import map_at
from ..evaluate import PROTOCOLS, reduce_scores, score_sample

#: What the metric can report beside priors, ceiling and counts.
NAMES = (
    'ciou',
    'auc',
    'mean_ciou',
    'ciou_adaptive',
    'auc_adaptive',
    'mean_ciou_adaptive',
    'pointing',
)


@METRICS.register_module()
class SoundLocalizationMetric(BaseMetric):
    """cIoU, AUC and pointing accuracy of the map at the annotated instant.

    One small dict of numbers is kept a sample, never a map. Samples that
    belong to a ``group`` (interactive pairs) also give ``group_pointing``, the
    share of groups in which every member's peak lies inside its box.

    Beside the chosen metrics stand the priors (centre disc of the rule's
    area, whole frame) and the ceiling of the 50 % rule on the same samples.

    Args:
        metrics: Names among ``ciou``, ``auc``, ``mean_ciou``, their
            ``_adaptive`` forms, and ``pointing``.
        protocol: See :func:`mmssl.evaluation.evaluate`.
        collect_device, prefix: As in MMEngine.

    Raises:
        ValueError: If a metric or the protocol is unknown.
    """

    default_prefix = 'loc'

    def __init__(
        self,
        metrics: Sequence[str] = NAMES,
        protocol: str = 'vggss',
        collect_device: str = 'cpu',
        prefix: str | None = None,
    ) -> None:
        super().__init__(collect_device=collect_device, prefix=prefix)
        unknown = sorted(set(metrics) - set(NAMES))
        if unknown:
            raise ValueError(f'metrics name {unknown}, expected some of {NAMES}')
        if protocol not in PROTOCOLS:
            raise ValueError(f'protocol is {protocol!r}, expected one of {PROTOCOLS}')
        self.metrics = tuple(metrics)
        self.protocol = protocol

    def process(self, data_batch: dict, data_samples: Sequence[dict]) -> None:
        """Score a batch: the map at the step that covers ``moment``."""
        for sample in data_samples:
            name = sample.get('video_id', 'a sample without video_id')
            lacking = [key for key in ('gt_boxes', 'moment', 'pred_map') if key not in sample]
            if lacking:
                raise ValueError(
                    f'{name}: {" and ".join(lacking)} missing, localization metrics need boxes '
                    '(set boxes_file of the data set, or ask for acc only) and a model with maps'
                )
            values = map_at(sample['pred_map'], sample['moment'])
            scores = score_sample(values, sample['gt_boxes'].cpu(), name)
            self.results.append({'scores': scores, 'group': sample.get('group')})

    def compute_metrics(self, results: list[dict]) -> dict[str, float]:
        """Reduce all samples' scores; values in [0, 1], counts as they are."""
        found = reduce_scores([result['scores'] for result in results])
        report = {name: found.metrics[name] for name in self.metrics}
        for prior, values in found.priors.items():
            report.update({f'{prior}/{k}': v for k, v in values.items() if k in self.metrics})
        report.update({f'ceiling/{k}': v for k, v in found.ceiling.items() if k in self.metrics})
        if 'pointing' in self.metrics and all(r['group'] is not None for r in results):
            report['group_pointing'] = _share_of_groups(results)
        # Floats: MMEngine's logger writes whole numbers as null.
        return {**report, **{name: float(n) for name, n in found.counts.items()}}


def _share_of_groups(results):
    groups = defaultdict(list)
    for result in results:
        groups[result['group']].append(result['scores']['pointing'] > 0)
    return sum(all(members) for members in groups.values()) / len(groups)
