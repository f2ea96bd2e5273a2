"""Localization metric for MMEngine's evaluator."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from os import PathLike

import numpy as np
import torch
from mmengine.evaluator import BaseMetric
from mmengine.logging import print_log

from ...registry import METRICS
from ...structures import map_at
from .. import functional as F
from ..functional.scores import Array
from ..inputs import Samples
from ..protocols import make_protocol
from ..reduce import flat_names, reduce_scores
from ..samples import score_samples
from .missing import report_missing


@dataclass(frozen=True)
class _Entry:
    """The rows of scores of a data sample, one per frame if samples are frames.

    An unreadable sample has no rows but a ``reason``.
    """

    video_id: str | None
    group: str | None
    rows: np.ndarray
    reason: str


@METRICS.register_module()
class SoundLocalizationMetric(BaseMetric):
    """Localization metrics of the map at the annotated instant, under any protocol.

    The metric keeps a few numbers per sample, not the map. It also reports, on the same samples,
    the priors (``centre_disc/...``, ``whole_frame/...``, ``uniform_noise/...``), the
    ``ceiling/...``, the ends of the 95 % bootstrap interval (``low/...``, ``high/...``) and counts:
    ``evaluated`` of ``expected`` samples, ``constant_maps``, ``empty_truths``.

    If all samples belong to a ``group`` (interactive pairs), ``pointing`` is reported together with
    ``group_pointing``, the share of groups in which every member's peak is inside its box.
    Samples with ``unreadable`` in their meta information are counted as missing, not scored.

    Args:
        metrics: Names of the protocol's metrics, see
            :data:`mmssl.evaluation.METRICS`; all of them by default.
        protocol, preset, threshold, tau, exact, consensus: See :func:`mmssl.evaluation.evaluate`.
            If a protocol's samples are frames (``video``), all steps of a sample's map are
            scored. If the sample has an ``event`` (start, end in seconds), steps whose centre is
            outside of it count as silent.
        alpha: Share of the map in the fusion with ``pred_object_map`` (EZ-VSL: 0.4), which comes
            from the recognizer's ``object_prior``; no fusion if ``None``.
        skip_without_truth: Ignore samples without boxes or mask, and print one line if all
            samples lack them; otherwise they are refused.
        missing_file: File for the identifiers that could not be evaluated, with the reasons (JSON).
        resamples: Number of bootstrap draws, 0 for no intervals.
        collect_device, prefix: As in MMEngine.

    Raises:
        ValueError: If a metric, the protocol or the preset is unknown, or a
            number is missing or unused.
    """

    default_prefix = 'loc'

    def __init__(
        self,
        metrics: Sequence[str] | None = None,
        protocol: str = 'vggss',
        preset: str | None = None,
        threshold: float | None = None,
        tau: float | None = None,
        exact: bool = False,
        consensus: bool | None = None,
        alpha: float | None = None,
        skip_without_truth: bool = False,
        missing_file: str | PathLike | None = None,
        resamples: int = 1000,
        collect_device: str = 'cpu',
        prefix: str | None = None,
    ) -> None:
        super().__init__(collect_device=collect_device, prefix=prefix)
        exact = exact or any(name.endswith('_exact') for name in metrics or ())
        self.protocol = make_protocol(
            protocol, preset, threshold=threshold, tau=tau, alpha=alpha, exact=exact,
            consensus=consensus,
        )  # fmt: skip
        self.fuses = alpha is not None
        self.skip_without_truth = skip_without_truth
        known = self.protocol.metric_names
        unknown = sorted(set(metrics or ()) - set(known))
        if unknown:
            raise ValueError(
                f'metrics name {unknown}, protocol {protocol!r} has {", ".join(known)}'
            )
        # The share of groups is reported with the share of samples.
        more = ('group_pointing',) if 'pointing' in (metrics or known) else ()
        self.metrics = tuple(dict.fromkeys((*(metrics or known), *more)))
        self.missing_file = missing_file
        self.resamples = resamples

    @property
    def printed(self) -> set[str]:
        """Names of the results, without metrics that no sample defines."""
        return {*flat_names(self.metrics), 'evaluated', 'expected'}

    def process(self, data_batch: dict, data_samples: Sequence[dict]) -> None:
        """Score a batch; every sample adds exactly one entry."""
        if self.skip_without_truth:
            kept = [s for s in data_samples if s.get('unreadable') or _has_truth(s)]
            # One entry per sample, because gathering cuts entries to the number of samples.
            self.results += [None] * (len(data_samples) - len(kept))
            data_samples = kept
        readable = [sample for sample in data_samples if not sample.get('unreadable')]
        rows = iter(self._score(readable) if readable else ())
        for sample in data_samples:
            reason = str(sample.get('unreadable') or '')
            scored = np.empty((0, 0)) if reason else next(rows)
            entry = _Entry(sample.get('video_id'), sample.get('group'), scored, reason)
            self.results.append(entry)

    def _score(self, samples: Sequence[dict]) -> list[np.ndarray]:
        objects: list[torch.Tensor] = []
        maps, truths, names, flags, lengths = [], [], [], [], []
        for sample in samples:
            values, inside = self._maps_of(sample)
            maps += values
            objects += self._object_maps_of(sample) if self.fuses else ()
            flags += inside
            truths += [_truth_of(sample)] * len(values)
            names += [_name_of(sample)] * len(values)
            lengths.append(len(values))
        sounding = flags if self.protocol.needs_sounding else None
        given = Samples(maps, truths, objects or None, sounding=sounding, ids=names)
        rows = score_samples(self.protocol, given)
        return np.split(rows, np.cumsum(lengths)[:-1])

    def _maps_of(self, sample: dict) -> tuple[list[torch.Tensor], list[bool]]:
        """Maps to score, and whether something visible sounds in each of them."""
        per_frame = self.protocol.per_frame
        needed = ('pred_map',) if per_frame else ('moment', 'pred_map')
        lacking = [key for key in needed if key not in sample]
        if not _has_truth(sample) and _sounds(sample):
            lacking.insert(0, 'gt_boxes')
        if lacking:
            raise ValueError(
                f'{_name_of(sample)}: {" and ".join(lacking)} missing, localization metrics need '
                'boxes (set boxes_file of the data set, or use only acc) and a model with maps'
            )
        if not per_frame:
            return [map_at(sample['pred_map'], sample['moment'])], [_sounds(sample)]
        maps = list(sample['pred_map'])
        inside = F.sounding_steps(len(maps), sample.get('event'))
        return maps, [bool(flag) and _sounds(sample) for flag in inside]

    def _object_maps_of(self, sample: dict) -> list[torch.Tensor]:
        """Like :meth:`_maps_of`, for the object prior."""
        if 'pred_object_map' not in sample:
            raise ValueError(
                f'{_name_of(sample)}: pred_object_map is missing, alpha= fuses with it: set '
                "the model's object_prior, or leave alpha out"
            )
        maps = sample['pred_object_map']
        return list(maps) if self.protocol.per_frame else [map_at(maps, sample['moment'])]

    def compute_metrics(self, results: list[_Entry | None]) -> dict[str, float]:
        """Reduce all samples' scores to values in [0, 1] and counts."""
        entries = [entry for entry in results if entry is not None]
        scored = [entry for entry in entries if not entry.reason]
        if self.skip_without_truth and not scored:
            print_log('no sample has boxes: only classification is scored', 'current')
            return {}
        missing = [(entry.video_id, entry.reason) for entry in entries if entry.reason]
        report_missing(missing, len(entries), self.missing_file)
        counts = {'evaluated': float(len(scored)), 'expected': float(len(entries))}
        if not scored:
            return counts
        rows = np.concatenate([entry.rows for entry in scored])
        groups = self._groups_of(scored)
        result = reduce_scores(self.protocol, rows, groups, resamples=self.resamples)
        return {**result.numbers(self.metrics), **counts}

    def _groups_of(self, scored: Sequence[_Entry]) -> list[Hashable] | None:
        if self.protocol.per_frame:
            # The bootstrap draws videos.
            return [i for i, entry in enumerate(scored) for _ in entry.rows]
        lacking = [entry.video_id for entry in scored if entry.group is None]
        if lacking and self.protocol.needs_groups:
            raise ValueError(
                f'{lacking[0]}: group is missing, protocol {self.protocol.name!r} needs the group '
                'of every sample: use a data set with groups'
            )
        return None if lacking else [entry.group for entry in scored]


def _has_truth(sample: dict) -> bool:
    return 'gt_boxes' in sample or 'gt_mask' in sample


def _name_of(sample: dict) -> str:
    return sample.get('video_id', 'a sample without video_id')


def _sounds(sample: dict) -> bool:
    return bool(sample.get('sounding', True))


def _truth_of(sample: dict) -> Array:
    if 'gt_mask' in sample:
        return sample['gt_mask'].cpu()
    return sample['gt_boxes'].cpu() if 'gt_boxes' in sample else np.zeros((0, 4))
