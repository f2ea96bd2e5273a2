"""Distance of a distilled audio network from its teacher."""

from collections.abc import Sequence

import numpy as np
from mmengine.evaluator import BaseMetric

from ...registry import METRICS


@METRICS.register_module()
class DistillationMetric(BaseMetric):
    """Divergence of the student's class posterior from the teacher's, and their agreement.

    ``kl``: mean KL divergence in nats, at least 0; ``agreement``: share of clips for which both
    predict the same class; ``uniform_kl``: the divergence of an untrained student, for comparison.
    ``unreadable`` clips are left out and counted: ``evaluated`` of ``expected``. Labels are not
    used.

    Args:
        collect_device, prefix: As in MMEngine.
    """

    default_prefix = 'distill'
    #: Names of the results.
    printed = ('kl', 'uniform_kl', 'agreement', 'evaluated', 'expected')

    def process(self, data_batch: dict, data_samples: Sequence[dict]) -> None:
        """Keep three numbers per sample, or ``None`` for an unreadable sample."""
        for sample in data_samples:
            if sample.get('unreadable'):
                self.results.append(None)
                continue
            scores = sample['pred_score']
            teacher, student = (
                np.asarray(scores[name].float().cpu(), dtype=np.float64)
                for name in ('visual', 'audio')
            )
            uniform = np.full(len(teacher), 1 / len(teacher))
            self.results.append(
                (
                    kl_divergence(teacher, student),
                    kl_divergence(teacher, uniform),
                    float(teacher.argmax() == student.argmax()),
                )
            )

    def compute_metrics(self, results: list) -> dict[str, float]:
        """Means over the readable clips; NaN if there are none."""
        rows = np.array([row for row in results if row is not None]).reshape(-1, 3)
        divergence, uniform, agreement = rows.mean(0) if len(rows) else [np.nan] * 3
        values = divergence, uniform, agreement, len(rows), len(results)
        return dict(zip(self.printed, map(float, values)))


def kl_divergence(p: np.ndarray, q: np.ndarray) -> float:
    """Sum of p log(p / q), in nats.

    Args:
        p, q: Distributions ``(K,)``; terms with p = 0 are 0.
    """
    some = p > 0
    return float((p[some] * np.log(p[some] / np.maximum(q[some], 1e-300))).sum())
