"""Shared parts of heads that return maps without classes and are trained on single pictures."""

from typing import Any

import torch
from mmengine.model import BaseModule

from ..localization.soft_attention import boxes_to_grid, map_cross_entropy
from ..structures import LocalizationDataSample, StepPredictions
from .features import Features, Samples


class MapHead(BaseModule):
    """A head whose prediction is a map.

    A subclass implements :meth:`localize`, and names the input of training in :attr:`trained_on`.
    """

    #: End of the error message about clips with several pictures.
    trained_on: str

    def localize(self, feats: Features) -> StepPredictions:
        """Maps of every picture, computed by the subclass."""
        raise NotImplementedError

    def predict(self, feats: Features, data_samples: Samples, **kwargs: Any) -> Samples:
        """Add maps to data samples, see :meth:`localize`."""
        for sample, maps in zip(data_samples, self.localize(feats).maps):
            sample.set_pred_map(maps)
        return data_samples

    def fail(self, sample: LocalizationDataSample) -> LocalizationDataSample:
        """The sample of an unreadable clip; it has no map."""
        return sample

    def require_one_picture(self, feats: Features) -> None:
        """Refuse to train on clips with several pictures.

        Raises:
            ValueError: If the clips have several pictures.
        """
        if (count := feats[0].shape[2]) != 1:
            raise ValueError(
                f'clips have {count} pictures, expected one: the localizer is trained '
                f'on {self.trained_on}'
            )

    def box_loss(self, logits: torch.Tensor, data_samples: Samples) -> torch.Tensor:
        """Cross-entropy of maps against boxes, for the samples that have boxes.

        Args:
            logits: ``(N, 1, h, w)``; their softmax over locations is the prediction.
            data_samples: N samples; those without ``gt_boxes`` are ignored.

        Returns:
            The mean over the samples with boxes, 0 in a batch without any.
        """
        grid = logits.shape[-2:]
        truths = {
            i: boxes_to_grid(sample.gt_boxes.to(logits.device), grid)
            for i, sample in enumerate(data_samples)
            if 'gt_boxes' in sample
        }
        # A random crop may have removed the object.
        truths = {i: truth for i, truth in truths.items() if truth.any()}
        if not truths:
            return 0 * logits.sum()  # every process then shares the same gradients
        truth = torch.stack(list(truths.values()))[:, None]
        return map_cross_entropy(logits[list(truths)], truth).mean()
