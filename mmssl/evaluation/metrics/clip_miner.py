"""Moments and pseudo boxes of every clip, written one by one."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from mmengine.dist import get_rank
from mmengine.evaluator import BaseMetric

from ...localization import BoxRule, MomentRule, StepEvidence, boxes_from_map, select_moments
from ...media import step_centre, steps_in
from ...media.journal import Journal
from ...registry import METRICS


@METRICS.register_module()
class ClipMiner(BaseMetric):
    """Find the best moments of every clip, and the boxes at the best moment.

    It reports no metric. Each process appends its results to its own journal, so memory holds
    neither maps nor results, nothing is gathered, and a killed run can continue.
    :func:`mmssl.collection.mine.mine` merges the journals.

    A record holds ``moments`` (pairs of time in seconds and score, best first), ``class`` (index of
    the true class if known, otherwise of the most likely class of the clip; null if the model has
    no classes), ``word`` (name of the class, for a model with its own vocabulary), ``time`` and
    ``boxes`` (xyxy fractions and score) of the best moment, and ``size`` (width, height of the
    frames); or ``unreadable``.

    Args:
        out_dir: Folder of the journals.
        moments: Arguments of :class:`mmssl.localization.MomentRule`.
        boxes: Arguments of :class:`mmssl.localization.BoxRule`.
        collect_device, prefix: As in MMEngine.
    """

    def __init__(
        self,
        out_dir: str | os.PathLike,
        moments: dict | None = None,
        boxes: dict | None = None,
        collect_device: str = 'cpu',
        prefix: str | None = None,
    ) -> None:
        super().__init__(collect_device=collect_device, prefix=prefix)
        self.moment_rule = MomentRule(**(moments or {}))
        self.box_rule = BoxRule(**(boxes or {}))
        self.out_dir = Path(out_dir)
        self._journal: Journal | None = None

    def process(self, data_batch: dict, data_samples: Sequence[dict]) -> None:
        """Mine a batch."""
        if self._journal is None:
            self._journal = Journal(self.out_dir / f'journal-{get_rank()}.jsonl')
        for sample in data_samples:
            name = sample['video_id']
            # A sampler that fills up the last batch repeats some clips.
            if name not in self._journal:
                self._journal.add(name, self._record(sample))
            self.results.append(None)

    def compute_metrics(self, results: list[None]) -> dict[str, float]:
        """Return no metrics."""
        return {}

    def _record(self, sample: dict) -> dict[str, Any]:
        if sample.get('unreadable'):
            return {'unreadable': sample['unreadable']}
        evidence = evidence_of(sample)
        start = sample.get('clip_start', 0.0)
        steps, values = select_moments(evidence, self.moment_rule)
        boxes = boxes_from_map(evidence.maps[steps[0]], self.box_rule)
        label = int(sample['gt_label']) if sample.get('gt_label') is not None else None
        words = {}
        if label is None and 'pred_score' in sample:
            label = int(np.asarray(sample['pred_score']['av'].cpu()).argmax())
            if 'words' in sample:
                words = {'word': sample['words'][label]}
        # Rounded, so that no rounding error of a network shows in the files.
        return {
            'moments': [[_time(start, step), round(float(values[step]), 3)] for step in steps],
            'class': label,
            **words,
            'time': _time(start, steps[0]),
            'boxes': [[*(round(v, 4) for v in item.box), round(item.score, 3)] for item in boxes],
            'size': list(sample['img_shape'][::-1]),
        }


def evidence_of(sample: dict) -> StepEvidence:
    """The predictions of a model within the length of a clip.

    Args:
        sample: A data sample as a dict; steps beyond ``clip_duration``, which
            repeat the clip, are left out.

    Raises:
        ValueError: If there are no maps.
    """
    if 'pred_map' not in sample:
        raise ValueError(f'{sample["video_id"]}: pred_map is missing, expected a model with maps')
    maps = sample['pred_map'].float().cpu().numpy()
    count = min(len(maps), steps_in(sample.get('clip_duration', len(maps))))
    scores = sample.get('pred_step_scores', {})
    # A model with its own vocabulary numbers classes differently from the data set.
    label = None if 'words' in sample else sample.get('gt_label')
    return StepEvidence(
        scores={name: values.float().cpu().numpy()[:count] for name, values in scores.items()},
        maps=maps[:count],
        label=None if label is None else int(label),
    )


def _time(start: float, step: int) -> float:
    return round(start + step_centre(int(step)), 3)
