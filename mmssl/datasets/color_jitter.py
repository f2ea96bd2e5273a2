"""Random colours, several times as fast as MMAction2's."""

from collections.abc import Sequence

import cv2
import numpy as np
from mmaction.datasets.transforms import ColorJitter as MMActionColorJitter

from ..registry import TRANSFORMS

#: Weights of red, green and blue in a picture's brightness, as MMAction2 has them.
GRAY = np.array([0.2989, 0.587, 0.114])


@TRANSFORMS.register_module()
class ColorJitter(MMActionColorJitter):
    """MMAction2's ColorJitter without hue, which is one linear map of a picture's colours.

    Brightness, contrast and saturation are linear in a pixel and in the
    picture's mean, in whatever order they follow each other; OpenCV applies
    their product at once. Random numbers are drawn as MMAction2 draws them;
    colours are rounded where it cuts off fractions, so they may be one level
    brighter.

    Required Keys: imgs (list of uint8 RGB). Modified Keys: imgs.

    Args:
        brightness, contrast, saturation: As for MMAction2's: a factor is drawn from
            ``(1 - value, 1 + value)``, or from the range that is given.
    """

    def __init__(
        self,
        brightness: float | tuple[float, float] = 0.5,
        contrast: float | tuple[float, float] = 0.5,
        saturation: float | tuple[float, float] = 0.5,
    ) -> None:
        super().__init__(brightness, contrast, saturation, hue=0.0)

    def transform(self, results: dict) -> dict:
        ranges = self.brightness, self.contrast, self.saturation, self.hue
        of_pixel, of_mean = self._maps([np.random.uniform(*limits) for limits in ranges])
        results['imgs'] = [_mapped(picture, of_pixel, of_mean) for picture in results['imgs']]
        return results

    def _maps(self, factors: Sequence[float]) -> tuple[np.ndarray, np.ndarray]:
        """Two matrices ``(3, 3)``: what a pixel's colour and the mean colour add to the result."""
        identity = np.eye(3)
        # MMAction2's steps: 0 is brightness, 1 contrast, 2 saturation, 3 hue.
        of_pixel, of_mean = identity, np.zeros((3, 3))
        for step in self.fn_idx:
            factor = factors[step]
            if step == 0:
                of_pixel, of_mean = factor * of_pixel, factor * of_mean
            elif step == 1:
                # The mean brightness after the steps before.
                gray = np.ones((3, 1)) * (GRAY @ (of_pixel + of_mean))
                of_pixel, of_mean = factor * of_pixel, factor * of_mean + (1 - factor) * gray
            elif step == 2:
                gray = np.ones((3, 1)) * GRAY
                saturation = factor * identity + (1 - factor) * gray
                of_pixel, of_mean = saturation @ of_pixel, saturation @ of_mean
        return of_pixel, of_mean


def _mapped(picture: np.ndarray, of_pixel: np.ndarray, of_mean: np.ndarray) -> np.ndarray:
    mean = cv2.mean(picture)[:3]
    return cv2.transform(picture, np.column_stack([of_pixel, of_mean @ mean]))
