"""A geometric transformation of pictures and of their maps.

Source: SSL-TIE (ACM MM 2022): the map of a transformed picture should be the transformed map.
"""

from dataclasses import dataclass

import cv2
import numpy as np
import torch
from torch.nn.functional import affine_grid, grid_sample, interpolate

#: Side of the square in which pictures and maps are rotated.
SIDE = 224


@dataclass(frozen=True)
class PictureTransform:
    """Rotation of each picture, scale and reflection of the whole batch.

    Attributes:
        angles: Degrees for each picture, counterclockwise.
        scale: 1 or 0.5. At 0.5 the content shrinks twice, as in the authors' code: it is drawn at
            half size in the middle of the frame, and then the frame is halved.
        mirrored: Whether left and right are swapped.
    """

    angles: tuple[float, ...]
    scale: float = 1.0
    mirrored: bool = False

    @classmethod
    def draw(cls, count: int, largest: int) -> 'PictureTransform':
        """Draw a transformation for a batch with numpy's global generator.

        Args:
            count: Number of pictures.
            largest: Largest rotation to either side in degrees.
        """
        angles = np.random.randint(-largest, largest + 1, count)
        scale = float(np.random.choice([1.0, 0.5]))
        return cls(tuple(map(float, angles)), scale, bool(np.random.randint(2)))

    @property
    def matrices(self) -> np.ndarray:
        """Matrices float64 ``(N, 2, 3)`` that move the places of a picture of 224 pixels."""
        centre = (SIDE / 2, SIDE / 2)
        return np.stack([cv2.getRotationMatrix2D(centre, a, self.scale) for a in self.angles])

    def __call__(self, values: torch.Tensor) -> torch.Tensor:
        """Transform pictures or maps.

        Args:
            values: ``(N, C, h, w)``.

        Returns:
            ``(N, C, scale * h, scale * w)``; places from outside the input are 0.
        """
        size = [round(side * self.scale) for side in values.shape[2:]]
        if values.shape[2:] != (SIDE, SIDE):
            values = interpolate(values, (SIDE, SIDE), mode='bilinear', align_corners=False)
        grid = affine_grid(self._sources(values), list(values.shape), align_corners=True)
        values = grid_sample(values, grid, align_corners=True)
        if size != [SIDE, SIDE]:
            values = interpolate(values, size, mode='bilinear', align_corners=False)
        return values.flip(3) if self.mirrored else values

    def _sources(self, values: torch.Tensor) -> torch.Tensor:
        """Matrices ``(N, 2, 3)`` from each place back to its source, in coordinates [-1, 1]."""
        last = np.broadcast_to([[[0.0, 0.0, 1.0]]], (len(self.angles), 1, 3))
        inverse = np.linalg.inv(np.concatenate([self.matrices, last], 1))
        unit = np.array([[2 / (SIDE - 1), 0, -1], [0, 2 / (SIDE - 1), -1], [0, 0, 1]])
        return torch.as_tensor((unit @ inverse @ np.linalg.inv(unit))[:, :2]).to(values)
