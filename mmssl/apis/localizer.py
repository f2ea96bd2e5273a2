"""The interface of a localizer of sound in pictures, independent of the backend."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
import torch

from ..datasets import WindowPipeline
from ..media import Clip
from ..threads import SHARING

#: Maps float32 ``(N, T, h, w)``, and head to class scores of every step, float32 ``(N, T, K)``.
Predictions = tuple[np.ndarray, dict[str, np.ndarray]]


@dataclass(frozen=True)
class Localization:
    """Predictions for a stretch of video; T steps of the clock, K classes.

    Attributes:
        maps: float32 ``(T, h, w)``.
        scores: Head to float32 ``(T, K)``, class scores of every step; empty if the
            model tells no classes.
        heard_maps: Maps before they were fused with those of objects, which rank moments where
            there are no classes; the maps themselves if ``None``.
    """

    maps: np.ndarray
    scores: dict[str, np.ndarray]
    heard_maps: np.ndarray | None = None

    @cached_property
    def agreement(self) -> np.ndarray | None:
        """float32 ``(T,)``, chance that picture and sound show one class; ``None`` without."""
        if not self.scores:
            return None
        heard, seen = (self.scores.get(name, self.scores['av']) for name in ('audio', 'visual'))
        return (heard * seen).sum(1)

    @property
    def informativeness(self) -> np.ndarray:
        """float32 ``(T,)``, by which moments are ranked: the agreement, else the maps' peaks."""
        if self.agreement is not None:
            return self.agreement
        return (self.maps if self.heard_maps is None else self.heard_maps).max((1, 2))

    def steps(self, kept: slice) -> Self:
        """A copy of some of the steps."""
        heard = None if self.heard_maps is None else self.heard_maps[kept].copy()
        scores = {name: values[kept].copy() for name, values in self.scores.items()}
        return type(self)(self.maps[kept].copy(), scores, heard)

    @classmethod
    def joined(cls, pieces: Sequence[Self]) -> Self:
        """Consecutive stretches joined to one."""
        heard = [piece.heard_maps for piece in pieces if piece.heard_maps is not None]
        return cls(
            np.concatenate([piece.maps for piece in pieces]),
            {
                name: np.concatenate([piece.scores[name] for piece in pieces])
                for name in pieces[0].scores
            },
            np.concatenate(heard) if heard else None,
        )


class Localizer(ABC):
    """A model that localizes.

    Attributes:
        classes: Names of the K classes; ``None`` if the model tells no classes.
        pipeline: Makes the model's inputs of a window of a clip.
        window, margin: Seconds of a long clip that are localized at a time, and
            their margin on either side.
        one_map_of_stills: Whether a still picture has one map; otherwise it has one per step.
        top_words: Number of classes that results name for the sound of every step.
    """

    classes: list[str] | None
    pipeline: WindowPipeline
    window: int = 38
    margin: int = 1
    one_map_of_stills: bool = False
    top_words: int = 0

    @abstractmethod
    def predict(self, imgs: np.ndarray, audios: np.ndarray) -> Predictions:
        """Run the networks and the attention on a batch.

        Args:
            imgs: RGB in [0, 255], ``(N, 3, T, H, W)``.
            audios: float32 log-mel ``(N, 1, chunks, 100, 80)``, or spectrograms
                ``(N, 1, T, 257, columns)``, as the pipeline makes them.

        Returns:
            Maps ``(N, T, h, w)``, and head to scores ``(N, T, K)``; none if the model tells no
            classes.
        """

    def localize_window(self, clip: Clip, start: float, duration: float) -> Localization:
        """Localize in ``[start, start + duration)`` of a clip, whole seconds."""
        return self._localized(self.pipeline(clip, start, duration))

    def localize_stills(self, inputs: Sequence[dict[str, torch.Tensor]]) -> list[Localization]:
        """Localize in pictures that have one map each, in a batch.

        Args:
            inputs: Output of the pipeline for each picture, all of the same shapes.
        """
        # One-picture models see every step by itself, so the steps of other pictures can follow.
        steps = {name: torch.cat([item[name] for item in inputs], 1) for name in inputs[0]}
        localized = self._localized(steps)
        return [localized.steps(slice(index, index + 1)) for index in range(len(inputs))]

    def _localized(self, inputs: dict[str, torch.Tensor]) -> Localization:
        SHARING.adapt()
        imgs, audios = (inputs[name][None].numpy() for name in ('imgs', 'audios'))
        maps, scores = self.predict(imgs, audios)
        localized = Localization(maps[0], {name: values[0] for name, values in scores.items()})
        return self.with_objects(localized, imgs)

    def with_objects(self, localized: Localization, imgs: np.ndarray) -> Localization:
        """Fuse maps with those of objects, where the model has an object prior.

        Args:
            localized: Predictions for a window.
            imgs: Its pictures, as of :meth:`predict`, N = 1.
        """
        return localized

    def notes(self, localized: Localization) -> list[str]:
        """Notes for a reader of the results of a whole clip."""
        return []
