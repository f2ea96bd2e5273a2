"""VGGSounder's benchmark for MMEngine's evaluator."""

from collections.abc import Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

import numpy as np
import torch
from mmengine.evaluator import BaseMetric

from ...datasets.annotations import (
    FLAGS,
    LabelledClip,
    packaged_labels,
    read_vggsounder,
    read_vggsounder_classes,
)
from ...registry import METRICS
from ..labels import HEADS, check_label_names, evaluate_labels, subset_truths
from ..reduce import check_resamples
from .missing import report_missing


@dataclass(frozen=True)
class _Entry:
    """Scores ``(3, K)`` of a clip's heads, or the reason why there are none."""

    video_id: str
    scores: np.ndarray | None
    reason: str = ''


@METRICS.register_module()
class VGGSounderMetric(BaseMetric):
    """Classification of VGGSound's test clips with VGGSounder's labels, for every head.

    A clip has several labels, each audible (A), visible (V) or both (AV). The head on sound is
    scored on the subsets ``a`` (A and AV) and ``a_only`` (A), the head on the picture on ``v`` and
    ``v_only``, and the head on both on ``av`` (only AV). A clip without a label of a subset is not
    part of it. The values equal the values of the package ``vggsounder``.

    Metrics are named ``SUBSET/NAME``, the ends of their 95 % bootstrap intervals
    ``SUBSET/low/NAME`` and ``SUBSET/high/NAME``. The results also have numbers of clips:
    ``evaluated`` of ``expected``, of all clips that the labels name under the filters, and of each
    subset. ``unlabelled`` clips of the data set are ignored.

    Args:
        labels: VGGSounder's CSV file, with its ``classes.csv`` in the same folder; the files of
            the installed package ``vggsounder`` if ``None``.
        metrics: Names among ``hit_rate@k``, ``f1@k``, ``f1_macro@k``, ``accuracy@k``,
            ``jaccard@k``, ``precision@k``, ``recall@k`` (k = 1, 3, 5, 10), ``auc_roc``, ``auc_pr``
            and the modality confusion ``mu@1``; names without ``@k`` use the classes that reach
            ``threshold``. All of them by default.
        threshold: Lowest score of a predicted class. ``None`` leaves out the
            metrics of label sets, which are named without ``@k``.
        background_music, voice_over, static_image: Only clips for which this is true, or false;
            ``None`` for all.
        missing_file: File for the identifiers that could not be evaluated, with the reasons (JSON).
        resamples: Number of bootstrap draws, 0 for no intervals.
        collect_device, prefix: As in MMEngine.

    Raises:
        AnnotationError: Before the first clip, if the labels cannot be read.
        ValueError: If a metric is unknown, or the data set's classes are not VGGSounder's.
    """

    default_prefix = 'vggsounder'

    def __init__(
        self,
        labels: str | PathLike | None = None,
        metrics: Sequence[str] | None = None,
        threshold: float | None = None,
        background_music: bool | None = None,
        voice_over: bool | None = None,
        static_image: bool | None = None,
        missing_file: str | PathLike | None = None,
        resamples: int = 1000,
        collect_device: str = 'cpu',
        prefix: str | None = None,
    ) -> None:
        super().__init__(collect_device=collect_device, prefix=prefix)
        check_resamples(resamples)
        self.labels = labels
        self.metrics = check_label_names(metrics, threshold)
        self.threshold = threshold
        values = (background_music, static_image, voice_over)
        self.flags = {flag: value for flag, value in zip(FLAGS, values) if value is not None}
        self.missing_file = missing_file
        self.resamples = resamples
        self._classes: list[str] = []
        self._clips: dict[str, LabelledClip] = {}
        self._columns: list[int] = []

    @property
    def dataset_meta(self) -> dict | None:
        """Meta information of the data set, which defines the order of the scores."""
        return self._dataset_meta

    @dataset_meta.setter
    def dataset_meta(self, dataset_meta: dict) -> None:
        """Read the labels before the first clip."""
        self._dataset_meta = dataset_meta
        path = Path(self.labels or packaged_labels())
        self._classes = read_vggsounder_classes(path.parent / 'classes.csv')
        self._clips = {clip.video_id: clip for clip in read_vggsounder(path, self._classes)}
        self._columns = _columns(self._classes, dataset_meta.get('classes'), path)

    def process(self, data_batch: dict, data_samples: Sequence[dict]) -> None:
        """Keep only the scores of a batch."""
        for sample in data_samples:
            name, reason = sample['video_id'], str(sample.get('unreadable') or '')
            scores = None if reason else self._scores_of(sample)
            self.results.append(_Entry(name, scores, reason))

    def _scores_of(self, sample: dict) -> np.ndarray:
        name, scores = sample['video_id'], sample.get('pred_score')
        if not isinstance(scores, dict) or (lacking := [h for h in HEADS if h not in scores]):
            held = f'lacks {lacking}' if isinstance(scores, dict) else 'is missing'
            raise ValueError(
                f'{name}: pred_score {held}, expected class scores of sound, picture and both, '
                'as from mmssl.AudioVisualRecognizer'
            )
        rows = torch.stack([scores[head].detach().cpu() for head in HEADS])
        if rows.shape[1] != len(self._columns):
            raise ValueError(
                f'{name}: {rows.shape[1]} scores, expected one of each of {len(self._columns)} '
                'classes'
            )
        if not rows.isfinite().all():
            raise ValueError(f'{name}: pred_score has NaN or infinite values')
        # numpy has no bfloat16, and single precision represents it exactly.
        exact = torch.promote_types(rows.dtype, torch.float32)
        return rows[:, self._columns].to(exact).numpy()

    def compute_metrics(self, results: list[_Entry]) -> dict[str, float]:
        """Reduce the scores of all clips to values in [0, 1] and counts."""
        found = {entry.video_id: entry for entry in results}
        expected = [clip for clip in self._clips.values() if self._passes(clip)]
        absent = _Entry('', None, 'not in the data set')
        entries = [found.get(clip.video_id, absent) for clip in expected]
        lost = [(c.video_id, e.reason) for c, e in zip(expected, entries) if e.reason]
        report_missing(lost, len(expected), self.missing_file)
        # The order of the labels keeps the bootstrap independent of processes. Double precision, as
        # in the benchmark, also decides ties.
        kept = np.array([entry.scores is not None for entry in entries], dtype=bool)
        scores = np.array([e.scores for e in entries if e.scores is not None], dtype=np.float64)
        heard, seen = (self._labelled(expected, letter) for letter in 'AV')
        values = (
            {}
            if not kept.any()
            else evaluate_labels(
                {head: scores[:, i] for i, head in enumerate(HEADS)},
                heard[kept],
                seen[kept],
                names=self.metrics,
                threshold=self.threshold,
                resamples=self.resamples,
            )
        )
        return {
            **values,
            **_coverage(kept, subset_truths(heard, seen)),
            'evaluated': float(kept.sum()),
            'expected': float(len(expected)),
            'unlabelled': float(sum(name not in self._clips for name in found)),
        }

    def _passes(self, clip: LabelledClip) -> bool:
        return all(clip.flags[flag] == value for flag, value in self.flags.items())

    def _labelled(self, clips: list[LabelledClip], letter: str) -> np.ndarray:
        """Labels whose modality has a letter, bool ``(n, K)``."""
        rows = [[letter in clip.labels.get(name, '') for name in self._classes] for clip in clips]
        return np.array(rows, dtype=bool).reshape(-1, len(self._classes))


def _columns(wanted: list[str], held: Sequence[str] | None, path: Path) -> list[int]:
    """Indices of VGGSounder's classes among the data set's classes.

    Raises:
        ValueError: If they are not the same classes.
    """
    if not held:
        raise ValueError('the test data names no classes, expected a form that has them (vggsound)')
    if lacking := sorted(set(wanted) ^ set(held)):
        raise ValueError(
            f'{path}: {len(wanted)} classes, and the test data has {len(held)}; expected the same, '
            f"but {len(lacking)} are in only one, e.g. {lacking[0]!r}: use VGGSound's table, "
            'which has the classes of a VGGSound checkpoint'
        )
    places = {name: place for place, name in enumerate(held)}
    return [places[name] for name in wanted]


def _coverage(kept: np.ndarray, truths: dict[str, np.ndarray]) -> dict[str, float]:
    """Numbers of evaluated clips and of all clips of each subset."""
    counts = {}
    for subset, truth in truths.items():
        inside = truth.any(1)
        counts[f'{subset}/evaluated'] = float((inside & kept).sum())
        counts[f'{subset}/expected'] = float(inside.sum())
    return counts
