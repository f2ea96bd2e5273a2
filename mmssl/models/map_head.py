"""Shared parts of heads that give maps without classes and are trained on single pictures."""

from typing import Any

from mmengine.model import BaseModule

from ..structures import LocalizationDataSample, StepPredictions
from .features import Features, Samples


class MapHead(BaseModule):
    """A head whose prediction is a map.

    A subclass gives :meth:`localize`, and names in :attr:`trained_on` what training needs.
    """

    #: End of the error about clips with several pictures.
    trained_on: str

    def localize(self, feats: Features) -> StepPredictions:
        """Maps of every picture; the subclass computes them."""
        raise NotImplementedError

    def predict(self, feats: Features, data_samples: Samples, **kwargs: Any) -> Samples:
        """Fill data samples with maps, see :meth:`localize`."""
        for sample, maps in zip(data_samples, self.localize(feats).maps):
            sample.set_pred_map(maps)
        return data_samples

    def fail(self, sample: LocalizationDataSample) -> LocalizationDataSample:
        """The sample of a clip that could not be read: it stays without a map."""
        return sample

    def require_one_picture(self, feats: Features) -> None:
        """Refuse to train on clips of several pictures.

        Raises:
            ValueError: If they have several.
        """
        if (count := feats[0].shape[2]) != 1:
            raise ValueError(
                f'clips have {count} pictures, expected one: the localizer is trained '
                f'on {self.trained_on}'
            )
