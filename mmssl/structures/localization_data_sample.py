"""MMAction2's data sample with the fields that localization needs."""

import numpy as np
import torch
from mmaction.structures import ActionDataSample

from ..media import step_at


def map_at(maps: torch.Tensor, time: float) -> torch.Tensor:
    """The map of the step that covers an instant; beyond the end, the last map.

    Args:
        maps: ``(T, h, w)``, one per step.
        time: Seconds from the start.
    """
    return maps[min(step_at(time), len(maps) - 1)]


class LocalizationDataSample(ActionDataSample):
    """Ground truth and predictions of one clip.

    Fields in addition to MMAction2's ``gt_label``, ``pred_label`` and ``pred_score`` (here a
    dict ``{'av', 'audio', 'visual'}`` of class scores ``(K,)``):

    - ``gt_boxes``: float64 ``(k, 4)``, xyxy fractions of the full frame, as
      published (not clipped)
    - ``gt_mask``: bool ``(H, W)``, where a data set annotates pixels
    - ``moment``: the annotated or chosen instant, in seconds from the start of the model's input
      (``clip_start`` of the clip; the same origin as ``event``, start and end of the sound)
    - ``pred_map``: float32 ``(T, h, w)``, one map per step of the clock, higher
      means more likely the sounding place, not normalized
    - ``pred_object_map``: like ``pred_map``, higher where an image classifier
      sees objects, regardless of the sound
    - ``pred_step_scores``: dict like ``pred_score`` of ``(T, K)``
    - ``pred_agreement``: float32 ``(T,)``, probability that picture and sound show the same class
    - ``pred_moments``: the best moments, best first, each a dict of ``time``,
      ``class``, ``class_score``, ``agreement``, ``box`` and ``box_score``
    - ``pred_boxes``: float64 ``(k, 4)`` like ``gt_boxes``, at the best moment, best
      first, and ``pred_box_scores`` ``(k,)``

    Meta information, if known: ``video_id``, ``group`` (samples that
    share a picture), ``sounding`` (whether anything visible sounds),
    ``heard_seconds`` and ``total_seconds`` (the seconds of the frames whose sound
    the model hears, and the number of all seconds: training may hear only some),
    ``unreadable`` (why the clip could not be read: such a sample has no
    prediction, and metrics count it as missing) and ``skipped`` (in training:
    pairs of identifier and reason of the clips that this one replaces).
    """

    @classmethod
    def from_action_sample(cls, sample: ActionDataSample) -> 'LocalizationDataSample':
        """Take over the fields and the meta information of MMAction2's sample."""
        return cls(metainfo=sample.metainfo, **dict(sample.items()))

    def set_gt_boxes(self, boxes: np.ndarray) -> 'LocalizationDataSample':
        """Set the true boxes.

        Args:
            boxes: Array ``(k, 4)``.

        Raises:
            ValueError: If the shape differs.
        """
        values = torch.as_tensor(np.asarray(boxes, dtype=np.float64))
        if values.ndim != 2 or values.shape[1] != 4:
            raise ValueError(f'boxes have shape {tuple(values.shape)}, expected (k, 4)')
        self.set_field(values, 'gt_boxes', dtype=torch.Tensor)
        return self

    def set_gt_mask(self, mask: np.ndarray) -> 'LocalizationDataSample':
        """Set the true pixels.

        Args:
            mask: Bool array ``(H, W)``.

        Raises:
            ValueError: If the shape or the type differs.
        """
        values = torch.as_tensor(np.asarray(mask))
        shape, kind = tuple(values.shape), values.dtype
        if len(shape) != 2 or kind != torch.bool:
            raise ValueError(f'mask has shape {shape} and type {kind}, expected bool (H, W)')
        self.set_field(values, 'gt_mask', dtype=torch.Tensor)
        return self

    def set_moment(self, time: float) -> 'LocalizationDataSample':
        """Set the instant that the boxes belong to.

        Raises:
            ValueError: If it is negative.
        """
        if time < 0:
            raise ValueError(f'moment is {time} s, expected at least 0')
        self.set_field(float(time), 'moment', dtype=float)
        return self

    def map_at_moment(self) -> torch.Tensor:
        """The map ``(h, w)`` of the step that covers ``moment``; beyond the end, the last map."""
        return map_at(self.pred_map, self.moment)

    def set_pred_map(self, maps: torch.Tensor) -> 'LocalizationDataSample':
        """Set the maps.

        Args:
            maps: ``(T, h, w)``.

        Raises:
            ValueError: If the shape differs.
        """
        return self._set_maps(maps, 'pred_map')

    def set_pred_object_map(self, maps: torch.Tensor) -> 'LocalizationDataSample':
        """Set the object maps, as :meth:`set_pred_map` does."""
        return self._set_maps(maps, 'pred_object_map')

    def _set_maps(self, maps: torch.Tensor, name: str) -> 'LocalizationDataSample':
        if maps.ndim != 3:
            raise ValueError(f'maps have shape {tuple(maps.shape)}, expected (T, h, w)')
        self.set_field(maps.float(), name, dtype=torch.Tensor)
        return self
