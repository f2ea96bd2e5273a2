"""Tests of batches with unreadable clips."""

from collections.abc import Callable
from typing import Any

from ..structures import LocalizationDataSample
from .features import Samples


class PredictsReadable:
    """Mixin for models: tests predict only the readable clips of a batch.

    In the bases of a class, it comes before MMEngine's ``BaseModel``.
    """

    def test_step(self, data: dict) -> Samples:
        """Predict a batch; unreadable clips are returned without a map."""
        return self._predict_readable(data, super().test_step)  # type: ignore[misc]

    def val_step(self, data: dict) -> Samples:
        """As :meth:`test_step`."""
        return self._predict_readable(data, super().val_step)  # type: ignore[misc]

    def fail(self, sample: LocalizationDataSample) -> LocalizationDataSample:
        """The sample of an unreadable clip; it has no map."""
        return sample

    def _predict_readable(self, data: dict, step: Callable[[dict], Any]) -> Samples:
        samples = data['data_samples']
        readable = [i for i, sample in enumerate(samples) if not sample.get('unreadable')]
        if len(readable) == len(samples):
            return step(data)
        predicted: dict[int, LocalizationDataSample] = {}
        if readable:
            part = {
                'inputs': {k: [v[i] for i in readable] for k, v in data['inputs'].items()},
                'data_samples': [samples[i] for i in readable],
            }
            predicted = dict(zip(readable, step(part)))
        return [predicted.get(i) or self.fail(sample) for i, sample in enumerate(samples)]
